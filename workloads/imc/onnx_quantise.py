"""Float layers as integers of the CNN chip, and what that costs, layer by layer.

Every number is rounded once, as Jacob et al. 2018 (arXiv:1712.05877, section 2) do it with zero
points of 0: a real number is an integer times a scale, ``r = S q``. Weights have a scale per output
channel, activations one per layer, and a layer computes::

    q_out = saturate((sum(q_w q_in) m + b + q_res g + 2**(n - 1)) >> n)

where ``m / 2**n`` stands for the paper's multiplier ``M = S_w S_in / S_out`` (their Eq. 5 and 6;
they take 32 bits for m, the chip has 16), ``b / 2**n`` for ``bias / S_out``, and ``g / 2**n`` for
``S_res / S_out``. The shift n is the largest at which all of them fit.

Bounds, in steps of the output before it saturates:

- a weight is off by at most half of S_w, so that the sum is off by at most
  ``S_w / 2 * sum(abs(q_in))`` times ``S_in / S_out``;
- m, b and g are off by at most one half each, which adds at most
  ``2**-(n + 1) (abs(sum) + abs(q_res) + 1)``;
- the shift rounds by at most one half.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.imc.digital_processor import BIAS_BITS, GAIN_BITS, MULTIPLIER_BITS
from goldspike.workloads.imc.network import Cnn, ImageScale
from goldspike.workloads.imc.onnx_layers import FloatLayer, FloatNet, Floats

__all__ = ["LayerLoss", "calibrate", "float_scores", "integer_layers", "losses", "quantise"]

MOST_SHIFT = 40
_CHUNK = 256
"""Images run at once, to bound the memory."""


def convolve(x: Floats, kernel: Floats, stride: int, padding: int) -> Floats:
    """Return the sums of images (n, side, side, channels); whole numbers stay exact in 53 bits."""
    pad = (padding, padding)
    padded = np.pad(x, ((0, 0), pad, pad, (0, 0)))
    f = len(kernel)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f), axis=(1, 2))
    return np.tensordot(windows[:, ::stride, ::stride], kernel.transpose(2, 0, 1, 3), 3)


def float_layers(net: FloatNet, inputs: list[Floats]) -> Iterator[Floats]:
    """Go on behind the image and the outputs that are there; append and yield every other one."""
    for layer in net.layers[len(inputs) - 1 :]:
        taken = inputs[layer.source + 1]
        out = convolve(taken, layer.kernel, layer.stride, layer.padding) + layer.bias
        if layer.added >= -1:
            out = out + inputs[layer.added + 1]
        inputs.append(np.maximum(out, 0) if layer.relu else out)
        yield inputs[-1]


def float_scores(net: FloatNet, inputs: list[Floats]) -> Floats:
    """Return the scores of images, going on behind the image and the outputs that are there."""
    for _ in float_layers(net, inputs):
        pass
    return inputs[-1].mean(axis=(1, 2)) @ net.last.kernel[0, 0] + net.last.bias


def integer_layers(cnn: Cnn, x: Floats) -> list[Floats]:
    """Return the image, every layer's outputs, and the scores: whole numbers all."""
    inputs = [x]
    added = {sink: (source, gain) for source, sink, gain in cnn.residuals}
    for k, kernel in enumerate(cnn.kernels):
        sums = convolve(
            inputs[cnn.sources[k] + 1], kernel.astype(np.float64), cnn.strides[k], cnn.paddings[k]
        )
        total = sums.astype(np.int64) * cnn.multipliers[k] + cnn.biases[k]
        if k in added:
            sender, gain = added[k]
            only_added = sender not in cnn.sources
            value = inputs[(sender if only_added else cnn.sources[sender]) + 1]
            total += value.astype(np.int64) * gain
        out = (total + ((1 << cnn.shifts[k]) >> 1)) >> cnn.shifts[k]
        inputs.append(np.clip(out, 0 if cnn.relus[k] else -128, 127).astype(np.float64))
    pixels = inputs[-1].shape[1] * inputs[-1].shape[2]
    mean = (inputs[-1].sum(axis=(1, 2)).astype(np.int64) + pixels // 2) // pixels
    return [*inputs, mean @ cnn.last.astype(np.float64) + cnn.last_bias]


def calibrate(net: FloatNet, first: float, x: Floats | None, percentile: float) -> list[float]:
    """Return the scales of the image and of every layer's outputs.

    Parameters
    ----------
    net : FloatNet
    first : float
        Scale of the image.
    x : float64 (n, side, side, 1), optional
        Images; without them the file must say how large activations become.
    percentile : float
        Of the magnitudes of a layer's activations: it becomes 127, and what is larger saturates.

    Raises
    ------
    InputError
        If there are no images and the file does not say; the sentence names the layer.
    """
    scales = [first]
    outputs = None if x is None else float_layers(net, [x])
    for layer in net.layers:
        out = None if outputs is None else np.abs(next(outputs))
        largest = 127 * scales[layer.source + 1] if layer.inherits else layer.largest
        if largest is None and out is None:
            raise InputError(
                f"node {layer.name!r}: the file does not say how large its activations become, so "
                "--data must give images to calibrate it on"
            )
        if largest is None and out is not None:
            largest = float(np.percentile(out, percentile)) or float(out.max())
        scales.append((largest or 1.0) / 127)
    return scales


def quantise(net: FloatNet, scales: list[float], image: ImageScale | None = None) -> Cnn:
    """Return the integer network, which takes images as `image` says.

    Raises
    ------
    InputError
        If a layer's multipliers or biases cannot be had in the chip's numbers.
    """
    parts = [whole_layer(net, k, scales) for k in range(len(net.layers))]
    residuals = [
        (layer.sender, k, parts[k][4]) for k, layer in enumerate(net.layers) if layer.added != -2
    ]
    matrix, steps = net.last.kernel[0, 0], net.last.step
    even = steps is not None and np.ptp(steps) == 0
    step = steps[0] if steps is not None and even else np.abs(matrix).max() / 127 or 1.0
    bias = np.rint(net.last.bias / (step * scales[-1]))
    if np.abs(bias).max() >= 1 << BIAS_BITS - 1:
        raise InputError(f"node {net.last.name!r}: its biases are too large for its weights")
    return Cnn(
        kernels=tuple(part[0] for part in parts),
        strides=tuple(layer.stride for layer in net.layers),
        shifts=tuple(part[3] for part in parts),
        multipliers=tuple(part[1] for part in parts),
        biases=tuple(part[2] for part in parts),
        residuals=tuple(residuals),
        last=np.clip(np.rint(matrix / step), -128, 127).astype(np.int8),
        last_bias=bias.astype(np.int64),
        paddings=tuple(layer.padding for layer in net.layers),
        relus=tuple(layer.relu for layer in net.layers),
        sources=tuple(layer.source for layer in net.layers),
        image=image,
    )


def whole_layer(net: FloatNet, k: int, scales: list[float]) -> tuple[Any, Any, Any, int, int]:
    """Return a layer's kernel, multipliers, biases, shift and gain."""
    layer, made = net.layers[k], scales[k + 1]
    step = weight_step(layer)
    ratio, bias = scales[layer.source + 1] * step / made, layer.bias / made
    gain = 0.0 if layer.added == -2 else scales[layer.added + 1] / made
    limits = ((ratio, MULTIPLIER_BITS), (bias, BIAS_BITS), (gain, GAIN_BITS))
    for shift in range(MOST_SHIFT, -1, -1):
        if all(np.rint(np.abs(a) * 2.0**shift).max() < 1 << bits - 1 for a, bits in limits):
            break
    else:
        raise InputError(
            f"node {layer.name!r}: its weights or biases are too large for its activations, which "
            f"reach {127 * made:.3g}"
        )
    kernel = np.clip(np.rint(layer.kernel / step), -128, 127).astype(np.int8)
    multiplier, biases = (np.rint(a * 2.0**shift).astype(np.int64) for a in (ratio, bias))
    return kernel, multiplier, biases, shift, max(round(gain * 2**shift), 0 if gain == 0 else 1)


def weight_step(layer: FloatLayer) -> Floats:
    """Return what a weight's last bit stands for, per output channel."""
    step = layer.step
    if step is None:
        step = np.abs(layer.kernel).max(axis=(0, 1, 2)) / 127
    return np.where(step == 0, 1.0, step)


@dataclass(frozen=True)
class LayerLoss:
    """What rounding a layer costs.

    Attributes
    ----------
    name : str
    shape : str
        Kernel, channels, stride.
    scale : float
        What 1 stands for in its output.
    weight_error : float
        Norm of the weights' rounding errors, over that of the weights.
    error : float
        The same of its activations, all layers up to it in integers.
    saturated : float
        Part of its activations beyond 127 (or below -128) times the scale.
    accuracy : float
        Part of the images that is right with the layers up to it in integers, the others not.
    """

    name: str
    shape: str
    scale: float
    weight_error: float
    error: float
    saturated: float
    accuracy: float

    def as_dict(self) -> dict[str, Any]:
        """Return it for a report."""
        return asdict(self)


def losses(
    net: FloatNet, cnn: Cnn, scales: list[float], images: tuple[Floats, Floats], y: np.ndarray
) -> tuple[float, list[LayerLoss]]:
    """Return the accuracy of the float layers, and what each layer costs.

    Parameters
    ----------
    net, cnn, scales
        A network, its integers, and the scales of the image and of every layer's outputs.
    images : two arrays (n, side, side, 1)
        As the float network takes them, and as the chip does.
    y : int64 (n,)
    """
    count = len(net.layers)
    sums, right = np.zeros((count, 3)), np.zeros(count + 2)
    sizes = np.zeros(count)
    for first in range(0, len(y), _CHUNK):
        part = slice(first, first + _CHUNK)
        exact = [images[0][part]]
        right[0] += np.sum(float_scores(net, exact).argmax(axis=1) == y[part])
        *whole, scores = integer_layers(cnn, images[1][part])
        real = [a * scale for a, scale in zip(whole, scales, strict=True)]
        for k in range(count):
            want, have = exact[k + 1], real[k + 1]
            over = np.abs(want) > 127.5 * scales[k + 1]
            sums[k] += np.sum((have - want) ** 2), np.sum(want**2), np.sum(over)
            sizes[k] += want.size
            mixed = float_scores(net, real[: k + 2])
            right[k + 1] += np.sum(mixed.argmax(axis=1) == y[part])
        right[-1] += np.sum(scores.argmax(axis=1) == y[part])
    accuracy = right / len(y)
    found = [
        LayerLoss(
            layer.name, shape_of(layer), scales[k + 1], rounding(layer, cnn.kernels[k]),
            float(np.sqrt(sums[k, 0] / (sums[k, 1] or 1))), float(sums[k, 2] / sizes[k]),
            float(accuracy[k + 1]),
        )
        for k, layer in enumerate(net.layers)
    ]  # fmt: skip
    last = net.last
    step = float(np.abs(last.kernel).max() / (np.abs(cnn.last.astype(int)).max() or 1))
    off = np.linalg.norm(cnn.last * step - last.kernel[0, 0]) / (np.linalg.norm(last.kernel) or 1)
    found.append(LayerLoss(last.name, shape_of(last), step * scales[-1], float(off), 0.0, 0.0,
                           float(accuracy[-1])))  # fmt: skip
    return float(accuracy[0]), found


def rounding(layer: FloatLayer, kernel: np.ndarray) -> float:
    """Return the norm of the weights' rounding errors, over that of the weights."""
    off = np.linalg.norm(kernel * weight_step(layer) - layer.kernel)
    return float(off / (np.linalg.norm(layer.kernel) or 1))


def shape_of(layer: FloatLayer) -> str:
    """Return kernel, channels and stride as text."""
    f, _, channels, outputs = layer.kernel.shape
    stride = f", stride {layer.stride}" if layer.stride > 1 else ""
    return f"{f} x {f}, {channels} to {outputs} channels{stride}"
