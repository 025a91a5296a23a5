"""A scene of the arbiter in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    apart,
    rows_from_pulses,
)
from goldspike.cosim.bench.view import Group, View, Wave, lines_of
from goldspike.cosim.mubrain.cell.arbiter import ArbiterBench

__all__ = ["scenario", "view"]


def scenario(bench: ArbiterBench, rng: np.random.Generator) -> np.ndarray:
    """Play the scenario of ``tick``, edges of one oscillation within a few nanoseconds."""
    n, oscillator = bench.params.inputs, bench.params.oscillator
    first, middle, last = 0, n // 3, n - 1
    wait, period = oscillator.load + oscillator.select + oscillator.access, oscillator.period
    again = 30_700 + 4 * period
    spikes = [
        (middle, 30_250, 35_000), (last, 37_400, 52_000), (first, 50_250, 51_000),
        (first, again, again + 4_000), (last, again, again + 2_500),
        (last, again + 21_300, again + 24_000),
        (first, again + wait + period, again + wait + period + 9_000),
    ]  # fmt: skip
    pulses = {"spikes": apart(*np.array(spikes).T)}
    return rows_from_pulses(bench, pulses, last=again + wait + 3 * period)


def view(bench: ArbiterBench) -> View:
    """Follow a spike from its edge to its grant."""
    taps = tuple(f"oscillator.{phase}_tap" for phase in ("load", "select", "access", "recover"))
    n, policy = bench.params.inputs, bench.params.policy.value.replace("_", " ")
    return View(
        f"Spike arbiter, {n} inputs, {policy}, self-timed",
        "Stuijt 2021, Fig. 2A and 2C",
        (
            Group("Incoming spikes", lines_of("spikes", sorted({0, n // 3, n - 1}))),
            Group(
                "Input edge detector",
                (
                    Wave("detector.pending", "pending", show="set"),
                    Wave("detector.merges", "merges", show="set"),
                ),
            ),
            Group(
                "Multi-phase oscillator",
                (
                    Wave("oscillator.launch", "launch"),
                    Wave("oscillator.busy", "phase", show="phases", phases=taps),
                    *(Wave(tap, mark=True) for tap in taps),
                ),
            ),
            Group(
                "Local clocks",
                tuple(
                    Wave(f"oscillator.{name}_phase", name) for name in ("load", "select", "access")
                ),
            ),
            Group(
                "Priority encoder",
                (
                    Wave("register", "spike register", show="set"),
                    Wave("address", "selected input", show="dec"),
                ),
            ),
            Group("To the weight memory", (Wave("grant"), Wave("busy"))),
        ),
    )
