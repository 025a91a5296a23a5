"""Link: carries pixels from one core to others, word by word, and keeps to its bandwidth.

Ref: Dazzi 2021, sections 2.4 and 3.1.4, Eq. 7: a link delivers what a core computes in one timestep
within the next one. So it lets no more than `pixels` pixels begin in a timestep. Several receivers
take every word on the same tick, or none does.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["LinkModel", "LinkParams"]


@dataclass(frozen=True, kw_only=True)
class LinkParams:
    """A link.

    Parameters
    ----------
    words : int
        Words of a pixel.
    pixels : int
        Pixels that it carries in one timestep, at most.
    receivers : int
    word_bits : int
    """

    words: int
    pixels: int = 1
    receivers: int = 1
    word_bits: int = 128

    def __post_init__(self) -> None:
        require_int("words", self.words, 1, 4096)
        require_int("pixels", self.pixels, 1, 64)
        require_int("receivers", self.receivers, 1, 16)
        require_word_bits(self.word_bits)

    @property
    def trace(self) -> TraceLayout:
        """Traced with every word carried: the word, and the pixels that may still begin."""
        return TraceLayout(
            (Field("word", self.word_bits, bitmap=True), Field("left", self.pixels.bit_length()))
        )


class LinkModel:
    """Counts pixels against the timestep's budget."""

    def __init__(self, params: LinkParams) -> None:
        self.params = params
        self.left = 0  # pixels that may still begin
        self.word = 0
        self.carried = 0  # pixels

    def ready(self, receivers: np.ndarray) -> bool:
        """Return whether a word would be taken; `receivers` says which of them would take it."""
        return bool(np.all(receivers)) and (self.left > 0 or self.word > 0)

    def tick(self, valid: bool, receivers: np.ndarray, *, step: bool) -> bool:
        """Advance one tick; return whether a word is carried."""
        carries = valid and self.ready(receivers)
        if carries:
            if self.word == 0:
                self.left -= 1
            self.word = (self.word + 1) % self.params.words
            self.carried += self.word == 0
        if step:
            self.left = self.params.pixels
        return carries
