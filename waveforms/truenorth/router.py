"""A scene of the router: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.pins import side_by_side
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.router import RouterBench
from goldspike.model.truenorth.router import EAST, LOCAL, PORTS, SOUTH, WEST, pack

__all__ = ["scenario", "view"]

TICKS = 26
NAMES = dict(enumerate(PORTS))


def scenario(bench: RouterBench, rng: np.random.Generator) -> np.ndarray:
    """Send packets east from two inputs and one north, while the east link waits for a while."""
    bits = bench.params.packet_bits
    valid, data = np.zeros((TICKS, 5), bool), np.zeros((TICKS, 5), np.int64)
    for tick in range(2, 8):
        for port in (LOCAL, WEST):
            valid[tick, port], data[tick, port] = True, pack(2, 1, tick % 16, port)
    valid[9, SOUTH], data[9, SOUTH] = True, pack(0, 1, 9, SOUTH)
    valid[10, WEST], data[10, WEST] = True, pack(0, 0, 10, WEST)
    ready = np.ones((TICKS, 5), bool)
    ready[:, EAST] = ~high(TICKS, (6, 9))
    levels = {"in_valid": valid, "in_data": side_by_side(data, bits), "out_ready": ready}
    return rows_from_levels(bench, levels, whole=True)


def view(bench: RouterBench) -> View:
    """Follow the links, the queues of two inputs, and whose turn it is."""
    inputs = tuple(
        wave
        for k in (LOCAL, WEST, SOUTH)
        for wave in (
            Wave("in_valid", f"{PORTS[k]} offers", line=k),
            Wave("in_ready", f"{PORTS[k]} takes", line=k),
            Wave(f"queue_{k}.fill", f"{PORTS[k]} fill", show="dec"),
        )
    )
    outputs = tuple(
        Wave("out_valid", f"{name} shows", line=k) for k, name in enumerate(PORTS) if k != WEST
    )
    return View(
        "Router: x before y, round robin per output",
        "Merolla 2014, Akopyan 2015",
        (
            Group("Inputs", inputs),
            Group("Outputs", (*outputs, Wave("out_ready", "east is taken", line=EAST))),
            Group("East", (Wave("sent_last_east", "sent last", names=NAMES), Wave("busy"))),
        ),
    )
