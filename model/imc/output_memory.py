"""Output memory: pixels that wait for their link.

Ref: Dazzi 2021, section 2.1, Fig. 1C. Pixels go in whenever they are computed and are offered to
the link when a timestep begins, so that a pixel computed in timestep t is stored by the next core
in t + 1. Two timesteps' worth of room lets one be sent while the next is computed. The same memory,
offering at once, holds the residual pixels that wait to be added.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["OutputMemoryModel", "OutputMemoryParams"]


@dataclass(frozen=True, kw_only=True)
class OutputMemoryParams:
    """An output memory.

    Parameters
    ----------
    words : int
        Words of a pixel.
    pixels : int
        Pixels that it holds.
    word_bits : int
    """

    words: int
    pixels: int = 2
    word_bits: int = 128

    def __post_init__(self) -> None:
        require_int("words", self.words, 1, 4096)
        require_int("pixels", self.pixels, 1, 4096)
        require_word_bits(self.word_bits)

    @property
    def depth(self) -> int:
        """Words that it holds."""
        return self.words * self.pixels

    @property
    def trace(self) -> TraceLayout:
        """Traced when a word goes in or out: which, the word that left, and the counts after it."""
        bits = self.pixels.bit_length()
        return TraceLayout(
            (
                Field("pushed", 1),
                Field("popped", 1),
                Field("word", self.word_bits, bitmap=True),
                Field("held", bits),
                Field("offered", bits),
                Field("room", bits),
            )
        )


class OutputMemoryModel:
    """A queue of words, counted in pixels."""

    def __init__(self, params: OutputMemoryParams) -> None:
        self.params = params
        self.queue: list[np.ndarray] = []
        self.entering = 0  # words of the pixel that goes in
        self.leaving = 0  # words left of the pixel that goes out
        self.held = self.offered = 0  # whole pixels
        self.room = params.pixels

    @property
    def valid(self) -> bool:
        """Whether a word is offered."""
        return self.offered > 0

    def tick(self, push: np.ndarray | None, *, offer: bool, ready: bool) -> np.ndarray | None:
        """Advance one tick; return the word that leaves.

        Parameters
        ----------
        push : uint8 (word_bytes,), optional
            The next word of the pixel that goes in; there must be room for the pixel.
        offer : bool
            Offer all pixels held, this tick's included, and recount the room.
        ready : bool
            The link takes the word that is offered.
        """
        words, popped = self.params.words, None
        if self.valid and ready:
            popped = self.queue.pop(0)
            self.leaving = (self.leaving + 1) % words
            if self.leaving == 0:
                self.held -= 1
                self.offered -= 1
        if push is not None:
            self.queue.append(push.copy())
            self.entering = (self.entering + 1) % words
            if self.entering == 0:
                self.held += 1
                self.room -= 1
        if offer:
            self.offered = self.held
            self.room = self.params.pixels - self.held
        return popped
