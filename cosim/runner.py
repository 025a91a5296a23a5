"""Run a bench: build its circuit, let cocotb drive it, judge the result."""

import json
import logging
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosim.batch import compile_circuit
from cosim.bench import Bench
from cosim.scoreboard import LockstepError, Mismatch
from hdl.verilog import module_name

__all__ = ["BenchResult", "default_seed", "run_bench"]

QUICK = {"COCOTB_REWRITE_ASSERTION_FILES": ""}
"""cocotb lets pytest rewrite every module imported after it, Numba's included: seconds per run."""


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


def run_bench(
    bench: type[Bench],
    config: str,
    *,
    seed: int | None = None,
    steps: int | None = None,
    rtl: Any = None,
) -> BenchResult:
    """Run a bench under cocotb.

    Parameters
    ----------
    bench, config
        The bench and the name of one of its configurations.
    seed, steps : int
        Seed of the stimulus (default: ``GOLDSPIKE_SEED``, or 1) and length of the run.
    rtl : circuit class, optional
        Stands in for the circuit, such as one with a bug.

    Raises
    ------
    LockstepError
        On the first mismatch, on a bin that was not hit, and if nothing was compared.
    """
    job = bench(config)
    steps = steps or bench.steps
    seed = default_seed() if seed is None else seed
    component = (rtl or bench.rtl)(job.params, trace=True)
    simulator = compile_circuit(component)
    command = f"goldspike verify {bench.circuit} --config {config} --seed {seed} --steps {steps}"
    with tempfile.TemporaryDirectory(prefix="goldspike-") as scratch:
        folder = Path(scratch)
        result = folder / "result.json"
        handed = {
            "circuit": bench.circuit,
            "config": config,
            "seed": seed,
            "steps": steps,
            "result": str(result),
        }
        log = drive(simulator.executable, module_name(component), folder, json.dumps(handed))
        if not result.exists():
            raise LockstepError(f"{bench.circuit}: the run broke off; {command}\n{log}")
        found = json.loads(result.read_text())
    if found["mismatch"]:
        mismatch = Mismatch(**found["mismatch"])
        raise LockstepError(
            f"{bench.circuit} ({config}), {mismatch}, seed {seed}; reproduce with: {command}"
        )
    missed = [name for name, hits in found["coverage"].items() if not hits]
    if missed:
        raise LockstepError(
            f"{bench.circuit} ({config}): not covered with seed {seed}: {', '.join(missed)}"
        )
    if not found["compared"]:
        raise LockstepError(f"{bench.circuit} ({config}): nothing was compared")
    return BenchResult(found["compared"], found["ticks"], found["coverage"])


def default_seed() -> int:
    """Return the seed of every bench that was not given one."""
    return int(os.environ.get("GOLDSPIKE_SEED") or 1)


def drive(executable: Path, top: str, folder: Path, job: str) -> str:
    """Let cocotb run the test of :mod:`cosim.lockstep` on a simulator; return its log."""
    from cocotb_tools.runner import get_runner

    runner = get_runner("verilator")
    runner.log.setLevel(logging.ERROR)
    log = folder / "log.txt"
    with suppress(SystemExit, RuntimeError):  # the log says why
        runner.test(
            test_module="cosim.lockstep",
            hdl_toplevel=top,
            hdl_toplevel_lang="verilog",
            build_dir=executable.parent,
            test_dir=folder,
            results_xml=str(folder / "results.xml"),
            extra_env={"GOLDSPIKE_JOB": job, "COCOTB_LOG_LEVEL": "WARNING", **QUICK},
            log_file=log,
        )
    return log.read_text()[-4000:] if log.exists() else ""
