"""What one training run of a network for the RRAM macro depends on."""

from dataclasses import dataclass
from typing import ClassVar

from goldspike.model.rram.word_line_controller import SHARES
from goldspike.workloads.trainer_settings import TrainerParams, require_sizes, settings_of

__all__ = ["SETTINGS", "TrainParams"]


@dataclass(frozen=True, kw_only=True)
class TrainParams(TrainerParams):
    """What one training run depends on, besides the data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, inputs first.
    weight_bits : int
        Bits of a weight: 1, 2, 4 or 8.
    learning_rate : float
        First step of Adam, in standard deviations of the first weights.
    sharpness : float
        Logits per unit of the last layer's outputs.
    input_noise : float
        Standard deviation of each input, relative to it.
    """

    above_zero: ClassVar = ("learning_rate", "sharpness")
    at_least_zero: ClassVar = ("input_noise",)

    sizes: tuple[int, ...] = (64, 64, 10)
    weight_bits: int = 8
    epochs: int = 120
    learning_rate: float = 0.02
    sharpness: float = 4.0
    input_noise: float = 0.3

    def __post_init__(self) -> None:
        require_sizes(self.sizes)
        if self.weight_bits not in SHARES:
            raise ValueError(f"weight_bits must be one of {SHARES}, not {self.weight_bits!r}.")
        super().__post_init__()

    @property
    def bound(self) -> float:
        """Largest shadow weight: just inside the rounding boundary of the largest weight."""
        return 1.0 if self.weight_bits == 1 else (1 << (self.weight_bits - 1)) - 1 + 0.49


HELP = {
    "sizes": "neurons per layer, inputs first, as 64,64,10",
    "weight_bits": "bits of a weight: 1, 2, 4 or 8",
    "learning_rate": "first step of Adam, in standard deviations of the first weights",
    "sharpness": "logits per unit of the last layer's outputs",
    "input_noise": "relative standard deviation of an input",
}
SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""
