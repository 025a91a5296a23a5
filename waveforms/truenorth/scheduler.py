"""A scene of the scheduler: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.scheduler import SchedulerBench

__all__ = ["scenario", "view"]

TICKS = 24
SPIKES = {3: (2, 0), 4: (2, 4), 5: (3, 1), 6: (2, 0), 10: (2, 3), 15: (4, 2), 19: (5, 1)}
"""By tick: slot and axon."""
STEPS = {8: 1, 10: 2, 13: 3, 16: 4}
"""By tick: the slot that a step begins with."""


def scenario(bench: SchedulerBench, rng: np.random.Generator) -> np.ndarray:
    """Note spikes for three slots, two of them the same; begin steps; clear."""
    slot, axon, sync_slot = np.zeros((3, TICKS), int)
    for tick, (of_slot, of_axon) in SPIKES.items():
        slot[tick - 1], axon[tick - 1] = of_slot, of_axon
    for tick, of_slot in STEPS.items():
        sync_slot[tick - 1 :] = of_slot
    levels = {
        "write": high(TICKS, *SPIKES),
        "slot": slot,
        "axon": axon,
        "sync": high(TICKS, *STEPS),
        "sync_slot": sync_slot,
        "clear": high(TICKS, 21),
    }
    return rows_from_levels(bench, levels)


def view(bench: SchedulerBench) -> View:
    """Watch spikes wait, and become active."""
    return View(
        "Scheduler: spikes wait in the slot of their step",
        "Merolla 2014; Akopyan 2015",
        (
            Group(
                "Spikes",
                (
                    Wave("write"), Wave("slot", show="dec"), Wave("axon", show="dec"),
                    Wave("merged"), Wave("counts", "slots with spikes", show="set"),
                ),
            ),
            Group(
                "Steps",
                (
                    Wave("sync", mark=True), Wave("sync_slot", show="dec"),
                    Wave("active", show="set"), Wave("clear"),
                ),
            ),
        ),
    )  # fmt: skip
