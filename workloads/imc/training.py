"""Train and quantise a small CNN for the digits, in NumPy; run it as a module.

Four 3 x 3 convolutions (the second one of stride 2; the fourth one adds the third one's input), the
mean over 4 x 4 pixels, one fully connected layer. Cross entropy, Adam, images moved by up to one
pixel. Training is in floating point; then every number is rounded once:

- weights to 8 bits, with a scale per output channel (one scale for the last layer);
- activations to 0..127, with a scale per layer, from the largest activations in the training set;
- what is left between two scales is the digital processor's multiplier, bias and gain.

There is no batch norm to fold; the multipliers carry the channels' weight scales.

Ref: Jacob et al., arXiv:1712.05877 (integer-only inference); Kingma & Ba, arXiv:1412.6980.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.workloads.adam import Adam
from goldspike.workloads.dataset import DIGITS, load_dataset
from goldspike.workloads.epochs import softmax_error
from goldspike.workloads.imc.network import Cnn, images, save_cnn

__all__ = ["TrainParams", "float_accuracy", "forward", "quantise", "train"]

Floats = NDArray[np.float64]

STRIDES = (1, 2, 1, 1)
RESIDUAL = (2, 3)
"""The fourth convolution adds the input of the third."""
CLIP = 99.9
"""Percentile of a layer's activations that becomes 127."""


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    """How to train.

    Parameters
    ----------
    seed, epochs, batch : int
    learning_rate : float
    shift : int
        Pixels by which images are moved at most.
    channels : tuple of int
        Outputs of the four convolutions; the last three alike.
    """

    seed: int = 0
    epochs: int = 60
    batch: int = 32
    learning_rate: float = 4e-3
    shift: int = 0
    channels: tuple[int, ...] = (8, 16, 16, 16)


def patches(x: Floats, stride: int) -> Floats:
    """Return the 3 x 3 windows of images (n, h, w, c), one pixel of padding: (n, h', w', 9 c)."""
    n, h, w, c = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [padded[:, a : a + h : stride, b : b + w : stride] for a in range(3) for b in range(3)]
    return np.concatenate(parts, axis=3).reshape(n, -(-h // stride), -(-w // stride), 9 * c)


def unpatch(grad: Floats, shape: tuple[int, ...], stride: int) -> Floats:
    """Return the gradient of images from that of their windows."""
    n, h, w, c = shape
    padded = np.zeros((n, h + 2, w + 2, c))
    parts = np.split(grad, 9, axis=3)
    for k, part in enumerate(parts):
        a, b = divmod(k, 3)
        padded[:, a : a + h : stride, b : b + w : stride] += part
    return padded[:, 1:-1, 1:-1]


def forward(weights: Sequence[Floats], x: Floats) -> tuple[Floats, list[Floats], list[Floats]]:
    """Return logits (n, classes), every layer's input, and the windows of every convolution.

    `weights` are a matrix and a bias per layer; `x` is (n, 8, 8, 1), grey levels 0..1.
    """
    inputs, windows = [x], []
    for k, stride in enumerate(STRIDES):
        window = patches(inputs[-1], stride)
        out = window @ weights[2 * k] + weights[2 * k + 1]
        if k == RESIDUAL[1]:
            out = out + inputs[RESIDUAL[0]]
        windows.append(window)
        inputs.append(np.maximum(out, 0))
    mean = inputs[-1].mean(axis=(1, 2))
    inputs.append(mean)
    return mean @ weights[-2] + weights[-1], inputs, windows


def gradients(weights: Sequence[Floats], x: Floats, y: NDArray[np.int64]) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every array of `weights`."""
    logits, inputs, windows = forward(weights, x)
    delta = softmax_error(logits, y)
    found = [delta.sum(axis=0), inputs[-1].T @ delta]
    last = inputs[-2]
    grad = np.broadcast_to(
        (delta @ weights[-2].T)[:, None, None] / (last.shape[1] * last.shape[2]), last.shape
    )
    skipped = None  # what reaches a layer's input past the layers in between
    for k in reversed(range(len(STRIDES))):
        grad = grad * (inputs[k + 1] > 0)
        if k == RESIDUAL[1]:
            skipped = grad
        flat = grad.reshape(-1, grad.shape[3])
        found += [flat.sum(axis=0), windows[k].reshape(len(flat), -1).T @ flat]
        grad = unpatch(grad @ weights[2 * k].T, inputs[k].shape, STRIDES[k])
        if k == RESIDUAL[0] and skipped is not None:
            grad = grad + skipped
    return found[::-1]


def shifted(x: Floats, most: int, rng: np.random.Generator) -> Floats:
    """Move each image by up to `most` pixels each way; what comes in is background."""
    n, side, _, _ = x.shape
    padded = np.pad(x, ((0, 0), (most, most), (most, most), (0, 0)))
    places = rng.integers(0, 2 * most + 1, (n, 2))
    return np.stack(
        [image[a : a + side, b : b + side] for image, (a, b) in zip(padded, places, strict=True)]
    )


def train(x: Floats, y: NDArray[np.int64], params: TrainParams) -> list[Floats]:
    """Return trained matrices and biases; equal arguments give equal numbers on one machine."""
    rng = np.random.default_rng(params.seed)
    weights: list[Floats] = []
    sizes = (x.shape[3], *params.channels)
    for inputs, outputs in pairwise(sizes):
        weights.append(rng.normal(0, (2 / (9 * inputs)) ** 0.5, (9 * inputs, outputs)))
        weights.append(np.zeros(outputs))
    weights += [rng.normal(0, sizes[-1] ** -0.5, (sizes[-1], 10)), np.zeros(10)]
    steps = params.epochs * (len(x) // params.batch)
    optimiser = Adam(weights, bound=8, rate=params.learning_rate, steps=steps)
    for _ in range(params.epochs):
        order = rng.permutation(len(x))
        for first in range(0, len(x) - params.batch + 1, params.batch):
            index = order[first : first + params.batch]
            moved = shifted(x[index], params.shift, rng)
            optimiser.step(gradients(weights, moved, y[index]))
    return weights


def float_accuracy(weights: Sequence[Floats], x: Floats, y: NDArray[np.int64]) -> float:
    """Return the part of the images that the network in floating point gets right."""
    return float(np.mean(forward(weights, x)[0].argmax(axis=1) == y))


def quantise(weights: Sequence[Floats], x: Floats) -> Cnn:
    """Return the integer network; `x` are the training images, for the activations' scales."""
    _, inputs, _ = forward(weights, x)
    scales = [1 / 127, *(float(np.percentile(a, CLIP)) / 127 for a in inputs[1:-1])]
    kernels, multipliers, biases, shifts, gain = [], [], [], [], 0
    for k in range(len(STRIDES)):
        matrix, bias = weights[2 * k], weights[2 * k + 1]
        step = np.abs(matrix).max(axis=0) / 127  # a weight's scale, per channel
        ratio = scales[k] * step / scales[k + 1]
        shift = int(np.floor(np.log2(32767 / ratio.max())))
        channels = matrix.shape[0] // 9
        kernels.append(np.rint(matrix / step).astype(np.int8).reshape(3, 3, channels, -1))
        multipliers.append(np.rint(ratio * 2**shift).astype(np.int64))
        biases.append(np.rint(bias / scales[k + 1] * 2**shift).astype(np.int64))
        shifts.append(shift)
        if k == RESIDUAL[1]:
            gain = round(scales[RESIDUAL[0]] / scales[k + 1] * 2**shift)
    step = np.abs(weights[-2]).max() / 127
    return Cnn(
        kernels=tuple(kernels),
        strides=STRIDES,
        shifts=tuple(shifts),
        multipliers=tuple(multipliers),
        biases=tuple(biases),
        residuals=((*RESIDUAL, gain),),
        last=np.rint(weights[-2] / step).astype(np.int8),
        last_bias=np.rint(weights[-1] / (step * scales[-1])).astype(np.int64),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Train on the training images, quantise, write the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="network file to write")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    part, test = (load_dataset(DIGITS, split) for split in ("train", "test"))
    x, tested = (images(data.x, 8) / 127.0 for data in (part, test))
    weights = train(x, part.y, TrainParams(seed=options.seed))
    meta = {
        "chip": "imc",
        "made_by": f"python -m goldspike.workloads.imc.training --seed {options.seed}",
        "data": Path(DIGITS).name,
        **{f"float_{k}": w.astype(np.float32) for k, w in enumerate(weights)},
    }
    save_cnn(options.out, quantise(weights, x), meta)
    print(f"float accuracy on {len(test)} test images: {float_accuracy(weights, tested, test.y)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
