"""A scene of the wakeup: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.wakeup import WakeupBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of

__all__ = ["scenario", "view"]


def scenario(bench: WakeupBench, rng: np.random.Generator) -> np.ndarray:
    """Wake, lose a spike, keep one that comes too late to be taken, sleep."""
    n, count = bench.params.lines, 36
    spikes, taken = np.zeros((count, n), bool), np.zeros((count, n), bool)
    spikes[:, 0] = high(count, (3, 4), (8, 9))
    spikes[:, -1] |= high(count, (12, 13))
    taken[:, 0] = high(count, 15)
    taken[:, -1] |= high(count, 26)
    sleep = high(count, 15, 26)
    falls = high(count, *range(2, count, 4))
    return rows_from_levels(
        bench, {"spikes": spikes, "falls": falls, "taken": taken, "sleep": sleep}
    )


def view(bench: WakeupBench) -> View:
    """See that the first falling edge after a spike lets the clock through."""
    lines = [0, bench.params.lines - 1]
    return View(
        "Wake-up circuit",
        "Chundi 2021, Fig. 2A and 3A",
        (
            Group("Spikes", lines_of("spikes", lines)),
            Group("Clock", (Wave("falls", "clock falls", mark=True),)),
            Group("From the FSM", (*lines_of("taken", lines), Wave("sleep"))),
            Group(
                "Flip-flops",
                (
                    *lines_of("pending", lines, "FF"),
                    Wave("clock_enable", "FFclk-en"),
                    Wave("clock_ungate", "FFclk-ug"),
                    Wave("lost", show="set"),
                ),
            ),
        ),
    )
