"""A scene of the clock gate: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.cosim.timing.clock_gate import ClockGateBench

__all__ = ["scenario", "view"]


def scenario(bench: ClockGateBench, rng: np.random.Generator) -> np.ndarray:
    """Enable just in time, and too late; let go in the middle of a pulse."""
    n, count = bench.params.width, 44
    rises, falls = high(count, *range(4, count, 8)), high(count, *range(8, count, 8))
    enable = np.zeros((count, n), bool)
    spans = (((2, 12), (20, 28)), ((5, 14), (30, 36)), ((4, 5), (17, 19), (22, 26)))
    for k, span in enumerate(spans):
        enable[:, k % n] |= high(count, *span)
    return rows_from_levels(bench, {"clock_rises": rises, "clock_falls": falls, "enable": enable})


def view(bench: ClockGateBench) -> View:
    """See whole pulses or none."""
    clients = (
        Group(
            f"Client {k}",
            (*lines_of("enable", [k]), *lines_of("gated", [k], "gated clock")),
        )
        for k in range(min(3, bench.params.width))
    )
    clock = Group("Clock", (Wave("clock_rises", mark=True), Wave("clock_falls")))
    return View("Clock gate", "Chundi 2021, Fig. 2A", (clock, *clients))
