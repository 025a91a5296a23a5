"""A scene of the delay cell: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.cosim.timing.delay_cell import DelayCellBench

__all__ = ["scenario", "view"]


def scenario(bench: DelayCellBench, rng: np.random.Generator) -> np.ndarray:
    """Send a long pulse and several within one delay; on another line, others."""
    width, delay = bench.params.width, bench.params.delay
    count = 30 + 3 * delay
    level = np.zeros((count, width), bool)
    level[:, 0] |= high(count, (3, 3 + delay), *range(8 + 2 * delay, 15 + 2 * delay, 2))
    level[:, -1] |= high(count, 5, (7 + delay, 9 + delay))
    return rows_from_levels(bench, {"level": level})


def view(bench: DelayCellBench) -> View:
    """See the same again, a delay later."""
    lines = sorted({0, bench.params.width - 1})
    return View(
        f"Delay cell, {bench.params.delay} ticks",
        "Stuijt 2021, section 2.4 and Fig. 3B",
        (
            Group("Input", lines_of("level", lines)),
            Group("Output", lines_of("delayed", lines)),
            Group("Status", (Wave("busy"),)),
        ),
    )
