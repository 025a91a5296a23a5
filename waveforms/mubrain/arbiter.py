"""A scene of the arbiter: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.cosim.mubrain.arbiter import ArbiterBench

__all__ = ["scenario", "view"]


def scenario(bench: ArbiterBench, rng: np.random.Generator) -> np.ndarray:
    """Spike on three ticks, served in turn; then tie, merge, and spike on the own grant."""
    n, oscillator = bench.params.inputs, bench.params.oscillator
    first, middle, last = lines(bench)
    wait, period = oscillator.load + oscillator.select + oscillator.access, oscillator.period
    again = 3 + 4 * period
    count = again + wait + 3 * period
    spikes = np.zeros((count, n), bool)
    spikes[:, first] |= high(count, 5, again, again + wait + period)
    spikes[:, middle] |= high(count, 3)
    spikes[:, last] |= high(count, 4, again, again + 2)
    return rows_from_levels(bench, {"spikes": spikes, "clear": high(count)})


def view(bench: ArbiterBench) -> View:
    """Follow a spike from its edge to its grant."""
    phases = ("load", "select", "access", "recover")
    strobes = tuple(f"oscillator.{phase}_phase" for phase in phases)
    n, policy = bench.params.inputs, bench.params.policy.value.replace("_", " ")
    return View(
        f"Spike arbiter, {n} inputs, {policy}",
        "Stuijt 2021, Fig. 2A and 2C",
        (
            Group("Incoming spikes", lines_of("spikes", sorted(set(lines(bench))))),
            Group("Input edge detector", (Wave("detector.pending", "pending", show="set"),)),
            Group(
                "Multi-phase oscillator",
                (
                    Wave("oscillator.busy", "phase", show="phases", phases=strobes),
                    *(Wave(strobe, mark=True) for strobe in strobes),
                ),
            ),
            Group(
                "Priority encoder",
                (
                    Wave("register", "spike register", show="set"),
                    Wave("address", "selected input", show="dec"),
                ),
            ),
            Group(
                "To the weight memory",
                (Wave("grant"), Wave("merged", show="set"), Wave("busy")),
            ),
        ),
    )


def lines(bench: ArbiterBench) -> list[int]:
    """Return the first, a middle and the last input."""
    n = bench.params.inputs
    return [0, n // 3, n - 1]
