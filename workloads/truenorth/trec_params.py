"""What one training run of the network that classifies questions depends on."""

from dataclasses import dataclass
from typing import ClassVar

from goldspike.model.limits import MOST_TICKS
from goldspike.model.params import require_int
from goldspike.workloads.trainer_settings import TrainerParams, settings_of

__all__ = ["SETTINGS", "TrainParams"]


@dataclass(frozen=True, kw_only=True)
class TrainParams(TrainerParams):
    """What one training run depends on, besides the questions.

    Parameters
    ----------
    exact_epochs : int
        The last epochs, whose forward pass is the step model's; all of them if there are fewer.
    learning_rate : float
        First step of Adam, as a part of the range of a weight.
    threshold : int
        Of the neurons, in steps of a weight; a recurrent weight of as much hands a level on.
    sharpness : float
        Logits per unit of the read-out's sums.
    quiet : float
        Cost of a level, of a word or of a neuron: spikes cost energy.
    rare : int
        Words that come up less often have no row of their own.
    forget : float
        A word that comes up n times is taken for an unknown one with a chance of forget / (forget +
        n), so that there is something to learn about unknown words.
    dropout : float
        Part of the 48 levels that are left out, drawn per question.
    backwards : int
        1: the last word comes first, so that the question word is the freshest.
    """

    whole: ClassVar = ("rare",)
    above_zero: ClassVar = ("learning_rate", "sharpness", "forget")
    at_least_zero: ClassVar = ("quiet",)
    below_one: ClassVar = ("dropout", "validation")

    epochs: int = 30
    exact_epochs: int = 10
    learning_rate: float = 0.005
    threshold: int = 7
    sharpness: float = 0.02
    quiet: float = 3e-4
    rare: int = 2
    forget: float = 0.25
    dropout: float = 0.2
    backwards: int = 1

    def __post_init__(self) -> None:
        require_int("exact_epochs", self.exact_epochs, 0, MOST_TICKS)
        require_int("threshold", self.threshold, 1, 1 << 12)
        require_int("backwards", self.backwards, 0, 1)
        super().__post_init__()


HELP = {
    "epochs": "passes over the training questions",
    "batch": "questions per step",
    "exact_epochs": "last epochs, which go through the step model",
    "learning_rate": "first step of Adam, as a part of a weight's range",
    "threshold": "of the neurons, in steps of a weight",
    "sharpness": "logits per unit of the read-out's sums",
    "quiet": "cost of a spike",
    "rare": "words that come up less often are unknown ones",
    "forget": "how readily a word is taken for an unknown one",
    "dropout": "part of a question's 48 levels that are left out",
    "backwards": "1: the last word comes first; 0: the first",
    "validation": "part of the questions held back",
}
SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""
