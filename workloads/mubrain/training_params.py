"""What one training run of a µBrain network depends on."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.params import require_int
from goldspike.workloads.mubrain.settings import real, whole

__all__ = ["TrainParams", "parse_train_params"]


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    """What one training run depends on, besides the data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, inputs first.
    weight_bits : int
        Bits of a weight, sign included; 4 gives -7..7.
    threshold : int
        Firing level of every neuron, in LSBs of the potential.
    rate_min, rate_max : float
        Input spikes per second at grey level 0 and 255.
    window : int
        Ticks of :data:`goldspike.model.timebase.TICK_NS` for which a sample is shown.
    epochs, batch : int
        Passes over the training images; images per step.
    learning_rate : float
        First step of Adam in weight LSBs; a half cosine takes it to 0.
    sharpness : float
        Logits per output spike.  Higher asks for fewer spikes, hence for smaller
        weights, longer output intervals and less jitter in each.
    quiet : float
        Output spikes per window that the right neuron must exceed.
    input_noise : float
        Standard deviation of each input's rate, relative to it.
    hidden_noise : float
        Standard deviation of a hidden neuron's count, in units of its square root.
    shift : int
        Each image is moved by up to this many pixels each way; 0 for data that
        are not square images.
    validation : float
        Part of the images held back; with it the epoch that does best on them is
        kept, without it (0) the last.
    seed : int
        Of the weights, the order, the noise and the choice of held-back images.

    Raises
    ------
    TypeError
        If a whole number is expected and the value is none.
    ValueError
        If a value is out of its range.
    """

    sizes: tuple[int, ...] = (256, 64, 10)
    weight_bits: int = 4
    threshold: int = 64
    rate_min: float = 100.0
    rate_max: float = 20e3
    window: int = 420_000
    epochs: int = 400
    batch: int = 64
    learning_rate: float = 0.05
    sharpness: float = 0.6
    quiet: float = 4.0
    input_noise: float = 0.5
    hidden_noise: float = 2.0
    shift: int = 1
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name at least two layers, not {self.sizes!r}.")
        for size in self.sizes:
            require_int("every one of sizes", size, 1)
        require_int("weight_bits", self.weight_bits, 2, 8)
        for name in ("threshold", "window", "epochs", "batch"):
            require_int(name, getattr(self, name), 1)
        for name in ("shift", "seed"):
            require_int(name, getattr(self, name), 0)
        for name in ("rate_max", "learning_rate", "sharpness"):
            self._require(name, getattr(self, name) > 0, "above 0")
        for name in ("rate_min", "quiet", "input_noise", "hidden_noise"):
            self._require(name, getattr(self, name) >= 0, "at least 0")
        self._require("rate_min", self.rate_min <= self.rate_max, "at most rate_max")
        self._require("validation", 0 <= self.validation < 1, "at least 0 and below 1")
        side = math.isqrt(self.sizes[0])
        if self.shift and (side * side != self.sizes[0] or self.shift >= side):
            raise ValueError(
                f"shift must be 0 for {self.sizes[0]} inputs that are no square image, "
                f"and smaller than its side, not {self.shift}."
            )

    def _require(self, name: str, holds: bool, expected: str) -> None:
        value = getattr(self, name)
        if not holds or not math.isfinite(value):
            raise ValueError(f"{name} must be {expected}, not {value!r}.")

    @property
    def limit(self) -> int:
        """Largest weight; the smallest is its negative."""
        return 2 ** (self.weight_bits - 1) - 1


def layer_sizes(text: str) -> tuple[int, ...]:
    """Read sizes of layers: ``256,64,10``."""
    return tuple(whole(part) for part in text.split(","))


READERS: dict[type, Callable[[str], Any]] = {int: whole, float: real, tuple: layer_sizes}


def parse_train_params(assignments: list[str], seed: int) -> TrainParams:
    """Return the parameters that ``NAME=VALUE`` assignments ask for; the last of a name counts.

    Raises
    ------
    InputError
        If a name is unknown or a value is not one.
    """
    readers = {item.name: READERS[type(item.default)] for item in fields(TrainParams)}
    del readers["seed"]
    chosen: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(f"A setting must read NAME=VALUE, not {assignment!r}.")
        if name not in readers:
            raise InputError(
                f"{name!r} is no setting of the trainer; known are {', '.join(readers)}."
            )
        try:
            chosen[name] = readers[name](text)
        except ValueError as error:
            raise InputError(f"The setting {assignment!r} cannot be used: {error}.") from None
    try:
        return TrainParams(**chosen, seed=seed)
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}") from None
