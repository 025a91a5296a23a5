"""Sum packer: the partial sums of a core that is not the last of its column, as words.

Ref: Dazzi 2021, section 2.4.4 (Eq. 5, 6). The paper leaves width and order open. Here lane k of a
pixel is output channel k, two's complement, sign-extended to whole bytes, lowest byte first. Lanes
do not straddle words; the rest of a word is 0. Where a word is narrower than a lane, a lane takes
several words, the lowest first. Nothing is rounded or saturated.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.digital_processor import PIPELINE
from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["SumPackerModel", "SumPackerParams", "unpack"]


@dataclass(frozen=True, kw_only=True)
class SumPackerParams:
    """A sum packer.

    Pins: ``start``, ``sums`` (channel 0 lowest, stay until `done`) in; ``push``, ``word``,
    ``last``, ``done`` (with `last`), ``busy`` out, as those of the digital processor.

    Parameters
    ----------
    channels : int
        Lanes of a pixel, one in `lane_words` ticks.
    sum_bits : int
        Width of a sum.
    word_bits : int
        Width of the words made.
    """

    channels: int
    sum_bits: int = 24
    word_bits: int = 128

    def __post_init__(self) -> None:
        require_int("channels", self.channels, 1, 4096)
        require_int("sum_bits", self.sum_bits, 2, 40)
        require_word_bits(self.word_bits)

    @property
    def sum_bytes(self) -> int:
        """Bytes of a lane."""
        return -(-self.sum_bits // 8)

    @property
    def word_bytes(self) -> int:
        """Bytes of one word."""
        return self.word_bits // 8

    @property
    def lanes(self) -> int:
        """Lanes of a word, or of the words that a lane takes."""
        return max(1, self.word_bytes // self.sum_bytes)

    @property
    def lane_words(self) -> int:
        """Words that a lane takes; 1 where several fit in one."""
        return -(-self.sum_bytes // self.word_bytes)

    @property
    def groups(self) -> int:
        """Words of a pixel, those of one lane counted once."""
        return -(-self.channels // self.lanes)

    @property
    def words(self) -> int:
        """Words of a pixel."""
        return self.groups * self.lane_words

    @property
    def ticks(self) -> int:
        """Ticks from `start` to `done`, which comes with the last word."""
        return self.channels * self.lane_words + PIPELINE

    @property
    def trace(self) -> TraceLayout:
        """Traced with every word that is made."""
        return TraceLayout((Field("word", self.word_bits, bitmap=True), Field("last", 1)))


class SumPackerModel:
    """What becomes of a pixel's sums, and on which tick."""

    def __init__(self, params: SumPackerParams) -> None:
        self.params = params

    def words(self, sums: np.ndarray) -> np.ndarray:
        """Return a pixel's sums, int64 (channels,), as words, uint8 (words, word_bytes)."""
        params = self.params
        lanes = np.zeros((params.groups * params.lanes, params.sum_bytes), np.uint8)
        lanes[: params.channels] = (
            sums.astype("<i8").view(np.uint8).reshape(-1, 8)[:, : params.sum_bytes]
        )
        groups = np.zeros((params.groups, params.lane_words * params.word_bytes), np.uint8)
        groups[:, : params.lanes * params.sum_bytes] = lanes.reshape(params.groups, -1)
        return groups.reshape(params.words, params.word_bytes)

    def ticks(self) -> np.ndarray:
        """Return how many ticks after `start` each word is complete: pushed on the next one."""
        params = self.params
        lasts = np.minimum(params.lanes * (1 + np.arange(params.groups)), params.channels) - 1
        begin = params.lane_words * lasts[:, None] + np.arange(params.lane_words)
        return begin.ravel() + PIPELINE


def unpack(params: SumPackerParams, words: np.ndarray) -> np.ndarray:
    """Return the sums, int64 (channels,), that a pixel's words, uint8 (words, word_bytes), hold."""
    groups = words.reshape(params.groups, -1)[:, : params.lanes * params.sum_bytes]
    lanes = groups.reshape(-1, params.sum_bytes)[: params.channels]
    whole = np.where(lanes[:, -1:] >= 128, 255, 0).astype(np.uint8).repeat(8, axis=1)
    whole[:, : params.sum_bytes] = lanes
    return whole.ravel().view("<i8").copy()
