"""What one training run of a network for TrueNorth-like cores depends on."""

from dataclasses import dataclass
from typing import ClassVar

from goldspike.model.params import require_int
from goldspike.model.truenorth.shared.image import LIMITS
from goldspike.workloads.trainer_settings import TrainerParams, require_sizes, settings_of

__all__ = ["SETTINGS", "TrainParams"]


@dataclass(frozen=True, kw_only=True)
class TrainParams(TrainerParams):
    """What one training run depends on, besides the data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, inputs first. A core takes up to 64 inputs of a layer.
    threshold : int
        Of all neurons, in steps of a weight.
    learning_rate : float
        First step of Adam, in standard deviations of the first weights.
    sharpness : float
        Logits per output spike.
    input_noise : float
        Standard deviation that is added to each input, in levels.
    stepped : float
        Part of the epochs, the last ones, that count spikes step by step.
    """

    above_zero: ClassVar = ("learning_rate", "sharpness")
    at_least_zero: ClassVar = ("input_noise",)

    sizes: tuple[int, ...] = (64, 64, 10)
    threshold: int = 20
    epochs: int = 200
    learning_rate: float = 0.05
    sharpness: float = 0.5
    input_noise: float = 4.0
    stepped: float = 0.5

    def __post_init__(self) -> None:
        require_sizes(self.sizes)
        require_int("threshold", self.threshold, 1, LIMITS["alpha"][1])
        super().__post_init__()
        if not 0 <= self.stepped <= 1:
            raise ValueError(f"stepped must be 0..1, not {self.stepped!r}.")


HELP = {
    "sizes": "neurons per layer, inputs first, as 64,64,10",
    "threshold": "of all neurons, in steps of a weight",
    "learning_rate": "first step of Adam, in standard deviations of the first weights",
    "sharpness": "logits per output spike",
    "input_noise": "standard deviation added to an input, in levels of 0..15",
    "stepped": "part of the epochs, the last ones, that count spikes step by step",
}
SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""
