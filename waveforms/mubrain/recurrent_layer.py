"""A scene of the recurrent layer: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.recurrent_layer import RecurrentLayerBench
from goldspike.model.mubrain.sparse_memory import loading_order

__all__ = ["scenario", "view"]


def scenario(bench: RecurrentLayerBench, rng: np.random.Generator) -> np.ndarray:
    """Load, clear, then two inputs whose neurons fire and wake the others."""
    params = bench.params
    n, total, period = params.inputs, params.weights.synapses, params.oscillator.period
    begin = total + 3
    length = begin + 12 * period
    matrix = np.zeros(params.weights.mask.shape, np.int64)
    matrix[:n] = 7
    matrix[n:] = rng.integers(2, 8, (n, n))
    weight = np.zeros(length, np.int64)
    weight[:total] = loading_order(matrix, params.weights.mask)
    spikes = np.zeros((length, n), bool)
    for k in range(3):
        spikes[begin + 2 * k * period, :2] = True
    levels = {"load": high(length, (1, total)), "clear": high(length, total + 1)}
    scale = np.ones(length, np.int64)
    levels |= {"spikes": spikes, "scale": scale, "weight": weight}
    return rows_from_levels(bench, levels)


def view(bench: RecurrentLayerBench) -> View:
    """Follow a neuron's spike back to the arbiter and on to the neurons it reaches."""
    neurons = range(min(4, bench.params.neurons))
    return View(
        f"Recurrent layer, {bench.params.neurons} neurons, "
        f"{bench.params.lateral.synapses} lateral synapses",
        "Stuijt 2021, section 2.1 and Fig. 4",
        (
            Group("Host", (Wave("load"), Wave("clear"))),
            Group(
                "Arbiter",
                (
                    Wave("spikes", "spikes from outside", show="set"),
                    Wave("fired", "spikes fed back", show="set"),
                    Wave("arbiter.detector.pending", "pending", show="set"),
                    Wave("arbiter.grant", "grant", mark=True),
                    Wave("arbiter.address", "granted input", show="dec"),
                    Wave("merged", show="set"),
                ),
            ),
            Group(
                "Neurons",
                tuple(
                    Wave(f"neuron_{k}.potential", f"potential {k}", show="analog") for k in neurons
                ),
            ),
            Group("Status", (Wave("busy"),)),
        ),
    )
