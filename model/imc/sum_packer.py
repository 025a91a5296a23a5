"""Sum packer: the partial sums of a core that is not the last of its column, as words.

Ref: Dazzi 2021, section 2.4.4 (Eq. 5, 6). The paper leaves width and order open. Here lane k of a
pixel is output channel k, two's complement, sign-extended to whole bytes, lowest byte first. Lanes
do not straddle words; the rest of a word is 0. Where a word is narrower than a lane, a lane takes
several words, the lowest first. Nothing is rounded or saturated.
"""

from dataclasses import dataclass

from goldspike.model.imc.digital_processor import PIPELINE
from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["SumPackerParams"]


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
