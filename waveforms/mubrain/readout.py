"""A scene of the readout: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.readout import ReadoutBench

__all__ = ["scenario", "view"]


def scenario(bench: ReadoutBench, rng: np.random.Generator) -> np.ndarray:
    """Clear, then send events of classes that come first, fastest and most often."""
    count, classes = 100, bench.params.classes
    plan = [(6, 1), (14, 2), (24, 3), (32, 2), (44, 3), (50, 2), (62, 3), (72, 0), (76, 0)]
    plan.append((90, 3))
    address = np.zeros(count, np.int64)
    for tick, number in plan:
        address[tick - 2 :] = min(number, classes - 1)
    strobe = high(count, *((tick, tick + 1) for tick, _ in plan))
    return rows_from_levels(bench, {"strobe": strobe, "address": address, "clear": high(count, 2)})


def view(bench: ReadoutBench) -> View:
    """See three read-outs change their minds."""
    return View(
        f"Read-out, {bench.params.classes} classes",
        "Stuijt 2021, section 3.2",
        (
            Group("AER events", (Wave("clear"), Wave("strobe"), Wave("address", show="dec"))),
            Group("First spike", (Wave("first_class", "class"), Wave("first_time", "time"))),
            Group("Most spikes", (Wave("most_class", "class"), Wave("most_count", "count"))),
            Group(
                "Shortest interval",
                (Wave("shortest_class", "class"), Wave("shortest_interval", "interval")),
            ),
            Group("Status", (Wave("answered", show="set"), Wave("busy"))),
        ),
    )
