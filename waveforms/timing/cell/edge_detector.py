"""A scene of the edge detector in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.cell_bench import rows_from_pulses
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.timing.cell.edge_detector import EdgeDetectorBench

__all__ = ["scenario", "view"]


def scenario(bench: EdgeDetectorBench, rng: np.random.Generator) -> np.ndarray:
    """Let one line spike and be taken, one merge, one spike at the picosecond of its take."""
    n = bench.params.inputs
    plain, merging, tie = (k % n for k in range(3))
    spikes = [(plain, 3000, 6500), (merging, 5200, 5300), (merging, 9000, 9400)]
    spikes += [(tie, 14_000, 14_700), (tie, 22_000, 23_000), (tie, 26_000, 26_001)]
    takes = [(plain, 10_100, 12_000), (merging, 18_300, 18_400), (tie, 22_000, 24_000)]
    return rows_from_pulses(
        bench,
        {
            "level": np.array(spikes).T,
            "taken": np.array([*takes, (tie, 35_000, 36_000)]).T,
        },
    )


def view(bench: EdgeDetectorBench) -> View:
    """Follow three lines."""
    lines = list(range(min(3, bench.params.inputs)))
    return View(
        f"Input edge detector, {bench.params.inputs} lines, self-timed",
        "Stuijt 2021, Fig. 2C",
        tuple(
            Group(
                ("Taken in time", "An edge merges", "Edge and take at one picosecond")[line],
                (
                    *(Wave(name, f"{name}[{line}]", line=line) for name in ("level", "taken")),
                    Wave(f"asked_{line}", "asked"),
                    Wave(f"served_{line}", "served"),
                    *(Wave(name, f"{name}[{line}]", line=line) for name in ("pending", "merges")),
                ),
            )
            for line in lines
        ),
    )
