"""Where pixels lie in an input memory: IWAP, KLIP and PLIP.

Ref: Dazzi 2021, section 2.3, Fig. 7, Table 1. Of every column the memory keeps F at a time, so that
pixel (x, y) lies in place x * F + y mod F of H * F.

- IWAP, intra-word adjacent: pixels follow each other bit by bit.
- KLIP, kernel-level interleaved: the F pixels of a kernel row follow each other bit by bit; every
  row starts on a word.
- PLIP, pixel-level interleaved: every pixel starts on a word.

The memory taken counts up to the last bit *used*: what the last word leaves empty is not in it.
"""

from dataclasses import dataclass
from enum import Enum

from goldspike.model.params import require_int

__all__ = ["Method", "Placement"]


class Method(Enum):
    """How pixels are placed."""

    IWAP = "iwap"
    KLIP = "klip"
    PLIP = "plip"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Pixels in an input memory.

    Parameters
    ----------
    method : Method
    height : int
        Pixels per column, H.
    channels : int
        Channel depth, N.
    kernel : int
        Columns kept, F.
    precision : int
        Bits of one activation.
    word_bits : int
        Word length of the memory, WL.
    """

    method: Method
    height: int
    channels: int
    kernel: int = 3
    precision: int = 8
    word_bits: int = 128

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", Method(self.method))
        for name in ("height", "channels", "kernel", "precision", "word_bits"):
            require_int(name, getattr(self, name), 1)

    @property
    def pixel_bits(self) -> int:
        """Bits of one pixel."""
        return self.channels * self.precision

    def first_bit(self, x: int, y: int) -> int:
        """Return the address of a pixel's first bit."""
        column = y % self.kernel
        if self.method is Method.IWAP:
            return (x * self.kernel + column) * self.pixel_bits
        if self.method is Method.KLIP:
            return x * self.row_words * self.word_bits + column * self.pixel_bits
        return (x * self.kernel + column) * self.pixel_words * self.word_bits

    @property
    def pixel_words(self) -> int:
        """Words that a pixel takes when it starts on one."""
        return -(-self.pixel_bits // self.word_bits)

    @property
    def row_words(self) -> int:
        """Words that a kernel row of pixels takes when it starts on one."""
        return -(-self.kernel * self.pixel_bits // self.word_bits)

    def words(self, x: int, y: int) -> range:
        """Return the words that a pixel lies in."""
        first = self.first_bit(x, y)
        return range(first // self.word_bits, (first + self.pixel_bits - 1) // self.word_bits + 1)

    def bits(self, x: int, y: int) -> list[tuple[int, int, int]]:
        """Return a pixel's pieces: word, first bit in it, number of bits."""
        first = self.first_bit(x, y)
        last = first + self.pixel_bits
        pieces = []
        for word in self.words(x, y):
            begin = max(first, word * self.word_bits)
            end = min(last, (word + 1) * self.word_bits)
            pieces.append((word, begin % self.word_bits, end - begin))
        return pieces

    @property
    def payload_bits(self) -> int:
        """Bits of the H * F pixels kept."""
        return self.height * self.kernel * self.pixel_bits

    @property
    def memory_bits(self) -> int:
        """Bits up to the last one used."""
        return self.first_bit(self.height - 1, self.kernel - 1) + self.pixel_bits

    @property
    def empty(self) -> float:
        """The part of the memory taken that holds nothing."""
        return 1 - self.payload_bits / self.memory_bits

    def write_cycles(self) -> set[int]:
        """Return how many words a pixel touches, over all positions."""
        places = ((x, y) for x in range(self.height) for y in range(self.kernel))
        return {len(self.words(x, y)) for x, y in places}

    def read_cycles(self) -> set[int]:
        """Return how many different words a kernel row touches, over all rows."""
        rows = range(self.height)
        return {len({w for y in range(self.kernel) for w in self.words(x, y)}) for x in rows}

    @property
    def table_bytes(self) -> int:
        """Bytes of whole words (PLIP, KLIP) or of the payload (IWAP) for H * F pixels."""
        if self.method is Method.IWAP:
            return -(-self.payload_bits // 8)
        words = self.row_words if self.method is Method.KLIP else self.kernel * self.pixel_words
        return self.height * words * self.word_bits // 8
