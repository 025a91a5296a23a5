"""A scene of the packet queue: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.packet_queue import PacketQueueBench

__all__ = ["scenario", "view"]

TICKS = 24


def scenario(bench: PacketQueueBench, rng: np.random.Generator) -> np.ndarray:
    """Fill the queue until it refuses, empty it, then let packets through one by one."""
    data = np.arange(TICKS)[:, None] >> np.arange(bench.params.bits).clip(max=62) & 1 == 1
    levels = {
        "in_valid": high(TICKS, (2, 8), (15, 19)),
        "in_data": data,
        "out_ready": high(TICKS, (8, 21)),
    }
    return rows_from_levels(bench, levels)


def view(bench: PacketQueueBench) -> View:
    """Follow packets, numbered by their ticks, through the queue."""
    places = tuple(Wave(f"packet_{k}", show="dec") for k in range(bench.params.depth))
    return View(
        "Packet queue: it fills, refuses, and empties",
        "Akopyan 2015, router",
        (
            Group("In", (Wave("in_valid"), Wave("in_ready"), Wave("in_data", show="dec"))),
            Group("Queue", (Wave("fill", show="dec"), *places)),
            Group("Out", (Wave("out_valid"), Wave("out_ready"), Wave("out_data", show="dec"))),
        ),
    )
