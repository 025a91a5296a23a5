"""The words of a stream: which sender's come when, and whom they are for."""

from dataclasses import dataclass

from goldspike.model.imc.link import LinkParams
from goldspike.model.params import require_int

__all__ = ["StreamParams"]


@dataclass(frozen=True, kw_only=True)
class StreamParams:
    """A stream.

    Parameters
    ----------
    senders : tuple of int
        Words of each sender's part of a pixel; the first sender's come first.
    receivers : tuple of (int, int)
        First word, and number of words, of each receiver's part.
    pixels : int
        Pixels that it carries in one timestep, at most.
    window : int
        Ticks of a timestep in which whole pixels must have passed; 0: any.
    word_bits : int
    """

    senders: tuple[int, ...]
    receivers: tuple[tuple[int, int], ...]
    pixels: int = 1
    window: int = 0
    word_bits: int = 128

    def __post_init__(self) -> None:
        if not self.senders or not self.receivers:
            raise ValueError("a stream must have a sender and a receiver")
        require_int("window", self.window, 0, 4096)
        if 0 < self.window < self.words:
            raise ValueError(f"{self.words} words must pass in a window of {self.window} ticks")
        for first, count in self.receivers:
            require_int("receivers", first, 0, self.words - 1)
            require_int("receivers", count, 1, self.words - first)
        _ = self.links  # each checks its own

    @property
    def words(self) -> int:
        """Words of a pixel."""
        return sum(self.senders)

    @property
    def links(self) -> tuple[LinkParams, ...]:
        """The senders' links."""
        return tuple(
            LinkParams(
                words=words,
                pixels=self.pixels,
                receivers=len(self.receivers),
                word_bits=self.word_bits,
            )
            for words in self.senders
        )
