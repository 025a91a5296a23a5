"""ResNets for CIFAR with int8 weights and float scales, put into integers.

An .npz without pickles, as pruned from akamaster's pytorch_resnet_cifar10, batch norm folded: per
layer ``<name>.w`` int8 (outputs, inputs, F, F), ``<name>.scale`` and ``<name>.bias`` float
(outputs,); names ``conv1``, ``layer<group>.<block>.conv1`` and ``.conv2``, and ``linear`` (classes,
channels). The first block of a group after the first halves the image. Its shortcut takes every
second pixel and puts zeros around the channels (He et al., arXiv:1512.03385, option A); on the chip
that is a 1 x 1 convolution of stride 2 with weights 0 and 1, the paper's RS.

Activations get one scale per layer, from the largest ones that calibration images cause.

Ref: Dazzi 2021, section 3.1; Jacob et al., arXiv:1712.05877 (integer-only inference).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.imc.digital_processor import BIAS_BITS, GAIN_BITS, MULTIPLIER_BITS
from goldspike.model.imc.shared.array import ArrayParams, StageParams
from goldspike.model.imc.shared.layer import RESNET32
from goldspike.workloads.imc.network import Cnn, ImageScale

__all__ = [
    "CIFAR",
    "CIFAR_SIDE",
    "FloatLayer",
    "ResNet",
    "is_resnet",
    "load_resnet",
    "quantise",
    "resnet32",
]

Floats = NDArray[np.float32]

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the channels of an image, grey levels 0..1, as the network was trained."""
CLIPS = np.linspace(0.5, 1.0, 26)
"""Parts of a layer's largest activation that may become 127: that with the least error does."""

TABLE_2 = {name: layer for name, _, layer in RESNET32}

SAMPLES = 100_000
"""Activations of a layer that are looked at."""

CIFAR_SIDE = 32
CIFAR = ImageScale(mean=MEAN, deviation=DEVIATION)


@dataclass
class FloatLayer:
    """A convolution: its weights, where its input comes from, and what it adds.

    `weights` int8 (F, F, inputs, outputs); `scale` and `bias` (outputs,); `source` and `added` are
    layers, -1 the image and nothing; `added` is a layer whose output is added.
    """

    name: str
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats
    stride: int
    source: int
    added: int = -1
    relu: bool = True


@dataclass
class ResNet:
    """Convolutions in order, and the last layer: int8 (channels, classes), its scale and bias."""

    layers: list[FloatLayer]
    last: NDArray[np.int8]
    last_scale: Floats
    last_bias: Floats


def resnet32() -> ArrayParams:
    """Return the paper's ResNet-32 (Table 2 as corrected), a core per layer, without weights."""
    stages: list[StageParams] = []

    def add(name: str, source: int, residual: int = -1) -> int:
        stages.append(StageParams(layer=TABLE_2[name], source=source, residual=residual, gain=1,
                                  relu=not name.startswith("RS")))  # fmt: skip
        return len(stages) - 1

    last = add("1", -1)
    for names in (("2/11", "2/11", ""), ("12", "13/21", "RS1"), ("22", "23/31", "RS2")):
        for block in range(5):
            first = add(names[0] if block == 0 else names[1], last)
            residual = add(names[2], last) if block == 0 and names[2] else first
            last = add(names[1], first, residual)
    return ArrayParams(stages=tuple(stages), classes=TABLE_2["FC"].outputs)


def is_resnet(names: Any) -> bool:
    """Return whether a file's arrays are those of such a network."""
    return "conv1.w" in names and "linear.w" in names


def load_resnet(path: str | os.PathLike[str]) -> ResNet:
    """Read a network.

    Raises
    ------
    InputError
        If an array is missing, or has another shape or type than it must; the sentence names it.
    """
    path = Path(path)
    arrays = load_npz(path)

    def take(name: str, inputs: int | None, kernel: int) -> tuple[NDArray[np.int8], Floats, Floats]:
        shape = (None, inputs, kernel, kernel)[: 4 if kernel else 2]
        w = checked(path, arrays, f"{name}.w", shape, "i")
        scale, bias = (
            checked(path, arrays, f"{name}.{part}", (w.shape[0],), "f").astype(np.float32)
            for part in ("scale", "bias")
        )
        return w.astype(np.int8), scale, bias

    def add(name: str, stride: int, source: int, added: int = -1) -> int:
        inputs = layers[source].weights.shape[3] if source >= 0 else len(MEAN)
        w, scale, bias = take(name, inputs, 3)
        layers.append(FloatLayer(name, w.transpose(2, 3, 1, 0), scale, bias, stride, source, added))
        return len(layers) - 1

    layers: list[FloatLayer] = []
    last = add("conv1", 1, -1)
    found = sorted(
        {(int(m[1]), int(m[2])) for m in (re.fullmatch(r"layer(\d+)\.(\d+)\.conv1\.w", name)
                                         for name in arrays) if m}
    )  # fmt: skip
    for group, block in found:
        name = f"layer{group}.{block}"
        stride = 2 if group > 1 and block == 0 else 1
        source = last
        first = add(f"{name}.conv1", stride, source)
        made = layers[first].weights.shape[3]
        if stride == 2 or made != layers[source].weights.shape[3]:
            layers.append(
                shortcut(f"{name}.shortcut", layers[source].weights.shape[3], made, source)
            )
            source = len(layers) - 1
        last = add(f"{name}.conv2", 1, first, source)
        if layers[last].weights.shape[3] != made:
            raise InputError(f"{path}: expected {made} outputs of {name}.conv2, as of its conv1.")
    matrix, scale, bias = take("linear", layers[last].weights.shape[3], 0)
    return ResNet(layers, matrix.T, scale, bias)


def shortcut(name: str, inputs: int, outputs: int, source: int) -> FloatLayer:
    """Return the convolution that takes every second pixel and centres the channels."""
    if outputs < inputs:
        raise InputError(f"{name}: expected at least {inputs} outputs, not {outputs}.")
    weights = np.zeros((1, 1, inputs, outputs), np.int8)
    weights[0, 0, np.arange(inputs), (outputs - inputs) // 2 + np.arange(inputs)] = 1
    one, none = np.ones(outputs, np.float32), np.zeros(outputs, np.float32)
    return FloatLayer(name, weights, one, none, 2, source, relu=False)


def checked(
    path: Path, arrays: dict[str, Any], name: str, shape: tuple[int | None, ...], kind: str
) -> NDArray[Any]:
    """Return an array of a file.

    Raises
    ------
    InputError
        If it is missing, or has another shape or type.
    """
    if name not in arrays:
        raise InputError(f"{path}: expected the array {name}, but it is missing.")
    array = arrays[name]
    fits = array.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, array.shape, strict=True)
    )
    whole = kind == "i" and array.dtype.kind in "iu"
    if not fits or not array.size or not (whole or (kind == "f" and array.dtype.kind == "f")):
        what = "integers" if kind == "i" else "fractions"
        raise InputError(
            f"{path}: expected {what} of the shape {shape} in {name}, "
            f"not {array.dtype} {array.shape}."
        )
    if (whole and (array.min() < -128 or array.max() > 127)) or not np.isfinite(array).all():
        raise InputError(f"{path}: expected finite numbers, weights in -128..127, in {name}.")
    return array


def windows(x: Floats, kernel: int, stride: int) -> Floats:
    """Return the windows of images (n, h, w, c), padded by half the kernel: (n, h', w', F F c)."""
    _, h, w, _ = x.shape
    pad = kernel // 2
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    parts = [
        padded[:, a : a + h : stride, b : b + w : stride]
        for a in range(kernel)
        for b in range(kernel)
    ]
    return np.concatenate(parts, axis=3)


def forward(net: ResNet, x: Floats) -> tuple[Floats, list[Floats]]:
    """Return scores (n, classes) of scaled images (n, h, w, c), and every layer's output."""
    made: list[Floats] = []
    for layer in net.layers:
        taken = x if layer.source < 0 else made[layer.source]
        kernel = layer.weights.shape[0]
        matrix = (layer.weights * layer.scale).reshape(-1, layer.weights.shape[3])
        out = windows(taken, kernel, layer.stride) @ matrix + layer.bias
        if layer.added >= 0:
            out += made[layer.added]
        made.append((np.maximum(out, 0) if layer.relu else out).astype(np.float32))
    mean = made[-1].mean(axis=(1, 2))
    return mean @ (net.last * net.last_scale) + net.last_bias, made


def quantise(net: ResNet, x: NDArray[np.uint8]) -> Cnn:
    """Return the integer network; `x` (n, h, w, 3) are images that cause typical activations."""
    _, made = forward(net, CIFAR.floats(x))
    scales = [best_scale(a) for a in made]
    for k, layer in enumerate(net.layers):
        if not layer.relu:  # a shortcut hands values on as they are
            scales[k] = scales[layer.source]
    shifts, multipliers, biases, residuals = [], [], [], []
    for k, layer in enumerate(net.layers):
        taken = CIFAR.step if layer.source < 0 else scales[layer.source]
        ratio = taken * layer.scale.astype(np.float64) / scales[k]
        gain = scales[layer.added] / scales[k] if layer.added >= 0 else 0.0
        bias = layer.bias.astype(np.float64) / scales[k]
        shift = largest_shift(((ratio, MULTIPLIER_BITS), (bias, BIAS_BITS), (gain, GAIN_BITS)))
        multipliers.append(np.rint(ratio * 2.0**shift).astype(np.int64))
        biases.append(np.rint(bias * 2.0**shift).astype(np.int64))
        shifts.append(shift)
        if layer.added >= 0:
            residuals.append((added_stage(net, layer.added), k, round(gain * 2.0**shift)))
    step = float(net.last_scale.max())
    last = np.rint(net.last * (net.last_scale / step)).astype(np.int8)
    return Cnn(
        kernels=tuple(layer.weights for layer in net.layers),
        strides=tuple(layer.stride for layer in net.layers),
        shifts=tuple(shifts),
        multipliers=tuple(multipliers),
        biases=tuple(biases),
        residuals=tuple(residuals),
        last=last,
        last_bias=np.rint(net.last_bias / (step * scales[-1])).astype(np.int64),
        sources=tuple(layer.source for layer in net.layers),
        relus=tuple(layer.relu for layer in net.layers),
        image=CIFAR,
    )


def best_scale(activations: Floats) -> float:
    """Return the scale with which rounding and saturation cost the least, in the mean square."""
    some = activations.ravel()[:: max(1, activations.size // SAMPLES)]
    largest = float(np.abs(activations).max()) or 1.0
    candidates = largest * CLIPS / 127
    errors = [
        np.square(np.clip(np.rint(some / s), -128, 127) * s - some).mean() for s in candidates
    ]
    return float(candidates[int(np.argmin(errors))])


def added_stage(net: ResNet, added: int) -> int:
    """Return the stage from which a layer's output is added: a shortcut, or the one that takes it.

    The chip reads a residual out of the input memory of the layer that takes it.
    """
    if not net.layers[added].relu:
        return added
    return next(k for k, layer in enumerate(net.layers) if layer.source == added)


def largest_shift(parts: tuple[tuple[Any, int], ...]) -> int:
    """Return the most bits by which all numbers may be shifted up and still fit their widths."""
    limits = [
        np.log2(((1 << bits - 1) - 1) / most)
        for values, bits in parts
        if (most := float(np.max(np.abs(values)))) > 0
    ]
    return int(np.clip(np.floor(min(limits, default=0)), 0, 30))
