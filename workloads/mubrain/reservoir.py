"""Weights of a chip whose recurrent layer is a reservoir: that layer drawn, the others trained.

Ref: Stuijt 2021, section 3.1: the recurrent layer's random connectivity is used "as a reservoir",
and the two layers behind it "can act as a readout classification network". The paper publishes no
weights. Here inputs are as strong as they can be, and lateral weights are noise around zero, so
that one spike brings about less than one other and the layer comes to rest.

:func:`reservoir` draws the layers behind it too: noise around a small positive mean, so that spikes
reach the output, and biases that leak. :func:`train_readout` trains them instead, on the counts of
the reservoir's spikes, as the feed-forward network is trained on grey levels; their biases have no
weight then. ``python -m goldspike.workloads.mubrain.reservoir FILE`` writes the network that ships.
"""

import os
import sys

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.mubrain.chip import MUBRAIN_40NM, ChipParams, make_layer
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.model.timebase import seconds
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.network import FORMAT

__all__ = ["load_reservoir", "reservoir", "train_readout"]

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


def train_readout(seed: int = 1, epochs: int = 120) -> list[np.ndarray]:
    """Return weights for the chip in 40 nm: a drawn reservoir, trained layers behind it.

    Parameters
    ----------
    seed : int
        Seed of the reservoir; the trainer has its own.
    epochs : int
        Of the trainer, on the training images of the digits that ship.
    """
    from goldspike.workloads.mubrain.training import TrainParams, train

    drawn = reservoir(np.random.default_rng(seed), MUBRAIN_40NM)[0]
    layer, coding = make_layer(MUBRAIN_40NM.layers[0], drawn), EncodingParams()
    images = digits("train")
    counts = np.zeros((len(images), layer.params.neurons))
    for k, grey in enumerate(prepare(images.x)):
        tick, address = encode(grey, coding, k)
        counts[k] = np.bincount(layer.run(tick, address).line, minlength=counts.shape[1])
    most = counts.max()
    params = TrainParams(
        sizes=MUBRAIN_40NM.sizes[1:], rate_min=0.0, rate_max=most / seconds(coding.window),
        window=coding.window, shift=0, epochs=epochs,
    )  # fmt: skip
    network, _ = train(np.rint(255 * counts / most).astype(np.uint8), images.y, params)
    return [drawn, *(np.vstack([w, np.zeros_like(w[:1])]) for w in network.weights)]


def load_reservoir(path: str | os.PathLike[str], params: ChipParams) -> list[np.ndarray]:
    """Read a chip's weights, ``w1``, ``w2``, ... in the shapes that its model takes.

    Raises
    ------
    InputError
        If the file cannot be read or does not fit the chip.
    """
    arrays, weights = load_npz(path), []
    for k, layer in enumerate(params.layers, start=1):
        shape = (layer.arbiter.inputs, layer.neurons)
        matrix = arrays.get(f"w{k}")
        if matrix is None or matrix.shape != shape or matrix.dtype != np.int8:
            raise InputError(f"{path}: expected w{k} as int8 of the shape {shape}.")
        if np.abs(matrix.astype(int)).max() > layer.neuron.largest_weight:
            raise InputError(
                f"{path}: expected weights of {layer.neuron.weight_bits} bits in w{k}."
            )
        if isinstance(layer, RecurrentLayerParams) and matrix[~layer.weights.mask].any():
            raise InputError(f"{path}: expected zeros in w{k} where there is no synapse.")
        weights.append(matrix)
    return weights


if __name__ == "__main__":
    made = train_readout()
    save_npz(
        sys.argv[1], **{f"w{k}": matrix for k, matrix in enumerate(made, start=1)},
        chip="mubrain", made_by="python -m goldspike.workloads.mubrain.reservoir", format=FORMAT,
    )  # fmt: skip
