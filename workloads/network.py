"""Trained networks on disk: integer weights of fully connected layers.

A network file is an .npz without pickles: ``w1``, ``w2``, ... (inputs x outputs), and
any further keys, of which our tools write ``chip``, ``made_by`` and ``format``.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz

__all__ = ["FORMAT", "Network", "check_fits", "load_network", "pad_network", "save_network"]

FORMAT = "goldspike-network-1"

_WEIGHT_KEY = re.compile(r"w([1-9][0-9]{0,99})")


@dataclass(frozen=True, eq=False)
class Network:
    """Integer weights of a chain of fully connected layers.

    Parameters
    ----------
    weights : sequence of integer arrays (inputs, outputs)
        One matrix per layer, in LSBs of the neurons' potential; kept as int8.
        Floats are accepted where they hold integers.  A row after those of the inputs
        is a bias; a recurrent layer has one for each of its outputs.
    meta : mapping of str to str or array
        What else the file holds: ``chip``, ``made_by``, ``format``, thresholds, ...

    Raises
    ------
    InputError
        If there is no layer, or a matrix is empty, not two-dimensional, holds
        anything but integers -127..127, or does not fit the one before it.
    """

    weights: tuple[NDArray[np.int8], ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked = tuple(_checked(f"w{i}", w) for i, w in enumerate(self.weights, start=1))
        if not checked:
            raise InputError("Expected at least one weight matrix (w1).")
        for i, (before, after) in enumerate(pairwise(checked), start=1):
            inputs, neurons = before.shape[1], after.shape[1]
            if after.shape[0] not in (inputs, inputs + 1, inputs + neurons):
                raise InputError(
                    f"Expected w{i + 1} to have the {inputs} inputs that w{i} has outputs, "
                    f"but its shape is {after.shape}."
                )
        object.__setattr__(self, "weights", checked)
        object.__setattr__(self, "meta", dict(self.meta))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows of the first matrix, then neurons per layer: (256, 64, 10) for w1 (256, 64), ..."""
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))


def load_network(path: str | os.PathLike[str]) -> Network:
    """Read a network file.

    Parameters
    ----------
    path : path
        An .npz file with ``w1``, ``w2``, ... (inputs x outputs).

    Returns
    -------
    Network
        Keys other than the weights are in ``meta``, scalars as Python values.

    Raises
    ------
    InputError
        If the file is missing, damaged, or holds no valid network; the sentence
        names the file.
    """
    path = Path(path)
    arrays = load_npz(path)
    numbers = sorted(int(match[1]) for key in arrays if (match := _WEIGHT_KEY.fullmatch(key)))
    if 1 not in numbers:
        raise InputError(
            f"{path}: expected the weights of the first layer as w1 (inputs x outputs)."
        )
    for expected, number in enumerate(numbers, start=1):
        if number != expected:
            raise InputError(f"{path}: expected w{expected} before w{number}, but it is missing.")
    weights = tuple(arrays.pop(f"w{number}") for number in numbers)
    meta = {key: value.item() if value.ndim == 0 else value for key, value in arrays.items()}
    try:
        return Network(weights, meta)
    except InputError as error:
        raise InputError(f"{path}: {_lower_first(str(error))}") from None


def save_network(path: str | os.PathLike[str], net: Network) -> None:
    """Write a network file; equal networks give equal bytes.

    Parameters
    ----------
    path : path
        The file to write (atomically).
    net : Network
        Its ``meta`` is written too, with ``format`` added where it has none.

    Raises
    ------
    InputError
        If the file cannot be written.
    ValueError
        If a key of ``meta`` would be read back as weights.
    """
    for key in net.meta:
        if _WEIGHT_KEY.fullmatch(key):
            raise ValueError(f"meta must not hold {key!r}, which names a weight matrix.")
    named = {f"w{i}": w for i, w in enumerate(net.weights, start=1)}
    save_npz(path, **named, **{"format": FORMAT, **net.meta})


def check_fits(net: Network, sizes: Sequence[int], weight_bits: int) -> None:
    """Refuse a network that a chip has no room for.

    Parameters
    ----------
    net : Network
        May be smaller than the chip in any layer (see :func:`pad_network`).
    sizes : sequence of int
        Neurons per layer of the chip, inputs first.
    weight_bits : int
        Bits of a weight, sign included; the range is symmetric (-7..7 for 4 bits).

    Raises
    ------
    InputError
        If the number of layers differs, a layer is too large, or a weight is out
        of range.
    """
    if len(net.weights) != len(sizes) - 1:
        raise InputError(
            f"Expected {_count(len(sizes) - 1, 'layer')} of weights for a chip of {_by(sizes)}, "
            f"but the network has {len(net.weights)}."
        )
    if any(have > room for have, room in zip(net.sizes, sizes, strict=True)):
        raise InputError(
            f"Expected a network of at most {_by(sizes)} neurons, but it has {_by(net.sizes)}."
        )
    limit = 2 ** (weight_bits - 1) - 1
    for i, w in enumerate(net.weights, start=1):
        if w.min() < -limit or w.max() > limit:
            raise InputError(
                f"Expected weights of {weight_bits} bits (-{limit}..{limit}), "
                f"but w{i} spans {w.min()}..{w.max()}."
            )


def pad_network(net: Network, sizes: Sequence[int]) -> Network:
    """Return the network with zero weights added up to the size of a chip.

    The network's neurons keep their indices; the added ones never fire.

    Parameters
    ----------
    net : Network
        No larger than ``sizes`` in any layer.
    sizes : sequence of int
        Neurons per layer of the chip, inputs first.

    Raises
    ------
    InputError
        If the network is larger than that.
    """
    check_fits(net, sizes, weight_bits=8)
    padded = []
    for w, shape in zip(net.weights, pairwise(sizes), strict=True):
        full = np.zeros(shape, np.int8)
        full[: w.shape[0], : w.shape[1]] = w
        padded.append(full)
    return Network(tuple(padded), net.meta)


def _checked(name: str, w: NDArray[Any]) -> NDArray[np.int8]:
    """Return one weight matrix as a read-only int8 copy."""
    if w.ndim != 2:
        raise InputError(f"Expected {name} to have the shape (inputs, outputs), not {w.shape}.")
    if w.size == 0:
        raise InputError(f"Expected at least one input and output in {name}, not {w.shape}.")
    if w.dtype.kind not in "iuf":
        raise InputError(f"Expected integers in {name}, not the type {w.dtype}.")
    if not np.isfinite(w).all():
        raise InputError(f"Expected integers in {name}, but there is a NaN or inf.")
    if (w != np.floor(w)).any():
        raise InputError(f"Expected integers in {name}, but there are fractions.")
    if w.min() < -127 or w.max() > 127:
        raise InputError(
            f"Expected weights -127..127 in {name}, but they span {w.min()}..{w.max()}."
        )
    result = w.astype(np.int8)
    result.flags.writeable = False
    return result


def _by(sizes: Iterable[int]) -> str:
    """Write sizes as 256-64-10."""
    return "-".join(str(size) for size in sizes)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
