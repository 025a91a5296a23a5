"""Weights of a chip whose recurrent layer is a reservoir: drawn, not trained.

Ref: Stuijt 2021, section 3.1: the recurrent layer's random connectivity is used "as a reservoir".
The paper publishes no weights. Here inputs are as strong as they can be, lateral weights are noise
around zero, so that one spike brings about less than one other and the layer comes to rest, the
fully connected layers are noise around a small positive mean, so that spikes reach the output, and
biases leak.
"""

import numpy as np

from model.mubrain.chip import ChipParams
from model.mubrain.recurrent_layer import RecurrentLayerParams

__all__ = ["reservoir"]

LATERAL, FORWARD, LEAK = 5, 1, -3
"""Largest lateral weight, mean of the weights between layers, and weight of a bias."""


def reservoir(rng: np.random.Generator, params: ChipParams) -> list[np.ndarray]:
    """Return int8 weights for every layer of a chip, in the shapes that its model takes."""
    limit = params.neuron.largest_weight
    weights = []
    for layer, has_bias in zip(params.layers, params.biases, strict=True):
        rows, neurons = layer.arbiter.inputs, layer.neurons
        if isinstance(layer, RecurrentLayerParams):
            matrix = rng.integers(-LATERAL, LATERAL + 1, (rows, neurons))
            matrix[: layer.inputs] = limit
            matrix[~layer.weights.mask] = 0
        else:
            matrix = rng.integers(2 * FORWARD - limit, limit + 1, (rows, neurons))
            if has_bias:
                matrix[-1] = LEAK
        weights.append(matrix.astype(np.int8))
    return weights
