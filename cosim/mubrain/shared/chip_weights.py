"""Weights and scales of small chips: every layer fires, at times as its sources decide."""

from dataclasses import replace

import numpy as np

from goldspike.model.mubrain.chip import ChipModel, ChipParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams

__all__ = ["golden", "noisy_weights", "scale_lines"]


def golden(params: ChipParams, weights: list[np.ndarray], scale: int) -> ChipModel:
    """Return a golden chip of some weights; `scale` are the lines of its scale input."""
    scales = tuple(bool(scale >> k & 1) for k in range(len(params.layers)))
    return ChipModel(replace(params, scale=scales), weights)


def scale_lines(params: ChipParams) -> int:
    """Return the lines of the scale input as a chip's parameters have them."""
    return sum(on << k for k, on in enumerate(params.scales))


def noisy_weights(
    rng: np.random.Generator, params: ChipParams, *, all_noise: bool = False
) -> list[np.ndarray]:
    """Return a matrix per layer.

    The last layer's neurons fire as one source each decides, or all together, unless that is
    noise as well: then spikes of one source come and go, and answers change hands.
    """
    limit = params.neuron.largest_weight
    weights = []
    for layer in params.layers:
        matrix = rng.integers(-limit // 2, limit + 1, (layer.arbiter.inputs, layer.neurons))
        matrix[0] = limit  # one source that makes every neuron fire
        if all_noise:
            matrix[0] = rng.integers(limit // 2, limit + 1, layer.neurons)
        elif len(weights) == len(params.layers) - 1:  # the last ones as others decide,
            own = np.arange(min(matrix.shape))
            matrix = np.maximum(matrix, 1)
            matrix[0], matrix[own, own] = limit // 2, limit
            matrix[0, 0] = limit // 2  # or all of them on one tick
        elif len(matrix) > 1 and not any(params.lateral):
            # and sources that make one fire, and hold the others back
            own = np.arange(min(len(matrix) - 1, layer.neurons))
            matrix[1 : 1 + own.size] -= limit
            matrix[1 + own, own] = limit
        if isinstance(layer, RecurrentLayerParams):
            matrix[layer.inputs :] -= 2  # or it would never come to rest
            matrix[~layer.weights.mask] = 0
        weights.append(matrix.clip(-limit, limit).astype(np.int8))
    return weights
