"""Partial adder: the sums of the cores before wait here, and are added lane by lane.

Ref: Dazzi 2021, section 2.4.4. Sums arrive as :mod:`goldspike.model.imc.sum_packer` has packed
them. Where a lane takes several words, these are put together as they arrive, so that every word of
the queue has whole lanes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from goldspike.model.imc.output_memory import OutputMemoryModel, OutputMemoryParams
from goldspike.model.imc.sum_packer import SumPackerParams, unpack
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = ["PartialAdderModel", "PartialAdderParams"]


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

    @cached_property
    def packer(self) -> SumPackerParams:
        """How the sums that arrive were packed."""
        return SumPackerParams(
            channels=self.channels, sum_bits=self.partial_bits, word_bits=self.word_bits
        )

    @cached_property
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


class PartialAdderModel:
    """Sums that wait, and what is added to whose, tick by tick."""

    def __init__(self, params: PartialAdderParams) -> None:
        self.params = params
        self.queue = OutputMemoryModel(params.queue)
        self.begun: list[np.ndarray] = []  # words of a lane that takes several
        self.added = -1  # ticks of the pixel under way that are over; -1: none is
        self.came: np.ndarray = np.zeros(0, np.int64)  # its sums

    @property
    def waits(self) -> bool:
        """Whether a whole pixel of sums is there."""
        return self.queue.valid

    @property
    def room(self) -> int:
        """Pixels of sums that may still come."""
        return self.queue.room

    @property
    def channel(self) -> int:
        """The channel that is added on this tick; -1 if none is."""
        return self.added // self.params.hold if self.added >= 0 else -1

    def pixel(self) -> np.ndarray:
        """Return the sums, int64 (channels,), that came first and wait."""
        words = np.array(self.queue.queue[: self.params.queue.words])
        return unpack(self.params.packer, words.reshape(self.params.packer.words, -1))

    def tick(self, push: np.ndarray | None, *, start: bool) -> tuple[bool, np.ndarray | None]:
        """Advance one tick; return whether a word entered the queue, and which one left it."""
        params, packer = self.params, self.params.packer
        leaves = False
        if self.added >= 0:
            channel, rest = divmod(self.added, params.hold)
            ends = channel == params.channels - 1 or channel % packer.lanes == packer.lanes - 1
            leaves = ends and rest == params.hold - 1
            self.added += 1
            if self.added == params.hold * params.channels:
                self.added = -1
        if start:
            self.added, self.came = 0, self.pixel()
        entry = None
        if push is not None:
            self.begun.append(push)
            if len(self.begun) == packer.lane_words:
                entry, self.begun = np.concatenate(self.begun), []
        out = self.queue.tick(entry, offer=True, ready=leaves)
        return entry is not None, out
