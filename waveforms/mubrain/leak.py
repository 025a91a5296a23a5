"""A scene of the source of leaks: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.leak import LeakBench

__all__ = ["scenario", "view"]


def scenario(bench: LeakBench, rng: np.random.Generator) -> np.ndarray:
    """Leak every 12 ticks, or as near as can be, then by events, then both, with a clear."""
    period = min(12, (1 << bench.params.period_bits) - 1)
    count = 110
    level = np.zeros(count, np.int64)
    level[4:48] = level[72:] = period
    event = high(count, (52, 53), (58, 60), 66, 84)
    clear = high(count, 100)
    return rows_from_levels(
        bench, {"period": level, "in_event": event.astype(np.uint8), "clear": clear}
    )


def view(bench: LeakBench) -> View:
    """See the count of the period run up, and what it and the events strobe."""
    return View(
        "Leak, periodic and event-based",
        "Stuijt 2021, sections 1.1 and 2.1, Fig. 1C",
        (
            Group(
                "Asked for",
                (Wave("period", show="dec"), Wave("in_event"), Wave("clear")),
            ),
            Group("Period", (Wave("elapsed", "ticks over", show="analog"),)),
            Group(
                "To the layer's bias input",
                (Wave("strobe", mark=True), Wave("merged"), Wave("busy")),
            ),
        ),
    )
