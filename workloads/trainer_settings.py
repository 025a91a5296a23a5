"""Settings of a trainer, made of the dataclass of its parameters: names, defaults, checks."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, ClassVar, TypeVar

from goldspike.model.errors import InputError
from goldspike.model.limits import MOST_TICKS, require_room
from goldspike.model.params import require_int
from goldspike.workloads.settings import Setting, Settings, read_settings, real, whole, wholes

__all__ = [
    "TrainerParams",
    "made_by",
    "parse_params",
    "require_sizes",
    "settings_of",
]

P = TypeVar("P")

MOST_NEURONS = 4096
"""Of a layer; several times as many as any chip has."""
LARGEST = 1e9
"""Of a rate in Hz, a noise, and so on: nothing that has a meaning is larger."""
_BYTES_PER_WEIGHT = 64
"""The weight, what the optimiser keeps of it, its gradient, and what is computed with them."""

HELP = {
    "epochs": "passes over the training images",
    "batch": "images per step",
    "validation": "part of the images held back",
}
"""What the settings are that every trainer has."""


@dataclass(frozen=True, kw_only=True)
class TrainerParams:
    """What a run of any trainer depends on, besides the data.

    Parameters
    ----------
    epochs, batch : int
        Passes over the training samples; samples per step of the optimiser.
    learning_rate : float
        First step of Adam; in what unit, the trainer says.
    validation : float
        Part of the samples held back; with it the epoch that does best on them is kept, without it
        (0) the last.
    seed : int
        Of all that the run draws.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its range.
    """

    whole: ClassVar[Sequence[str]] = ()
    """Fields that are whole numbers, at least 1, besides `epochs` and `batch`."""
    above_zero: ClassVar[Sequence[str]] = ("learning_rate",)
    at_least_zero: ClassVar[Sequence[str]] = ()
    below_one: ClassVar[Sequence[str]] = ("validation",)
    """Fields that are at least 0 and below 1."""

    epochs: int
    batch: int = 64
    learning_rate: float
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", *self.whole):
            require_int(name, getattr(self, name), 1)
            _require(self, name, getattr(self, name) <= MOST_TICKS, f"at most {MOST_TICKS}")
        require_int("seed", self.seed, 0)
        for name in (*self.above_zero, *self.at_least_zero):
            value = getattr(self, name)
            if name in self.above_zero:
                _require(self, name, 0 < value < math.inf, "above 0")
            _require(self, name, 0 <= value < math.inf, "at least 0")
            _require(self, name, value <= LARGEST, f"at most {LARGEST:g}")
        for name in self.below_one:
            _require(self, name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")


READERS: dict[type, Callable[[str], Any]] = {int: whole, float: real, tuple: wholes}


def written(value: Any) -> str:
    """Return a default as it would be written."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def settings_of(params: Any, help_of: Mapping[str, str]) -> Settings:
    """Return what may be set, by name.

    Parameters
    ----------
    params : dataclass
        The parameters' class; every field has a default.
    help_of : mapping of str to str
        What each setting is, besides :data:`HELP`; the seed has an option of its own.
    """
    said = {**HELP, **help_of}
    return {
        item.name: Setting(
            read=READERS[type(item.default)],
            default=written(item.default),
            help=said[item.name],
        )
        for item in fields(params)
        if item.name in said
    }


def require_sizes(sizes: Sequence[int], *, square: bool = True) -> None:
    """Refuse sizes of fully connected layers that no machine could train.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, inputs first.
    square : bool
        Whether the inputs must be a square image.

    Raises
    ------
    TypeError, ValueError
        If a size is no whole number or out of its range, or memory would not do.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must name at least two layers, not {sizes!r}.")
    for size in sizes:
        require_int("every one of sizes", size, 1)
    if max(sizes) > MOST_NEURONS:
        raise ValueError(f"every one of sizes must be at most {MOST_NEURONS}.")
    if square and math.isqrt(sizes[0]) ** 2 != sizes[0]:
        raise ValueError(f"the inputs must be a square number for images, not {sizes[0]}.")
    weights = sum(inputs * outputs for inputs, outputs in pairwise(sizes))
    require_room(f"A network of {len(sizes)} such sizes", weights * _BYTES_PER_WEIGHT)


def _require(params: Any, name: str, holds: bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {expected}, not {getattr(params, name)!r}.")


def parse_params(
    make: Callable[..., P], settings: Settings, assignments: Sequence[str], seed: int
) -> P:
    """Return the parameters that ``NAME=VALUE`` assignments ask for, in any order.

    Raises
    ------
    InputError
        If a name is unknown or a value cannot be used.
    """
    chosen = read_settings(assignments, settings, "the trainer")
    try:
        return make(**chosen, seed=seed)
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}") from None


def made_by(chip: str, params: Any) -> str:
    """Return the command that trains with these parameters: the seed and what is no default."""
    words = [f"goldspike train {chip} --seed {params.seed}"]
    for item in fields(params):
        value = getattr(params, item.name)
        if item.name != "seed" and value != item.default:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words.append(f"--set {item.name}={text}")
    return " ".join(words)
