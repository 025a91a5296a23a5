"""Partial adder: the sums of the cores before wait here, and are added lane by lane.

Ref: Dazzi 2021, section 2.4.4. Sums arrive as :mod:`goldspike.model.imc.sum_packer` has packed
them. Where a lane takes several words, these are put together as they arrive, so that every word of
the queue has whole lanes.
"""

from dataclasses import dataclass

from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.sum_packer import SumPackerParams
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = ["PartialAdderParams"]


@dataclass(frozen=True, kw_only=True)
class PartialAdderParams:
    """A partial adder.

    Pins: ``push``, ``data`` (the next word that arrives), ``start`` (with that of the processor or
    packer behind it), ``sums`` (the crossbar's own) in; ``room`` (pixels), ``waits`` (a whole pixel
    of sums is there), ``sum`` (of the channel under way: the first on the tick after `start`) and
    ``busy`` (an addition is under way, or a word comes in) out.

    Parameters
    ----------
    channels : int
    own_bits : int
        Width of the crossbar's own sums.
    partial_bits : int
        Width of the sums that arrive.
    word_bits : int
        Width of the words that arrive.
    pixels : int
        Pixels of sums that wait, at most.
    hold : int
        Ticks that the processor or packer behind it spends on a channel.
    """

    channels: int
    own_bits: int = 23
    partial_bits: int = 23
    word_bits: int = 128
    pixels: int = 2
    hold: int = 1

    def __post_init__(self) -> None:
        require_int("own_bits", self.own_bits, 2, 39)
        require_int("partial_bits", self.partial_bits, 2, 39)
        require_int("hold", self.hold, 1, 8)
        _ = self.packer, self.queue

    @property
    def packer(self) -> SumPackerParams:
        """How the sums that arrive were packed."""
        return SumPackerParams(
            channels=self.channels, sum_bits=self.partial_bits, word_bits=self.word_bits
        )

    @property
    def queue(self) -> OutputMemoryParams:
        """The memory in which they wait."""
        packer = self.packer
        return OutputMemoryParams(
            words=packer.groups,
            pixels=self.pixels,
            word_bits=packer.lane_words * self.word_bits,
        )

    @property
    def lane_bits(self) -> int:
        """Width of a lane."""
        return 8 * self.packer.sum_bytes

    @property
    def sum_bits(self) -> int:
        """Width of a sum; one bit more than its parts, so that it cannot overflow."""
        return max(self.own_bits, self.partial_bits) + 1

    @property
    def trace(self) -> TraceLayout:
        """Traced when a word goes into or out of the queue, as the queue is."""
        return self.queue.trace
