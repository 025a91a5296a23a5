"""Input memory: an SRAM that keeps F columns of pixels, and the addresses to go with it.

Ref: Dazzi 2021, section 2.4.2, Algorithm 2, placement PLIP (Fig. 7D); 128-bit words x 512 (section
3.1.2). H * F pixels are kept; the pixel of column y + F replaces that of column y.

Algorithm 2 as printed cannot be meant: line 3 tests the x of the pixel just written, so that the
pixel after x = 0 would overwrite it (Fig. 8 has addr_w_0 = delta-kernel there): the *next* pixel's
x and y are tested here. Line 17 sets addr_r_0 = delta-kernel, which would read row 1 forever: it
must add. Columns are counted on from image to image, not from 0 in each: an image whose width is
no multiple of F would otherwise begin on columns that the image before still needs.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from goldspike.model.imc.shared.layer import (
    ACTIVATION_BITS,
    LayerParams,
    require_word_bits,
    slices,
)
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["FETCH", "RESIDUAL", "STORE", "InputMemoryModel", "InputMemoryParams"]

STORE, FETCH, RESIDUAL = 0, 1, 2
"""Kinds of access, as traced."""


@dataclass(frozen=True, kw_only=True)
class InputMemoryParams:
    """An input memory.

    Parameters
    ----------
    layer : LayerParams
        The layer whose input it keeps.
    word_bits : int
        Word length WL, whole bytes.
    depth : int
        Words.
    segments : tuple of int
        Channels of the segments of a pixel, each of which begins on a word; empty: one.

    Raises
    ------
    ValueError
        If H * F pixels do not fit.
    """

    layer: LayerParams
    word_bits: int = 128
    depth: int = 512
    segments: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_word_bits(self.word_bits)
        require_int("depth", self.depth, 1, 1 << 20)
        if self.used_words > self.depth:
            raise ValueError(
                f"{self.layer.height} x {self.layer.kernel} pixels of {self.words} words must fit "
                f"in {self.depth} words"
            )

    @property
    def word_bytes(self) -> int:
        """Bytes of one word."""
        return self.word_bits // ACTIVATION_BITS

    @property
    def words(self) -> int:
        """Words of one pixel."""
        return len(self.slices)

    @cached_property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """First channel, and number of channels, of each word of a pixel."""
        return slices(self.layer.channels, self.segments, self.word_bytes)

    @property
    def used_words(self) -> int:
        """Words of the H * F pixels kept."""
        return self.layer.height * self.layer.kernel * self.words

    @property
    def delta_pix(self) -> tuple[int, ...]:
        """Where each of the F columns begins, in words."""
        return tuple(k * self.words for k in range(self.layer.kernel))

    @property
    def delta_kernel(self) -> int:
        """Words from a pixel to the next one of its column."""
        return self.layer.kernel * self.words

    @property
    def skipped_rows(self) -> int:
        """Rows between two windows that no window reads."""
        return max(0, self.layer.stride - self.layer.kernel)

    @property
    def jump(self) -> int:
        """Columns from the last output's window to the next image's first."""
        return self.layer.width - (self.layer.width_out - 1) * self.layer.stride

    @property
    def trace(self) -> TraceLayout:
        """Traced after every access: kind, word address, and the word written or read.

        Then, whether the word read last is blank: padding.
        """
        address_bits = max(1, (self.depth - 1).bit_length())
        return TraceLayout(
            (
                Field("kind", 2),
                Field("address", address_bits),
                Field("word", self.word_bits, bitmap=True),
                Field("blank", 1),
            )
        )


class InputMemoryModel:
    """Words of pixels; Algorithm 2, a word at a time."""

    def __init__(self, params: InputMemoryParams) -> None:
        self.params = params
        self.sram = np.zeros((params.depth, params.word_bytes), np.uint8)
        self.column_w = 0  # y of the pixel that comes next, counted on over all images
        self.addr_w_0 = 0
        self.word_w = 0
        self.column_r = -params.layer.padding  # y of the window's leftmost column
        self.addr_r_0 = 0
        self.pixel_r = self.word_r = 0
        self.blank = False  # the word read last
        self.column_s = 0  # of the residual pixel
        self.addr_s_0 = 0
        self.word_s = 0

    def store_data(self, word: np.ndarray, *, last_row: bool) -> int:
        """Write the next word of the pixel that comes in; return its address.

        Parameters
        ----------
        word : uint8 (word_bytes,)
        last_row : bool
            The pixel is the last of its column: the next one has x = 0.
        """
        params = self.params
        address = self.addr_w_0 + self.word_w
        self.sram[address] = word
        self.word_w += 1
        if self.word_w == params.words:
            self.word_w = 0
            if last_row:
                self.column_w += 1
                self.addr_w_0 = params.delta_pix[self.column_w % params.layer.kernel]
            else:
                self.addr_w_0 += params.delta_kernel
        return address

    def read_data(self, *, pad: bool, next_row: bool = False, skip: bool = False) -> int | None:
        """Read the next word of a kernel row; return its address, or None for padding.

        `next_row` comes with the last word of a row of the image, and `skip` with it where the row
        is its window's last.
        """
        params = self.params
        column = (self.column_r + self.pixel_r) % params.layer.kernel
        address = self.addr_r_0 + params.delta_pix[column] + self.word_r
        self.word_r += 1
        if self.word_r == params.words:
            self.word_r = 0
            self.pixel_r = (self.pixel_r + 1) % params.layer.kernel
        if next_row:
            self.addr_r_0 += params.delta_kernel * (1 + (params.skipped_rows if skip else 0))
        self.blank = pad
        return None if pad else address

    def next_column(self, *, next_image: bool) -> None:
        """Go on to the windows of the next output column."""
        self.addr_r_0 = 0
        self.column_r += self.params.jump if next_image else self.params.layer.stride

    def read_res(self, *, last_row: bool) -> int:
        """Read the next word of the residual pixel; return its address."""
        params = self.params
        address = self.addr_s_0 + params.delta_pix[self.column_s % params.layer.kernel]
        address += self.word_s
        self.blank = False
        self.word_s += 1
        if self.word_s == params.words:
            self.word_s = 0
            if last_row:
                self.column_s += 1
                self.addr_s_0 = 0
            else:
                self.addr_s_0 += params.delta_kernel
        return address
