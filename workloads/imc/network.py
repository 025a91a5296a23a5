"""CNNs on disk: integer kernels and scales of a chain or an array of cores.

An .npz without pickles. Per convolution k = 1, 2, ...: ``kernel_k`` int8 (F, F, inputs, outputs),
``multiplier_k`` and ``bias_k`` (outputs,); ``strides`` and ``shifts`` (convolutions,);
``residuals`` (n, 3): source, sink, gain; ``last`` int8 (channels, classes) and ``last_bias``.
Optional are ``paddings`` and ``relus`` (convolutions,): without them padding is half the kernel and
every convolution ends in a ReLU; ``sources`` (convolutions,): whose output each one takes, -1 being
the image, without it the one's before; and ``mean`` and ``deviation`` (channels,): images
are grey levels 0..1 less the mean, over the deviation. Further keys, of which our tools write
``chip``, ``made_by``, ``data``, ``format`` and the network in floating point (``float_0``, ...),
are kept as they are.
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
from goldspike.model.imc.shared.array import ArrayParams, StageParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.dataset import prepare
from goldspike.workloads.imc.mapping import split

__all__ = ["FORMAT", "Cnn", "ImageScale", "images", "load_cnn", "save_cnn"]

FORMAT = "goldspike-cnn-1"


@dataclass(frozen=True, kw_only=True)
class ImageScale:
    """How images become activations.

    Parameters
    ----------
    mean, deviation : tuple of float
        Of each channel, grey levels 0..1.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @property
    def step(self) -> float:
        """What an activation of 1 stands for, in deviations; the brightest is 127 at most."""
        ends = zip(self.mean, self.deviation, strict=True)
        return max(max(mean, 1 - mean) / deviation for mean, deviation in ends) / 127

    def floats(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return images in deviations from the mean, (n, h, w, channels)."""
        return ((x / 255 - self.mean) / self.deviation).astype(np.float32)

    def activations(self, x: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return images as activations, int8 (n, h, w, channels)."""
        levels = np.arange(256) / 255
        out = np.empty(x.shape, np.int8)
        for k, (mean, deviation) in enumerate(zip(self.mean, self.deviation, strict=True)):
            table = np.rint((levels - mean) / deviation / self.step)
            out[..., k] = np.clip(table, -128, 127).astype(np.int8)[x[..., k]]
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Cnn:
    """An integer CNN; the arrays are those of the file.

    Empty `paddings`, `relus` and `sources` are the usual; without `image`, images are grey.
    """

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
    sources: tuple[int, ...] = ()
    image: ImageScale | None = None

    def __post_init__(self) -> None:
        if not self.sources:
            object.__setattr__(self, "sources", tuple(range(-1, len(self.kernels) - 1)))

    @property
    def is_chain(self) -> bool:
        """Whether every convolution takes what the one before makes."""
        return self.sources == tuple(range(-1, len(self.kernels) - 1))

    def array(self, side: int, crossbar: int, *, replicas: int = 1, **change: Any) -> ArrayParams:
        """Return the array that runs it, every layer on as few cores as can be.

        Behind a shortcut, residuals of a column of pixels and more are kept: they wait for what
        comes beside them.

        Parameters
        ----------
        side : int
            Pixels a side of the images.
        crossbar : int
            Rows, and columns, of a core's crossbar.
        replicas : int
            Outputs per timestep of every stage.
        """
        stages: list[StageParams] = []
        residuals = {sink: (source, gain) for source, sink, gain in self.residuals}
        for k, kernel in enumerate(self.kernels):
            f, _, channels, outputs = kernel.shape
            source = self.sources[k]
            height = stages[source].layer.height_out if source >= 0 else side
            layer = LayerParams(
                height=height, width=height, channels=channels, outputs=outputs, kernel=f,
                stride=self.strides[k], padding=self.paddings[k] if self.paddings else f // 2,
            )  # fmt: skip
            try:
                parts = split(layer, crossbar, crossbar)
            except ValueError as error:
                raise ValueError(f"layer {k + 1}: {error}") from None
            columns = len({part.first_output for part in parts})
            residual, gain = residuals.get(k, (-1, 0))
            shortcut = residual >= 0 and residual not in self.sources
            stages.append(
                StageParams(
                    layer=layer, source=source, shift=self.shifts[k],
                    relu=self.relus[k] if self.relus else True, residual=residual, gain=gain,
                    replicas=replicas, row_parts=len(parts) // columns, column_parts=columns,
                    held=height + 4 * replicas if shortcut else 0,
                )
            )  # fmt: skip
        return ArrayParams(stages=tuple(stages), classes=self.last.shape[1], **change)

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


def take_scale(path: Path, arrays: dict[str, Any]) -> ImageScale | None:
    """Take the scale of images out of a file's arrays, if there is one.

    Raises
    ------
    InputError
        If it is no scale.
    """
    if "mean" not in arrays and "deviation" not in arrays:
        return None
    found = [np.asarray(arrays.pop(name, None)) for name in ("mean", "deviation")]
    for name, array in zip(("mean", "deviation"), found, strict=True):
        like = array.ndim == 1 and array.dtype.kind == "f" and array.shape == found[0].shape
        if not like or not array.size or not np.all((array >= 0) & (array <= 1)):
            raise InputError(f"{path}: expected a number in 0..1 per channel in {name}.")
    if not found[1].all():
        raise InputError(f"{path}: expected deviations above 0.")
    return ImageScale(mean=tuple(found[0].tolist()), deviation=tuple(found[1].tolist()))


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
    if not net.is_chain:
        given["sources"] = np.array(net.sources)
    if net.image:
        given |= {"mean": np.array(net.image.mean), "deviation": np.array(net.image.deviation)}
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

    def choose(name: str, bits: int) -> list[int]:
        return take(name, (count,), bits).tolist() if name in arrays else []

    image = take_scale(path, arrays)
    sources = choose("sources", 16)
    if any(not -1 <= source < k for k, source in enumerate(sources)):
        raise InputError(f"{path}: expected convolutions before each one, or -1, in sources.")
    kernels, multipliers, biases = [], [], []
    channels: int | None = None
    for k in range(1, count + 1):
        source = sources[k - 1] if sources else k - 2
        channels = (len(image.mean) if image else 1) if source < 0 else kernels[source].shape[3]
        kernel = take(f"kernel_{k}", (None, None, channels, None), 8)
        channels = kernel.shape[3]
        kernels.append(kernel.astype(np.int8))
        multiplier = take(f"multiplier_{k}", (channels,), MULTIPLIER_BITS)
        multipliers.append(multiplier.astype(np.int64))
        biases.append(take(f"bias_{k}", (channels,), BIAS_BITS).astype(np.int64))
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
        sources=tuple(sources),
        image=image,
    )
    return net, {key: value.item() if value.ndim == 0 else value for key, value in arrays.items()}
