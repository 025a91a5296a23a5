"""A scene of the delay cell in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    rows_from_pulses,
)
from goldspike.cosim.bench.view import Group, View, lines_of
from goldspike.cosim.timing.cell.delay_cell import DelayCellBench

__all__ = ["scenario", "view"]


def scenario(bench: DelayCellBench, rng: np.random.Generator) -> np.ndarray:
    """Send a long pulse and several within one delay; on another line, others."""
    width, delay = bench.params.width, bench.params.delay
    pulses = [(0, 3 * delay // 2, 7 * delay // 2)]
    pulses += [(0, (40 + 2 * k) * delay // 8, (41 + 2 * k) * delay // 8) for k in range(3)]
    if width > 1:
        pulses += [(width - 1, 2 * delay, 2 * delay + 1000), (width - 1, 4 * delay, 8 * delay)]
    return rows_from_pulses(bench, {"level": np.array(pulses).T})


def view(bench: DelayCellBench) -> View:
    """See the same again, a delay later."""
    lines = sorted({0, bench.params.width - 1})
    return View(
        f"Delay cell, {bench.params.delay} ps",
        "Stuijt 2021, section 2.4 and Fig. 3B",
        (
            Group("Input", lines_of("level", lines)),
            Group("Output", lines_of("delayed", lines)),
        ),
    )
