"""Digital processor: batch norm, residual, ReLU and saturation in integers.

Ref: Dazzi 2021, sections 2.1 and 3.1 (batch normalization, residual addition, ReLU; 8 bits in and
out). The paper gives no arithmetic; ours, in this order, all exact until the one rounding:

1. ``total = sum * multiplier[channel] + bias[channel] + residual * gain``
2. ``value = floor((total + 2**(shift - 1)) / 2**shift)``: rounding half up (no term for shift 0)
3. ReLU, where the layer has one: ``max(value, 0)``
4. saturation to -128..127

Multipliers (16 bits) and biases (32 bits) are signed, one each per channel, and are loaded; gain
and shift belong to the layer. The gain brings the residual to the scale of the sums, so that it is
added before the rounding and nothing is rounded twice.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.shared.layer import require_word_bits, slices
from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["DigitalProcessorModel", "DigitalProcessorParams", "process"]

MULTIPLIER_BITS, BIAS_BITS, GAIN_BITS = 16, 32, 24
PIPELINE = 3
"""Ticks from a channel's sum to its byte in a word that is pushed."""


@dataclass(frozen=True, kw_only=True)
class DigitalProcessorParams:
    """A digital processor.

    Parameters
    ----------
    channels : int
        Channels of a pixel, one a tick.
    sum_bits : int
        Width of a column's sum.
    word_bits : int
        Width of the words made.
    shift : int
        Bits that are rounded off.
    gain : int
        What a residual is multiplied with; 0 means that there is none.
    relu : bool
    segments, residual_segments : tuple of int
        Channels of the segments of the pixels made, and of the residual's, each of which begins on
        a word; empty: one.
    """

    channels: int
    sum_bits: int = 24
    word_bits: int = 128
    shift: int = 8
    gain: int = 0
    relu: bool = True
    segments: tuple[int, ...] = ()
    residual_segments: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_int("channels", self.channels, 1, 4096)
        require_int("sum_bits", self.sum_bits, 2, 40)
        require_word_bits(self.word_bits)
        require_int("shift", self.shift, 0, 40)
        require_int("gain", self.gain, -(1 << (GAIN_BITS - 1)), (1 << (GAIN_BITS - 1)) - 1)
        _ = self.slices, self.residual_slices  # each checks its own

    @property
    def word_bytes(self) -> int:
        """Bytes of one word."""
        return self.word_bits // 8

    @property
    def words(self) -> int:
        """Words of a pixel."""
        return len(self.slices)

    @property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """First channel, and number of channels, of each word of a pixel."""
        return slices(self.channels, self.segments, self.word_bytes)

    @property
    def residual_slices(self) -> tuple[tuple[int, int], ...]:
        """Those of a residual pixel."""
        return slices(self.channels, self.residual_segments, self.word_bytes)

    @property
    def ticks(self) -> int:
        """Ticks from `start` to `done`, which comes with the last word."""
        return self.channels + PIPELINE

    @property
    def scale_bits(self) -> int:
        """Bits of a channel's multiplier (low) and bias."""
        return MULTIPLIER_BITS + BIAS_BITS

    @property
    def trace(self) -> TraceLayout:
        """Traced with every word that is made; residual words used so far, modulo 256."""
        return TraceLayout(
            (Field("word", self.word_bits, bitmap=True), Field("last", 1), Field("used", 8))
        )


@njit
def process(
    sums: np.ndarray, multiplier: np.ndarray, bias: np.ndarray, residual: np.ndarray, gain: int,
    shift: int, relu: bool, activations: np.ndarray,
) -> None:  # fmt: skip
    """Turn one pixel's sums into activations.

    Parameters
    ----------
    sums, multiplier, bias : int64 (channels,)
    residual : int8 (channels,)
        Zeros where there is none.
    gain, shift, relu
        As in :class:`DigitalProcessorParams`.
    activations : int8 (channels,), written
    """
    half = np.int64(1) << np.int64(shift) >> np.int64(1)
    for channel in range(sums.size):
        total = sums[channel] * multiplier[channel] + bias[channel]
        total += np.int64(residual[channel]) * gain
        value = (total + half) >> shift
        if relu and value < 0:
            value = np.int64(0)
        activations[channel] = min(max(value, -128), 127)


class DigitalProcessorModel:
    """Scales of a layer, and what is done with them."""

    def __init__(self, params: DigitalProcessorParams) -> None:
        self.params = params
        self.multiplier = np.zeros(params.channels, np.int64)
        self.bias = np.zeros(params.channels, np.int64)
        self.loaded = 0

    def program(self, multiplier: int, bias: int) -> None:
        """Load the next channel's scale; around again after the last."""
        self.multiplier[self.loaded], self.bias[self.loaded] = multiplier, bias
        self.loaded = (self.loaded + 1) % self.params.channels

    def run(self, sums: np.ndarray, residual: np.ndarray | None = None) -> np.ndarray:
        """Return a pixel's activations, int8 (channels,)."""
        params = self.params
        if residual is None:
            residual = np.zeros(params.channels, np.int8)
        out = np.zeros(params.channels, np.int8)
        process(
            sums, self.multiplier, self.bias, residual, params.gain, params.shift, params.relu, out
        )
        return out

    def words(self, pixel: np.ndarray) -> np.ndarray:
        """Return a pixel as words, uint8 (words, word_bytes), a segment's last filled with 0."""
        words = np.zeros((self.params.words, self.params.word_bytes), np.uint8)
        for word, (first, count) in zip(words, self.params.slices, strict=True):
            word[:count] = pixel[first : first + count].view(np.uint8)
        return words
