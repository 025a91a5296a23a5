"""Run a bench: build its circuit, drive it by cocotb or from arrays, judge the result."""

import logging
import os
import pickle
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.parameters import is_change
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.bench.scoreboard import LockstepError, Mismatch, judge, last_tick
from goldspike.cosim.bench.stimulus import changes, noise
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.simulator.build import Simulator, link_executable
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.cosim.simulator.runtime import watch_library
from goldspike.cosim.simulator.tools import need_cocotb
from goldspike.cosim.waves.files import gtkwave_view, surfer_view
from goldspike.cosim.waves.vcd import cut, state_names, variables
from goldspike.hdl.verilog import module_name
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically
from goldspike.model.paths import BUILD
from goldspike.model.scratch import scratch

__all__ = ["BenchResult", "command", "default_seed", "run_bench"]

SEED_DIGITS = 18

QUICK = {"COCOTB_REWRITE_ASSERTION_FILES": "", "COCOTB_LOG_LEVEL": "WARNING"}
"""cocotb lets pytest rewrite every module imported after it, Numba's included: seconds per run."""

TEST_MODULE = {
    True: "goldspike.cosim.lockstep.cocotb_tick",
    False: "goldspike.cosim.lockstep.cocotb_cell",
}
"""The module that cocotb runs, for circuits with a clock and without."""


@dataclass(frozen=True)
class BenchResult:
    """What a bench found.

    Attributes
    ----------
    compared : int
        Trace records compared, all equal.
    ticks : int
        Ticks simulated.
    coverage : dict of str to int
        Hits per functional bin, none of them 0.
    """

    compared: int
    ticks: int
    coverage: dict[str, int]


@dataclass(frozen=True)
class Run:
    """One bench on one circuit with one stimulus; what the driving side needs to know.

    A long one is `fast`: the circuit is compiled for that
    (:func:`goldspike.cosim.simulator.build.build`). Arrays drive what was `compiled` before, by
    configuration, and add to it.
    """

    bench: Bench
    rtl: Any
    rows: np.ndarray
    fast: bool = False
    compiled: dict[str, Simulator] | None = None

    def make(self) -> Any:
        """Return the circuit, with its trace port."""
        return self.rtl(self.bench.params, trace=True)


def run_bench(
    bench: type[Bench],
    config: str,
    *,
    seed: int | None = None,
    steps: int | None = None,
    rtl: Any = None,
    driver: str = "cocotb",
    waves: bool | None = None,
    compiled: dict[str, Simulator] | None = None,
) -> BenchResult:
    """Run a bench.

    Parameters
    ----------
    bench, config
        The bench and the name of one of its configurations.
    seed, steps : int
        Seed of the stimulus (default: ``GOLDSPIKE_SEED``, or 1) and length of the run.
    rtl : circuit class, optional
        Stands in for the circuit, such as one with a bug.
    driver : {"cocotb", "arrays"}
        Driven by cocotb, or from arrays; the same simulator either way.
    waves : bool, optional
        On a mismatch, keep a VCD of the ticks around it. Default: if no `rtl` stands in.
    compiled : dict of str to Simulator, optional
        Of who runs the same circuit again and again: its simulators, by configuration. Runs from
        arrays, of the usual length or less, add what they compile.

    Raises
    ------
    LockstepError
        On the first mismatch, on a bin that was not hit, and if nothing was compared.
    """
    seed = default_seed() if seed is None else seed
    steps = steps or bench.steps
    fast = steps > bench.steps
    if rtl and driver == "arrays" and not fast:
        replay: Replay | None = drawn(bench, config, seed, steps)
        job, rows = replay.job, replay.rows
    else:
        job, replay = bench(config), None
        rows = job.stimulus(np.random.default_rng(seed), steps)
    run = Run(job, rtl or bench.rtl, rows, fast, None if fast else compiled)
    name, again = f"{bench.circuit} ({config})", command(bench, config, seed, steps, driver)
    try:
        found = run_cocotb(run) if driver == "cocotb" else run_arrays(run, replay)
    except LockstepError as error:
        raise LockstepError(f"{name}, {error}; reproduce with: {again}") from None
    if found["mismatch"]:
        message = f"{name}, {found['mismatch']}, seed {seed}; reproduce with: {again}"
        if waves or (waves is None and rtl is None):
            try:
                message += f"; waves: {keep_waves(run, found['mismatch'])}"
            except InputError as error:  # the mismatch is what matters
                message += f"; no waves: {error}"
        raise LockstepError(message)
    missed = [bin_ for bin_, hits in found["coverage"].items() if not hits]
    if missed:
        raise LockstepError(f"{name}: not covered with seed {seed}: {', '.join(missed)}")
    if not found["compared"] and not is_change(config):  # those may be drawn short and silent
        raise LockstepError(f"{name}: nothing was compared")
    return BenchResult(found["compared"], found["ticks"], found["coverage"])


@lru_cache(maxsize=2)
def drawn(bench: type[Bench], config: str, seed: int, steps: int) -> Replay:
    """Return the replay of a random stimulus for wrong circuits, which are run one after the other.

    The last ones are kept: to make them takes longer than to run one. Nobody writes into them.
    """
    replay = Replay.drawn(bench(config), seed, steps)
    for array in (replay.rows, *replay.parts.values(), *replay.pins):
        array.flags.writeable = False
    return replay


def command(bench: type[Bench], config: str, seed: int, steps: int, driver: str) -> str:
    """Return the command that runs a bench."""
    base = f"goldspike verify {bench.circuit} --config {config} --seed {seed} --steps {steps}"
    return base if driver == "cocotb" else f"{base} --driver {driver}"


def default_seed() -> int:
    """Return the seed of every bench that was not given one.

    Raises
    ------
    InputError
        If ``GOLDSPIKE_SEED`` is no seed.
    """
    text = os.environ.get("GOLDSPIKE_SEED") or "1"
    if not (text.isascii() and text.isdecimal() and len(text) <= SEED_DIGITS):
        raise InputError(
            f"GOLDSPIKE_SEED: expected a whole number, at least 0, of up to {SEED_DIGITS} digits, "
            f"not {text!r}."
        )
    return int(text)


def run_arrays(run: Run, replay: Replay | None) -> dict[str, Any]:
    """Drive a run from arrays, the clock stopped wherever the circuit says that it may."""
    replay = replay or Replay(run.bench, run.rows)
    component, config = run.make(), run.bench.config
    known = {} if run.compiled is None else run.compiled
    if config not in known:
        known[config] = compile_circuit(component, fast=run.fast, cocotb=not run.fast)
    with BatchSimulator(component, run.bench.layout, simulator=known[config]) as simulator:
        return replay.run(simulator)


def run_cocotb(run: Run) -> dict[str, Any]:
    """Let cocotb drive a run."""
    bench, rows = run.bench, run.rows
    expected = bench.expect(rows)
    with scratch("goldspike-run-") as folder:
        log = cocotb(run, folder, last=last_tick(rows, expected) + bench.idle)
        result = folder / "result"
        if not result.exists():
            raise LockstepError(f"the run broke off\n{log}")
        seen = pickle.loads(result.read_bytes())
    if seen["rows"].tobytes() != changes(rows).tobytes():  # else the model's answer is at hand
        rows = seen["rows"]
        expected = bench.expect(rows)
    got = bench.layout.from_bytes(*seen["trace"])
    return judge(bench, rows, expected, got, seen["ticks"], seen["pins"])


def keep_waves(run: Run, mismatch: Mismatch) -> Path:
    """Run again with waves up to just after a mismatch; return the VCD of the ticks around it.

    Beside it lie views for GTKWave, with a marker at the mismatch, and for Surfer.
    """
    name = module_name(run.make())
    kept = BUILD / "waves" / f"{name}-mismatch.vcd"
    view, scale = load_scene(run.bench.circuit).view(run.bench), run.bench.scale
    with scratch("goldspike-run-") as folder:
        before, after = run.bench.around
        cocotb(run, folder, until=mismatch.tick + after)
        window = (mismatch.tick - before, mismatch.tick + after)
        first, last = (max(0, run.bench.simulator_ps(t)) for t in window)
        cut(folder / "dump.vcd", kept, first, last, state_names(view))
    known = variables(kept, name)
    marker = run.bench.simulator_ps(mismatch.tick)
    texts = {
        ".gtkw": gtkwave_view(view, known, scale, first, last, marker),
        ".sucl": surfer_view(view, known),
    }
    for suffix, text in texts.items():
        content = text.encode()
        write_atomically(kept.with_suffix(suffix), lambda stream, text=content: stream.write(text))
    return kept


def cocotb(run: Run, folder: Path, *, last: int = 0, until: int | None = None) -> str:
    """Let cocotb run the bench's test up to tick `last`; return its log.

    With `until`, the run stops at that tick, nothing is noted, and ``dump.vcd`` is written.
    """
    need_cocotb()
    from cocotb_tools.runner import get_runner

    os.environ.setdefault("PATH", os.defpath)  # the runner adds to it
    component = run.make()
    simulator = compile_circuit(component, waves=until is not None, fast=run.fast and until is None)
    link_executable(simulator)
    ports = Ports.of(component)
    quiet = np.zeros(1, ports.stimulus_dtype)
    job = {
        "rows": run.rows,
        "start": quiet if until is not None else noise(ports, np.random.default_rng(0), 1),
        "pin_dtype": ports.pin_dtype,
        "has_busy": ports.has_busy,
        "has_elapsed": ports.has_elapsed,
        "last": last,
        "until": until,
        "watch": watch_library(),
    }
    (folder / "job").write_bytes(pickle.dumps(job))
    runner = get_runner("verilator")
    runner.log.setLevel(logging.ERROR)
    log = folder / "log.txt"
    with suppress(SystemExit, RuntimeError):  # the log says why
        runner.test(
            test_module=TEST_MODULE[run.bench.clocked],
            hdl_toplevel=module_name(component),
            hdl_toplevel_lang="verilog",
            build_dir=simulator.folder,
            test_dir=folder,
            results_xml=str(folder / "results.xml"),
            extra_env={**QUICK, "GOLDSPIKE_JOB": str(folder), "GOLDSPIKE_PARENT": str(os.getpid())},
            log_file=log,
            waves=until is not None,
        )
    return log.read_text()[-4000:] if log.exists() else ""
