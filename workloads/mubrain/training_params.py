"""What one training run of a µBrain network depends on."""

import math
from dataclasses import dataclass
from typing import ClassVar

from goldspike.model.params import require_int
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
        Bits of a weight, sign included; 4 gives -7..7.
    threshold : int
        Firing level of every neuron, in LSBs of the potential.
    rate_min, rate_max : float
        Input spikes per second at grey level 0 and 255.
    window : int
        Ticks of :data:`goldspike.model.timebase.TICK_NS` for which a sample is shown.
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
    """

    whole: ClassVar = ("threshold", "window")
    above_zero: ClassVar = ("rate_max", "learning_rate", "sharpness")
    at_least_zero: ClassVar = ("rate_min", "quiet", "input_noise", "hidden_noise")

    sizes: tuple[int, ...] = (256, 64, 10)
    weight_bits: int = 4
    threshold: int = 64
    rate_min: float = 100.0
    rate_max: float = 20e3
    window: int = 420_000
    epochs: int = 400
    learning_rate: float = 0.05
    sharpness: float = 0.6
    quiet: float = 4.0
    input_noise: float = 0.5
    hidden_noise: float = 2.0
    shift: int = 1

    def __post_init__(self) -> None:
        require_sizes(self.sizes, square=False)
        require_int("weight_bits", self.weight_bits, 2, 8)
        require_int("shift", self.shift, 0)
        super().__post_init__()
        if self.rate_min > self.rate_max:
            raise ValueError(f"rate_min must be at most rate_max, not {self.rate_min!r}.")
        side = math.isqrt(self.sizes[0])
        if self.shift and (side * side != self.sizes[0] or self.shift >= side):
            raise ValueError(
                f"shift must be 0 for {self.sizes[0]} inputs that are no square image, "
                f"and smaller than its side, not {self.shift}."
            )

    @property
    def limit(self) -> int:
        """Largest weight; the smallest is its negative."""
        return 2 ** (self.weight_bits - 1) - 1


HELP = {
    "sizes": "neurons per layer, inputs first, as 256,64,10",
    "weight_bits": "bits of a weight, sign included",
    "threshold": "firing level of every neuron",
    "rate_min": "input spikes per second of grey 0",
    "rate_max": "input spikes per second of grey 255",
    "window": "ticks for which an image is shown",
    "learning_rate": "first step of Adam, in LSBs of a weight",
    "sharpness": "logits per output spike",
    "quiet": "output spikes that the right neuron must exceed",
    "input_noise": "relative standard deviation of an input's rate",
    "hidden_noise": "standard deviation of a hidden count, in its square root",
    "shift": "pixels by which images are moved at most",
}
"""What each setting is; the seed has an option of its own."""


SETTINGS = settings_of(TrainParams, HELP)
"""What may be set for a training run, by name."""
