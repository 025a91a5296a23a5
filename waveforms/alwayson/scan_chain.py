"""A scene of the scan chain: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.scan_chain import ScanChainBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: ScanChainBench, rng: np.random.Generator) -> np.ndarray:
    """Shift a one through the chain, then as many as there is room for, every second tick."""
    bits = bench.params.bits
    ticks = 4 + 2 * np.arange(2 * bits + 2)
    count = int(ticks[-1]) + 6
    ones = [4, *ticks[bits + 2 :].tolist()]
    return rows_from_levels(
        bench, {"scan": high(count, *ticks.tolist()), "scan_in": high(count, *ones)}
    )


def view(bench: ScanChainBench) -> View:
    """See what enters, what is held, and what leaves."""
    return View(
        "Scan chain",
        "Chundi 2021, Chip Prototype",
        (
            Group("In", (Wave("scan", mark=True), Wave("scan_in"))),
            Group("Chain", (Wave("held", "bits that are up", show="set"),)),
            Group("Out", (Wave("scan_out"),)),
        ),
    )
