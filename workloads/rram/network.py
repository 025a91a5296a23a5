"""Fully connected networks in whole numbers, as RRAM macros run them.

An .npz without pickles. Per layer k = 1, 2, ...: ``weights_k`` integers (inputs, outputs) and
``bias_k`` (outputs,); for all but the last, ``multiplier_k`` (outputs,) and the numbers ``shifts``
(layers - 1,); ``weight_bits``: 1, 2, 4 or 8. Weights are two's complement numbers of that many
bits; those of one bit are 0 or 1 in all of a layer, or -1 or +1. Further keys, of which our tools
write ``chip``, ``made_by``, ``data`` and ``format``, are kept as they are.

Inputs are grey levels 0..255. A macro gives the products of inputs and weights; what follows is
arithmetic beside it, the same on every engine (:func:`next_inputs`): sums over the macros that
share a layer's rows, the bias, and for all but the last layer a multiplication, a shift and the
range 0..255, which is the next layer's input, negative numbers becoming 0. Weights of -1 and +1
lie in the cells as 0 and 1, and their product is twice the macro's less the sum of the inputs. The
answer is the class with the highest score, of equals the first.

The paper stops at the macro: Lu 2021, section 'Benchmark', has layers' arithmetic done elsewhere.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.rram.word_line_controller import SHARES
from goldspike.workloads.metadata import read_whole

__all__ = ["FORMAT", "MultiLayer", "load_network", "next_inputs", "save_network", "scores"]

FORMAT = "goldspike-macro-1"
BIAS_BITS, MULTIPLIER_BITS = 32, 16
MOST_SHIFT = 40
INPUT_TOP = 255
"""The largest input: 8 bits, unsigned."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MultiLayer:
    """A network; the arrays are those of the file.

    Attributes
    ----------
    weights : tuple of int8 arrays (inputs, outputs)
    biases : tuple of int64 arrays (outputs,)
    multipliers : tuple of int64 arrays (outputs,)
        One per layer but the last.
    shifts : tuple of int
        Likewise.
    weight_bits : int
    """

    weights: tuple[NDArray[Any], ...]
    biases: tuple[NDArray[Any], ...]
    multipliers: tuple[NDArray[Any], ...]
    shifts: tuple[int, ...]
    weight_bits: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))

    def signs(self, layer: int) -> bool:
        """Whether a layer's weights of one bit are -1 and +1."""
        return self.weight_bits == 1 and bool((self.weights[layer] < 0).any())

    def stored(self, layer: int) -> NDArray[Any]:
        """Return a layer's weights as the cells hold them: signs as 0 and 1."""
        weights = self.weights[layer]
        return (weights > 0).astype(np.int8) if self.signs(layer) else weights


def next_inputs(
    net: MultiLayer, layer: int, inputs: NDArray[Any], products: NDArray[Any]
) -> NDArray[Any]:
    """Return the next layer's inputs, or the last layer's scores.

    Parameters
    ----------
    net : MultiLayer
    layer : int
    inputs : uint8 (n, inputs)
        What the layer was given.
    products : int64 (n, outputs)
        Of `inputs` and the stored weights, summed over the macros.

    Returns
    -------
    uint8 (n, outputs), or int64 for the last layer
    """
    sums = products
    if net.signs(layer):
        sums = 2 * products - inputs.sum(axis=1, dtype=np.int64)[:, None]
    sums = sums + net.biases[layer]
    if layer == len(net.weights) - 1:
        return sums
    scaled = sums * net.multipliers[layer] >> net.shifts[layer]
    return scaled.clip(0, INPUT_TOP).astype(np.uint8)


def scores(net: MultiLayer, x: NDArray[np.uint8]) -> NDArray[Any]:
    """Return the scores by plain arithmetic, no macro in sight, int64 (n, classes)."""
    inputs = x
    for layer in range(len(net.weights)):
        stored = net.stored(layer).astype(np.int64)
        inputs = next_inputs(net, layer, inputs, inputs.astype(np.int64) @ stored)
    return inputs


def save_network(path: str | os.PathLike[str], net: MultiLayer, meta: Mapping[str, Any]) -> None:
    """Write a network file; equal networks give equal bytes."""
    arrays: dict[str, Any] = {}
    for k, (weights, bias) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
        arrays |= {f"weights_{k}": weights, f"bias_{k}": bias}
    for k, multiplier in enumerate(net.multipliers, start=1):
        arrays[f"multiplier_{k}"] = multiplier
    arrays |= {"shifts": np.array(net.shifts, np.int64), "weight_bits": net.weight_bits}
    save_npz(path, **arrays, **{"format": FORMAT, **meta})


def load_network(path: str | os.PathLike[str]) -> tuple[MultiLayer, dict[str, Any]]:
    """Read a network file; return the network and the further keys.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence names it.
    """
    path = Path(path)
    arrays = load_npz(path)
    count = sum(name.startswith("weights_") for name in arrays)
    if not count or "weight_bits" not in arrays:
        raise InputError(f"{path}: expected the first layer as weights_1, and weight_bits.")
    bits = read_whole(path, "weight_bits", arrays.pop("weight_bits"), 1, SHARES[-1])
    if bits not in SHARES:
        raise InputError(f"{path}: expected one of {SHARES} in weight_bits, not {bits}.")

    def take(name: str, shape: tuple[int | None, ...], low: int, high: int) -> NDArray[np.int64]:
        if name not in arrays:
            raise InputError(f"{path}: expected the array {name}, but it is missing.")
        array = arrays.pop(name)
        fits = array.ndim == len(shape) and all(
            want in (None, have) for want, have in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.kind not in "iu" or (not array.size and 0 not in shape):
            written = " x ".join("any" if n is None else str(n) for n in shape)
            raise InputError(
                f"{path}: expected {written} integers in {name}, not {array.dtype} {array.shape}."
            )
        if array.size and (array.min() < low or array.max() > high):
            raise InputError(f"{path}: expected {low}..{high} in {name}.")
        return array.astype(np.int64)

    half, wide = 1 << (bits - 1), 1 << (BIAS_BITS - 1)
    weights, biases, multipliers = [], [], []
    inputs: int | None = None
    for k in range(1, count + 1):
        layer = take(f"weights_{k}", (inputs, None), -half, max(1, half - 1))
        if bits == 1 and {-1, 0} <= set(np.unique(layer).tolist()):
            raise InputError(
                f"{path}: expected 0 and 1, or -1 and 1, in weights_{k}, not all three."
            )
        inputs = layer.shape[1]
        weights.append(layer.astype(np.int8))
        biases.append(take(f"bias_{k}", (inputs,), -wide, wide - 1))
        if k < count:
            most = 1 << (MULTIPLIER_BITS - 1)
            multipliers.append(take(f"multiplier_{k}", (inputs,), -most, most - 1))
    shifts = take("shifts", (count - 1,), 0, MOST_SHIFT).tolist()
    net = MultiLayer(
        weights=tuple(weights),
        biases=tuple(biases),
        multipliers=tuple(multipliers),
        shifts=tuple(shifts),
        weight_bits=bits,
    )
    return net, {key: value.item() if value.ndim == 0 else value for key, value in arrays.items()}
