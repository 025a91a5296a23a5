"""Pixels as words: who pushes them into a memory, and how channels lie in them."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from goldspike.cosim.bench.environment import Partner
from goldspike.cosim.bench.partners import whims, words

__all__ = ["Lanes", "pushes"]


class Lanes:
    """Where the channels of a pixel lie: bytes side by side, every segment from a new word on."""

    def __init__(self, channels: int, segments: tuple[int, ...], size: int) -> None:
        self.places: list[tuple[int, int]] = []
        self.words = 0
        for count in segments or (channels,):
            self.places += [
                divmod(k, size // 8)
                for k in range(self.words * size // 8, self.words * size // 8 + count)
            ]
            self.words += -(-count * 8 // size)

    def read(self, words: Sequence[int]) -> list[int]:
        """Return the signed channels that words hold."""
        return [((words[word] >> 8 * byte & 0xFF) ^ 0x80) - 0x80 for word, byte in self.places]

    def write(self, channels: Iterable[int]) -> list[int]:
        """Return the words that hold channels, 0 in between."""
        words = [0] * self.words
        for (word, byte), channel in zip(self.places, channels, strict=True):
            words[word] |= (channel & 0xFF) << 8 * byte
        return words


def pushes(
    rng: np.random.Generator,
    bits: int,
    pixels: Iterable[list[int]],
    enter: Callable[[int], None],
) -> Partner:
    """Push pixels, a word at a time, each begun only where `room` promises it."""
    willing, noise = whims(rng), words(rng, 1 << 20, bits)
    seen = yield {}
    for pixel in pixels:
        while not (seen.next("room") and next(willing)):
            seen = yield {"data": next(noise)}
        for word in pixel:
            while rng.random() < 0.1:
                yield {"data": next(noise)}
            seen = yield {"push": 1, "data": word}
            enter(word)
