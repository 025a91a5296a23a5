"""What one training run of a network for the always-on chip depends on."""

from dataclasses import dataclass
from typing import ClassVar

from goldspike.model.params import require_int
from goldspike.workloads.alwayson.network import HIGHEST, MNIST_THRESHOLDS
from goldspike.workloads.trainer_settings import TrainerParams, require_sizes, settings_of

__all__ = ["SETTINGS", "TrainParams"]


@dataclass(frozen=True, kw_only=True)
class TrainParams(TrainerParams):
    """What one training run depends on, besides the data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, inputs first. The published chip takes up to 256, 128, 128, 128 and 10.
    thresholds : tuple of int
        One per layer but the last; neither they nor the number of layers are learnt.
    learning_rate : float
        First step of Adam, as a part of what a shadow weight can be.
    sharpness : float
        Logits per step of an output potential.
    shifted : float
        Part of the images that are moved by a pixel at most, in any of eight directions.
    teacher : int
        Neurons of either hidden layer of the float network that teaches this one; 0: none does.
    teacher_epochs : int
        Passes of the teacher over the training images.
    """

    whole: ClassVar = ("teacher_epochs",)
    above_zero: ClassVar = ("learning_rate", "sharpness")

    sizes: tuple[int, ...] = (64, 128, 128, 128, 10)
    thresholds: tuple[int, ...] = MNIST_THRESHOLDS
    epochs: int = 400
    batch: int = 32
    learning_rate: float = 0.02
    sharpness: float = 0.02
    shifted: float = 0.3
    teacher: int = 0
    teacher_epochs: int = 24

    def __post_init__(self) -> None:
        require_sizes(self.sizes)
        if len(self.thresholds) != len(self.sizes) - 1:
            raise ValueError(
                f"thresholds must be one per layer but the last, {len(self.sizes) - 1}, "
                f"not {len(self.thresholds)}."
            )
        for threshold in self.thresholds:
            require_int("thresholds", threshold, 1, HIGHEST)
        require_int("teacher", self.teacher, 0)
        if self.teacher:
            require_sizes((self.sizes[0], self.teacher, self.teacher, self.sizes[-1]))
        super().__post_init__()
        if not 0 <= self.shifted <= 1:
            raise ValueError(f"shifted must be 0..1, not {self.shifted!r}.")


HELP = {
    "sizes": "neurons per layer, inputs first, as 256,128,128,128,10",
    "thresholds": "of every layer but the last, as 1,32,16,14",
    "learning_rate": "first step of Adam, as a part of what a shadow weight can be",
    "sharpness": "logits per step of an output potential",
    "shifted": "part of the images that are moved by a pixel",
    "teacher": "hidden neurons, twice, of the float network that teaches this one; 0: none",
    "teacher_epochs": "passes of the teacher",
}
SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""
