"""Pooling: the mean of every channel over a whole image.

Ref: Dazzi 2021, section 3.1 (ResNet-32 ends in a mean over 8 x 8 pixels before its fully connected
layer; the paper gives it no circuit). The number of pixels is a power of two; the mean is rounded
half up, as everywhere: ``floor((sum + pixels / 2) / pixels)``.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["PoolingModel", "PoolingParams"]


@dataclass(frozen=True, kw_only=True)
class PoolingParams:
    """Global mean pooling.

    Parameters
    ----------
    pixels : int
        Pixels of an image, a power of two.
    channels : int
    word_bits : int
    """

    pixels: int
    channels: int
    word_bits: int = 128

    def __post_init__(self) -> None:
        require_int("pixels", self.pixels, 1, 1 << 20)
        require_int("channels", self.channels, 1, 4096)
        require_word_bits(self.word_bits)
        if self.pixels & (self.pixels - 1):
            raise ValueError(f"pixels must be a power of two, not {self.pixels}")

    @property
    def shift(self) -> int:
        """Bits by which a sum is divided."""
        return self.pixels.bit_length() - 1

    @property
    def lanes(self) -> int:
        """Channels in a word."""
        return self.word_bits // 8

    @property
    def words(self) -> int:
        """Words of a pixel."""
        return -(-self.channels // self.lanes)

    @property
    def trace(self) -> TraceLayout:
        """Traced with every word taken: the sums of its channels after it, and what is sent.

        `sent` is how many words were sent before, modulo 256.
        """
        return TraceLayout(
            (
                Field("sums", 8 + self.shift, self.lanes),
                Field("push", 1),
                Field("word", self.word_bits, bitmap=True),
                Field("sent", 8),
            )
        )


class PoolingModel:
    """Sums per channel."""

    def __init__(self, params: PoolingParams) -> None:
        self.params = params
        self.sums = np.zeros((params.words, params.lanes), np.int64)
        self.word = self.pixel = 0
        self.sending = False
        self.sent = 0  # words of results, without the one that is being sent

    def take(self, word: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Add a word, uint8 (lanes,); return its sums, and with the last pixel the word sent."""
        params, place = self.params, self.word
        last = self.pixel == params.pixels - 1
        self.sent += self.sending
        self.sending = last
        self.sums[place] += word.view(np.int8)
        sums, sent = self.sums[place].copy(), None
        if last:
            sent = self.mean(sums).astype(np.int8).view(np.uint8)
            self.sums[place] = 0
        self.word = (self.word + 1) % params.words
        if self.word == 0:
            self.pixel = (self.pixel + 1) % params.pixels
        return sums, sent

    def mean(self, sums: np.ndarray) -> np.ndarray:
        """Return sums over the number of pixels, rounded half up."""
        return (sums + self.params.pixels // 2) >> self.params.shift
