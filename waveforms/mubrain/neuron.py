"""A scene of the neuron: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.neuron import NeuronBench

__all__ = ["scenario", "view"]


def scenario(bench: NeuronBench, rng: np.random.Generator) -> np.ndarray:
    """Integrate, clamp, scale, fire with a remainder, fire at the threshold, clear."""
    most = bench.params.largest_weight
    plan = [(7, 0), (-3, 0), (-7, 0), (2, 0), (7, 1), (5, 0), (4, 0), (7, 1), (5, 0), (6, 0)]
    plan = [(min(max(weight, -most), most), scale) for weight, scale in plan]
    gap = 4
    count = 2 + gap * (len(plan) + 2)
    columns = {name: np.zeros(count, np.int64) for name in ("weight", "strobe", "scale")}
    for k, (weight, scale) in enumerate(plan):
        span = slice(1 + gap * k, gap + gap * k)
        columns["weight"][span] = weight & (1 << bench.params.weight_bits) - 1
        columns["scale"][span] = scale
        columns["strobe"][2 + gap * k] = 1
    clear = np.zeros(count, np.int64)
    clear[2 + gap * len(plan)] = 1
    return rows_from_levels(bench, {**columns, "clear": clear})


def view(bench: NeuronBench) -> View:
    """Watch the potential climb, wrap and clamp."""
    return View(
        f"Integrate-and-fire neuron, threshold {bench.params.threshold}",
        "Stuijt 2021, Fig. 1C and section 3.1",
        (
            Group(
                "Weight from the memory",
                (Wave("strobe"), Wave("weight", show="signed"), Wave("scale"), Wave("clear")),
            ),
            Group("Neuron", (Wave("potential", show="analog"), Wave("fire", mark=True))),
        ),
    )
