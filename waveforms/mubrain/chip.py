"""A scene of the chip: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.chip import ChipBench

__all__ = ["SCENARIO_TICKS", "scenario", "view"]

SCENARIO_TICKS = 240


def scenario(bench: ChipBench, rng: np.random.Generator) -> np.ndarray:
    """Load, clear, and send the first events of a sample."""
    rows = bench.stimulus(rng, 1)
    return rows[rows["tick"] <= SCENARIO_TICKS]


def view(bench: ChipBench) -> View:
    """Follow the spikes from the AER input through the layers to the AER output."""
    layers = tuple(
        Group(
            f"Layer {k}",
            (
                Wave(f"layer{k}.arbiter.detector.pending", "pending", show="set"),
                Wave(f"layer{k}.arbiter.grant", "grant", mark=True),
                Wave(f"layer{k}.arbiter.address", "granted input", show="dec"),
                Wave(f"layer{k}.fired", "neurons that fire", show="set"),
            ),
        )
        for k in range(1, len(bench.params.layers) + 1)
    )
    return View(
        "Chip " + "-".join(map(str, bench.params.sizes)),
        "Stuijt 2021, Fig. 1A and 1B",
        (
            Group("Host", (Wave("load", show="set"), Wave("clear"))),
            Group("AER input", (Wave("in_strobe"), Wave("in_address", show="dec"))),
            *layers,
            Group("AER output", (Wave("out_strobe"), Wave("out_address", show="dec"))),
            Group("Status", (Wave("busy"),)),
        ),
    )
