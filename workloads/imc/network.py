"""CNNs on disk: integer kernels and scales of a chain of cores.

An .npz without pickles. Per convolution k = 1, 2, ...: ``kernel_k`` int8 (F, F, inputs, outputs),
``multiplier_k`` and ``bias_k`` (outputs,); ``strides`` and ``shifts`` (convolutions,);
``residuals`` (n, 3): source, sink, gain; ``last`` int8 (channels, classes) and ``last_bias``.
``paddings`` and ``relus`` (convolutions,) are optional: without them padding is half the kernel,
and every convolution ends in a ReLU. Further keys, of which our tools write ``chip``, ``made_by``,
``data``, ``format`` and the network in floating point (``float_0``, ...), are kept as they are.
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
from goldspike.model.imc.chain import ChainParams, CoreWeights, Weights
from goldspike.model.imc.digital_processor import BIAS_BITS, MULTIPLIER_BITS
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.dataset import prepare

__all__ = ["FORMAT", "Cnn", "images", "load_cnn", "save_cnn"]

FORMAT = "goldspike-cnn-1"


@dataclass(frozen=True, eq=False, kw_only=True)
class Cnn:
    """An integer CNN; the arrays are those of the file. Empty `paddings`, `relus` are the usual."""

    kernels: tuple[NDArray[Any], ...]
    strides: tuple[int, ...]
    shifts: tuple[int, ...]
    multipliers: tuple[NDArray[Any], ...]
    biases: tuple[NDArray[Any], ...]
    residuals: tuple[tuple[int, int, int], ...]
    last: NDArray[Any]
    last_bias: NDArray[Any]
    paddings: tuple[int, ...] = ()
    relus: tuple[bool, ...] = ()

    def chain(self, side: int, **change: Any) -> ChainParams:
        """Return the chain that runs it on images of `side` x `side` pixels."""
        layers = []
        paddings = self.paddings or tuple(len(kernel) // 2 for kernel in self.kernels)
        for kernel, stride, padding in zip(self.kernels, self.strides, paddings, strict=True):
            f, _, channels, outputs = kernel.shape
            layer = LayerParams(
                height=side, width=side, channels=channels, outputs=outputs, kernel=f,
                stride=stride, padding=padding,
            )  # fmt: skip
            layers.append(layer)
            side = layer.height_out
        return ChainParams(
            layers=tuple(layers),
            shifts=self.shifts,
            residuals=self.residuals,
            classes=self.last.shape[1],
            relus=self.relus,
            **change,
        )

    @property
    def weights(self) -> Weights:
        """What the chain is loaded with."""
        cores = [
            CoreWeights(kernel.reshape(-1, kernel.shape[3]), multiplier, bias)
            for kernel, multiplier, bias in zip(
                self.kernels, self.multipliers, self.biases, strict=True
            )
        ]
        return Weights(cores, self.last, self.last_bias)


def images(x: NDArray[np.uint8], side: int) -> NDArray[np.int8]:
    """Return grey images as activations, int8 (n, side, side, 1): half the grey level, 0..127."""
    grey = prepare(x, side) >> 1
    return grey.astype(np.int8).reshape(-1, side, side, 1)


def save_cnn(path: str | os.PathLike[str], net: Cnn, meta: Mapping[str, Any]) -> None:
    """Write a network file; equal networks give equal bytes."""
    arrays: dict[str, Any] = {}
    parts = zip(net.kernels, net.multipliers, net.biases, strict=True)
    for k, (kernel, multiplier, bias) in enumerate(parts, start=1):
        arrays |= {f"kernel_{k}": kernel, f"multiplier_{k}": multiplier, f"bias_{k}": bias}
    arrays |= {
        "strides": np.array(net.strides),
        "shifts": np.array(net.shifts),
        "residuals": np.array(net.residuals, np.int64).reshape(-1, 3),
        "last": net.last,
        "last_bias": net.last_bias,
    }
    given = {"paddings": np.array(net.paddings), "relus": np.array(net.relus, np.int64)}
    arrays |= {name: array for name, array in given.items() if array.size}
    save_npz(path, **arrays, **{"format": FORMAT, **meta})


def load_cnn(path: str | os.PathLike[str]) -> tuple[Cnn, dict[str, Any]]:
    """Read a network file; return the network and the further keys.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence names it.
    """
    path = Path(path)
    arrays = load_npz(path)
    count = sum(name.startswith("kernel_") for name in arrays)
    if not count:
        raise InputError(f"{path}: expected the first convolution's kernel as kernel_1.")

    def take(name: str, shape: tuple[int | None, ...], bits: int) -> NDArray[Any]:
        if name not in arrays:
            raise InputError(f"{path}: expected the array {name}, but it is missing.")
        array = arrays.pop(name)
        fits = len(array.shape) == len(shape) and all(
            want in (None, have) for want, have in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype.kind not in "iu" or (not array.size and name != "residuals"):
            raise InputError(
                f"{path}: expected integers of the shape {shape} in {name}, "
                f"not {array.dtype} {array.shape}."
            )
        low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        if array.size and (array.min() < low or array.max() > high):
            raise InputError(f"{path}: expected {low}..{high} in {name}.")
        return array

    kernels, multipliers, biases = [], [], []
    channels: int | None = 1
    for k in range(1, count + 1):
        kernel = take(f"kernel_{k}", (None, None, channels, None), 8)
        channels = kernel.shape[3]
        kernels.append(kernel.astype(np.int8))
        multiplier = take(f"multiplier_{k}", (channels,), MULTIPLIER_BITS)
        multipliers.append(multiplier.astype(np.int64))
        biases.append(take(f"bias_{k}", (channels,), BIAS_BITS).astype(np.int64))

    def choose(name: str, bits: int) -> list[int]:
        return take(name, (count,), bits).tolist() if name in arrays else []

    last = take("last", (channels, None), 8).astype(np.int8)
    net = Cnn(
        kernels=tuple(kernels),
        strides=tuple(take("strides", (count,), 8).tolist()),
        shifts=tuple(take("shifts", (count,), 8).tolist()),
        multipliers=tuple(multipliers),
        biases=tuple(biases),
        residuals=tuple(tuple(row) for row in take("residuals", (None, 3), 24).tolist()),  # type: ignore[misc]
        last=last,
        last_bias=take("last_bias", (last.shape[1],), BIAS_BITS).astype(np.int64),
        paddings=tuple(choose("paddings", 8)),
        relus=tuple(bool(relu) for relu in choose("relus", 2)),
    )
    return net, {key: value.item() if value.ndim == 0 else value for key, value in arrays.items()}
