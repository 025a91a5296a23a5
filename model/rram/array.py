"""RRAM array: binary cells, and the level of every bit-line.

Ref: Lu 2021, 'NeuroSim Settings', Table 2 (128 x 128 cells in computation), Fig. 1. A cell is in
its low-resistance state (1) or its high-resistance state (0); a bit-line carries the sum of the
currents of the cells on it whose word-lines are asserted. The circuit is a digital stand-in behind
the analog interface: word-lines in, levels out, a level in units of one conducting cell. More cells
than an ADC can tell apart read as its top level, as they would on the chip; the controller never
asserts so many.

In the chip data and reference columns are interleaved in a 256 x 256 array; the references only set
the ADCs' thresholds and are not modelled. Cells keep their state without power, so a reset leaves
them as they are. The paper is silent about programming; here a row is written in one tick, while a
real one needs pulses and verification.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["ArrayModel", "ArrayParams"]


@dataclass(frozen=True, kw_only=True)
class ArrayParams:
    """An array.

    Parameters
    ----------
    rows, columns : int
        Word-lines and bit-lines.
    level_bits : int
        Bits of a level: those of an ADC.
    """

    rows: int = 128
    columns: int = 128
    level_bits: int = 3

    def __post_init__(self) -> None:
        require_int("rows", self.rows, 1, 1024)
        require_int("columns", self.columns, 1, 1024)
        require_int("level_bits", self.level_bits, 1, 6)

    @property
    def top(self) -> int:
        """The highest level."""
        return (1 << self.level_bits) - 1

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick with a word-line up: the levels of that tick."""
        return TraceLayout((Field("levels", self.level_bits, self.columns),))


class ArrayModel:
    """Cells; all in the high-resistance state until they are written."""

    def __init__(self, params: ArrayParams) -> None:
        self.params = params
        self.cells = np.zeros((params.rows, params.columns), np.uint8)

    def write(self, row: int, data: np.ndarray) -> None:
        """Write a row of cells, 0 or 1 (columns,)."""
        self.cells[row] = data

    def levels(self, word_lines: np.ndarray) -> np.ndarray:
        """Return every bit-line's level, int64 (columns,), with these word-lines, bool (rows,)."""
        conducting = self.cells[word_lines.astype(bool)].sum(axis=0, dtype=np.int64)
        return np.minimum(conducting, self.params.top)
