"""What one training run of a network for TrueNorth-like cores depends on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from goldspike.model.limits import MOST_TICKS, require_room
from goldspike.model.params import require_int
from goldspike.model.truenorth.shared.image import LIMITS
from goldspike.workloads.trainer_settings import parse_params, settings_of

__all__ = ["SETTINGS", "TrainParams", "parse_train_params"]

_BYTES_PER_WEIGHT = 64
"""The weight, what the optimiser keeps of it, its gradient, and what is computed with them."""
MOST_NEURONS = 4096
LARGEST = 1e6


@dataclass(frozen=True, kw_only=True)
class TrainParams:
    """What one training run depends on, besides the data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, inputs first. A core takes up to 64 inputs of a layer.
    threshold : int
        Of all neurons, in steps of a weight.
    epochs, batch : int
        Passes over the training images; images per step.
    learning_rate : float
        First step of Adam, in standard deviations of the first weights.
    sharpness : float
        Logits per output spike.
    input_noise : float
        Standard deviation that is added to each input, in levels.
    stepped : float
        Part of the epochs, the last ones, that count spikes step by step.
    validation : float
        Part of the images held back; with it the epoch that does best on them is kept.
    seed : int

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its range.
    """

    sizes: tuple[int, ...] = (64, 64, 10)
    threshold: int = 20
    epochs: int = 200
    batch: int = 64
    learning_rate: float = 0.05
    sharpness: float = 0.5
    input_noise: float = 4.0
    stepped: float = 0.5
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name at least two layers, not {self.sizes!r}.")
        for size in self.sizes:
            require_int("every one of sizes", size, 1, MOST_NEURONS)
        side = math.isqrt(self.sizes[0])
        if side * side != self.sizes[0]:
            raise ValueError(f"the inputs must be a square number for images, not {self.sizes[0]}.")
        weights = sum(inputs * outputs for inputs, outputs in pairwise(self.sizes))
        require_room(f"A network of {len(self.sizes)} such sizes", weights * _BYTES_PER_WEIGHT)
        require_int("threshold", self.threshold, 1, LIMITS["alpha"][1])
        for name in ("epochs", "batch"):
            require_int(name, getattr(self, name), 1, MOST_TICKS)
        require_int("seed", self.seed, 0)
        for name in ("learning_rate", "sharpness"):
            value = getattr(self, name)
            if not 0 < value <= LARGEST:
                raise ValueError(f"{name} must be above 0 and at most {LARGEST:g}, not {value!r}.")
        if not 0 <= self.input_noise <= LARGEST:
            raise ValueError(f"input_noise must be 0..{LARGEST:g}, not {self.input_noise!r}.")
        if not 0 <= self.stepped <= 1:
            raise ValueError(f"stepped must be 0..1, not {self.stepped!r}.")
        if not 0 <= self.validation < 1:
            raise ValueError(f"validation must be at least 0 and below 1, not {self.validation!r}.")


HELP = {
    "sizes": "neurons per layer, inputs first, as 64,64,10",
    "threshold": "of all neurons, in steps of a weight",
    "epochs": "passes over the training images",
    "batch": "images per step",
    "learning_rate": "first step of Adam, in standard deviations of the first weights",
    "sharpness": "logits per output spike",
    "input_noise": "standard deviation added to an input, in levels of 0..15",
    "stepped": "part of the epochs, the last ones, that count spikes step by step",
    "validation": "part of the images held back",
}
SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""


def parse_train_params(assignments: Sequence[str], seed: int) -> TrainParams:
    """Return the parameters that ``NAME=VALUE`` assignments ask for, in any order."""
    return parse_params(TrainParams, SETTINGS, assignments, seed)
