"""A scene of the layer: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.layer import LayerBench
from goldspike.model.mubrain.weight_memory import loading_order

__all__ = ["FRONT", "scenario", "view"]

FRONT = (
    Group("Host", (Wave("load"), Wave("weight", show="signed"), Wave("clear"))),
    Group(
        "Arbiter",
        (
            Wave("spikes", show="set"),
            Wave("arbiter.detector.pending", "pending", show="set"),
            Wave("arbiter.grant", "grant", mark=True),
            Wave("arbiter.address", "granted input", show="dec"),
        ),
    ),
)
"""What a view of any layer shows first."""


def scenario(bench: LayerBench, rng: np.random.Generator) -> np.ndarray:
    """Load strong weights, clear, then a burst of spikes that makes neurons fire."""
    params = bench.params
    n, total, period = params.inputs, params.inputs * params.neurons, params.oscillator.period
    begin = total + 3
    count = begin + (min(n, 7) + 3) * period
    weight = np.zeros(count, np.int64)
    matrix = rng.integers(2, 8, (n, params.neurons))
    weight[:total] = loading_order(matrix)
    spikes = np.zeros((count, n), bool)
    for k in range(min(n, 7)):
        spikes[begin + k // 3 * period, k] = True
    levels = {"load": high(count, (1, total)), "clear": high(count, total + 1)}
    scale = np.ones(count, np.int64)
    levels |= {"spikes": spikes, "scale": scale, "weight": weight}
    return rows_from_levels(bench, levels)


def view(bench: LayerBench) -> View:
    """Follow a grant to the potentials."""
    neurons = range(min(3, bench.params.neurons))
    return View(
        f"Layer, {bench.params.inputs} inputs, {bench.params.neurons} neurons",
        "Stuijt 2021, Fig. 1A and 1C",
        (
            *FRONT,
            Group(
                "Neurons",
                tuple(
                    Wave(f"neuron_{k}.potential", f"potential {k}", show="analog") for k in neurons
                ),
            ),
            Group("Spikes", (Wave("fired", show="set"), Wave("busy"))),
        ),
    )
