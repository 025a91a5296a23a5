"""Crossbar: row buffers, an array of weights, and the columns' sums.

Ref: Dazzi 2021, section 2.1, Fig. 2 (row buffers), Fig. 3 (mapping of a kernel matrix), Eq. 1. The
paper's array is analog and works in one go; here digital arithmetic stands in for it behind the
same interface (load the row buffers, compute, read the columns), `rows_per_tick` rows at a time.
Sums are exact. Row ``(row * F + column) * Cin + channel`` of the kernel matrix belongs to that
pixel of the window and that channel. Weights are two's complement numbers of 2 to 8 bits (the
paper: a differential pair of PCM devices each).
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import ACTIVATION_BITS
from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["CrossbarModel", "CrossbarParams", "multiply"]

PIPELINE = 2
"""Ticks that reading the weights and handing over the sums take on top."""


@dataclass(frozen=True, kw_only=True)
class CrossbarParams:
    """A crossbar.

    Parameters
    ----------
    memory : InputMemoryParams
        The input memory that fills the row buffers, and through it the layer.
    weight_bits : int
        Bits of a weight, 2..8.
    rows_per_tick : int
        Rows that the stand-in multiplies at once.
    """

    memory: InputMemoryParams
    weight_bits: int = 8
    rows_per_tick: int = 16

    def __post_init__(self) -> None:
        require_int("weight_bits", self.weight_bits, 2, 8)
        require_int("rows_per_tick", self.rows_per_tick, 1, 4096)

    @property
    def rows(self) -> int:
        """Rows of the kernel matrix."""
        return self.memory.layer.rows

    @property
    def columns(self) -> int:
        """Columns of the kernel matrix."""
        return self.memory.layer.outputs

    @property
    def words(self) -> int:
        """Words of the weight memory: `rows_per_tick` rows each."""
        return -(-self.rows // self.rows_per_tick)

    @property
    def loads(self) -> int:
        """Weights to shift in, row by row; those beyond the last row are not used."""
        return self.words * self.rows_per_tick * self.columns

    @property
    def sum_bits(self) -> int:
        """Bits of a column's sum, which cannot overflow."""
        return ACTIVATION_BITS + self.weight_bits - 1 + self.rows.bit_length()

    @property
    def ticks(self) -> int:
        """Ticks from `start` to `done`."""
        return self.words + PIPELINE

    @property
    def trace(self) -> TraceLayout:
        """Traced with the last addition: every column's sum, two's complement."""
        return TraceLayout((Field("sums", self.sum_bits, self.columns),))


@njit
def multiply(buffers: np.ndarray, weights: np.ndarray, sums: np.ndarray) -> None:
    """Multiply the row buffers with the weights: one output pixel's pre-activations (Eq. 1).

    Parameters
    ----------
    buffers : int8 (rows,)
    weights : int8, or wider (rows, columns)
    sums : int64, or as wide as they need (columns,), written
    """
    sums[:] = 0
    for row in range(buffers.size):
        value = np.int64(buffers[row])
        if value != 0:
            for column in range(sums.size):
                sums[column] += value * weights[row, column]


class CrossbarModel:
    """Row buffers and weights."""

    def __init__(self, params: CrossbarParams, weights: np.ndarray | None = None) -> None:
        layer = params.memory.layer
        self.params = params
        shape = (params.words * params.rows_per_tick, params.columns)
        self.weights = np.zeros(shape, np.int8)
        if weights is not None:
            self.weights[: params.rows] = weights
        self.loaded = 0
        self.shifted: list[int] = []  # weights of the word under way
        self.buffers = np.zeros((layer.kernel, layer.kernel, layer.channels), np.int8)
        self.bytes: list[int] = []
        self.slices = params.memory.slices
        self.word = 0

    def program(self, weight: int) -> None:
        """Shift a weight in: row by row, in a row column by column; around again when full.

        A word of the weight memory, `rows_per_tick` rows, changes with its last weight.
        """
        self.shifted.append(weight)
        size = self.params.rows_per_tick * self.params.columns
        if len(self.shifted) == size:
            self.weights.flat[self.loaded : self.loaded + size] = self.shifted
            self.loaded, self.shifted = (self.loaded + size) % self.weights.size, []

    def load(self, word: np.ndarray) -> None:
        """Take the next word of a kernel row of pixels; the first one moves the rows up."""
        layer = self.params.memory.layer
        pixel, part = divmod(self.word, len(self.slices))
        if self.word == 0:
            self.buffers[:-1] = self.buffers[1:].copy()
        first, count = self.slices[part]
        self.buffers[-1, pixel, first : first + count] = word[:count].view(np.int8)
        self.word = (self.word + 1) % (layer.kernel * len(self.slices))

    def compute(self) -> np.ndarray:
        """Return the columns' sums, int64 (columns,)."""
        sums = np.zeros(self.params.columns, np.int64)
        multiply(self.buffers.reshape(-1), self.weights, sums)
        return sums
