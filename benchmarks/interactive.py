"""How fast cocotb drives a circuit while every traced word is compared.

A short and a long run of the same stimulus are timed; the difference is free of start-up. Prints a
table and writes it to ``build/bench/``.
"""

import sys
import time

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.lockstep.runner import Run, run_cocotb
from goldspike.cosim.mubrain.arbiter import ArbiterBench
from goldspike.cosim.mubrain.chip import ChipBench
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD


def saturated(bench: Bench, oscillations: int) -> np.ndarray:
    """Return rows that keep an arbiter busy: one grant per oscillation, without a pause.

    All inputs spike; when the last of them is granted, all but that one spike again.
    """
    n, period = bench.params.inputs, bench.params.oscillator.period
    ticks = oscillations * period
    levels = np.zeros((ticks, n), bool)
    levels[1] = True
    levels[(n - 1) * period :: (n - 1) * period, : n - 1] = True
    levels[-1] = False
    return rows_from_levels(bench, {"spikes": levels})


def timed(run: Run) -> tuple[float, int, int]:
    """Return wall seconds, ticks and records of one run."""
    begin = time.perf_counter()
    found = run_cocotb(run)
    assert not found["mismatch"], found["mismatch"]
    return time.perf_counter() - begin, found["ticks"], found["compared"]


def difference(name: str, short: Run, long: Run, grants: int) -> dict[str, float]:
    """Return the rates of what `long` has more than `short`."""
    timed(short)  # builds, and warms up
    before, after = timed(short), timed(long)
    seconds, ticks, records = (b - a for a, b in zip(before, after, strict=True))
    rates = {
        "ticks_per_s": ticks / seconds,
        "records_per_s": records / seconds,
        "grants_per_s": grants / seconds,
    }
    print(f"{name:<28}", *(f"{key} {value:>10,.0f}" for key, value in rates.items()))
    return rates


def main() -> int:
    arbiter = ArbiterBench("round_robin-256")
    lengths = (2_000, 12_000)
    few, many = (Run(arbiter, arbiter.rtl, saturated(arbiter, n), fast=True) for n in lengths)
    chip = ChipBench("mnist")
    one, four = (
        Run(chip, chip.rtl, chip.stimulus(np.random.default_rng(1), samples), fast=True)
        for samples in (1, 4)
    )
    grants = [
        sum(int((part["integrated"] == 1).sum()) for name, part in chip.expect(run.rows).items()
            if name.startswith("layer"))
        for run in (one, four)
    ]  # fmt: skip
    report = {
        "arbiter 256, saturated": difference("arbiter 256, saturated", few, many, 10_000),
        "chip 256-64-10, digits": difference(
            "chip 256-64-10, digits", one, four, grants[1] - grants[0]
        ),
    }
    write_json(BUILD / "bench" / "interactive.json", report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
