"""Fully connected layer: class scores and the class that has the highest.

Ref: Dazzi 2021, section 3.1 (one layer of 56 x 10 at the end of ResNet-32). A crossbar of one
pixel; its sums and a bias per class (32 bits, signed) are the scores, at full width. Of equal
scores the lowest class is the answer.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.crossbar import CrossbarModel, CrossbarParams
from goldspike.model.imc.digital_processor import BIAS_BITS
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["FullyConnectedModel", "FullyConnectedParams"]


@dataclass(frozen=True, kw_only=True)
class FullyConnectedParams:
    """A fully connected layer.

    Parameters
    ----------
    channels : int
        Inputs.
    classes : int
        Outputs, 2 or more.
    weight_bits, rows_per_tick, word_bits : int
        As for the crossbar.
    segments : tuple of int
        Channels of the segments of the pixel, each of which begins on a word; empty: one.
    """

    channels: int
    classes: int
    weight_bits: int = 8
    rows_per_tick: int = 16
    word_bits: int = 128
    segments: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_int("channels", self.channels, 1, 4096)
        require_int("classes", self.classes, 2, 4096)
        _ = self.crossbar  # which checks the rest

    @property
    def crossbar(self) -> CrossbarParams:
        """Its crossbar: a kernel of one pixel."""
        layer = LayerParams(
            height=1, width=1, channels=self.channels, outputs=self.classes, kernel=1, padding=0
        )
        memory = InputMemoryParams(layer=layer, word_bits=self.word_bits, segments=self.segments)
        return CrossbarParams(
            memory=memory, weight_bits=self.weight_bits, rows_per_tick=self.rows_per_tick
        )

    @property
    def score_bits(self) -> int:
        """Bits of a score."""
        return max(self.crossbar.sum_bits, BIAS_BITS) + 1

    @property
    def ticks(self) -> int:
        """Ticks from the last word taken to the answer."""
        return 1 + self.crossbar.ticks + self.classes + 1

    @property
    def trace(self) -> TraceLayout:
        """Traced with every answer, on which `answered` is up, and as the next pixel begins.

        Up to there the answer stays.
        """
        answer_bits = max(1, (self.classes - 1).bit_length())
        scores = Field("scores", self.score_bits, self.classes)
        return TraceLayout((scores, Field("answer", answer_bits), Field("answered", 1)))


class FullyConnectedModel:
    """Weights and biases."""

    def __init__(
        self,
        params: FullyConnectedParams,
        weights: np.ndarray | None = None,
        bias: np.ndarray | None = None,
    ) -> None:
        self.params = params
        self.crossbar = CrossbarModel(params.crossbar, weights)
        self.bias = np.zeros(params.classes, np.int64) if bias is None else bias.astype(np.int64)
        self.loaded = 0

    def program(self, bias: int) -> None:
        """Load the next class's bias; around again after the last."""
        self.bias[self.loaded] = bias
        self.loaded = (self.loaded + 1) % self.params.classes

    def run(self, words: np.ndarray) -> tuple[np.ndarray, int]:
        """Return scores and answer for one pixel, uint8 (words, word_bytes)."""
        for word in words:
            self.crossbar.load(word)
        scores = self.crossbar.compute() + self.bias
        return scores, int(np.argmax(scores))  # the first of equals
