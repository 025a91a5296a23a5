"""The words of a stream: which sender's come when, and whom they are for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goldspike.model.imc.link import LinkParams
from goldspike.model.params import require_int

__all__ = ["StreamModel", "StreamParams"]


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


class StreamModel:
    """Carries a pixel when every sender offers its part and every receiver takes its own."""

    def __init__(self, params: StreamParams) -> None:
        self.params = params
        self.owners = [k for k, words in enumerate(params.senders) for _ in range(words)]
        self.left = 0  # pixels that may still begin
        self.word = 0
        self.since = params.window  # ticks since the timestep began

    def ready(self, receivers: Sequence[bool]) -> bool:
        """Return whether a word would be taken if it were there."""
        params = self.params
        if self.word > 0:
            return True
        in_time = not params.window or self.since <= params.window - params.words
        return in_time and self.left > 0 and all(receivers)

    def carries(self, senders: Sequence[bool], receivers: Sequence[bool]) -> bool:
        """Return whether a word moves on this tick."""
        offered = senders[self.owners[self.word]] if self.word else all(senders)
        return offered and self.ready(receivers)

    @property
    def sender(self) -> int:
        """Whose word is next."""
        return self.owners[self.word]

    def receives(self) -> Iterator[bool]:
        """Yield whether the word that is next is for each receiver."""
        for first, count in self.params.receivers:
            yield first <= self.word < first + count

    def tick(self, *, carries: bool, step: bool) -> None:
        """Advance one tick, on which a word moves or not."""
        if carries:
            self.left -= self.word == 0
            self.word = (self.word + 1) % self.params.words
        self.since += 1
        if step:
            self.left, self.since = self.params.pixels, 0
