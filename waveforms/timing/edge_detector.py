"""A scene of the edge detector: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.timing.edge_detector import EdgeDetectorBench

__all__ = ["scenario", "view"]


def scenario(bench: EdgeDetectorBench, rng: np.random.Generator) -> np.ndarray:
    """Let one line spike and be taken, one merge, one spike on the tick of its take."""
    n, count = bench.params.inputs, 36
    level, taken = np.zeros((2, count, n), bool)
    plain, merging, tie = (k % n for k in range(3))
    level[:, plain] |= high(count, (3, 6))
    taken[:, plain] |= high(count, 10)
    level[:, merging] |= high(count, (5, 7), (10, 12))
    taken[:, merging] |= high(count, 18)
    level[:, tie] |= high(count, 14, 22)
    taken[:, tie] |= high(count, 22, 28)
    return rows_from_levels(bench, {"level": level, "taken": taken})


def view(bench: EdgeDetectorBench) -> View:
    """Follow three lines."""
    lines = list(range(min(3, bench.params.inputs)))
    names = ("level", "edges", "taken", "pending", "merged")
    return View(
        f"Input edge detector, {bench.params.inputs} lines",
        "Stuijt 2021, Fig. 2A",
        tuple(
            Group(
                ("Taken in time", "An edge merges", "Edge and take on one tick")[line],
                tuple(Wave(name, f"{name}[{line}]", line=line) for name in names),
            )
            for line in lines
        ),
    )
