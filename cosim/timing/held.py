"""Rows of stimulus tick by tick: what the golden models of the timing primitives read."""

import numpy as np

__all__ = ["held"]


def held(rows: np.ndarray) -> np.ndarray:
    """Return one row per tick from 1 to the tick of the last row; before the rows all is low."""
    last = int(rows["tick"][-1]) if rows.size else 0
    ticks = np.arange(1, last + 1)
    every = np.zeros(last, rows.dtype)
    if rows.size:
        row = np.searchsorted(rows["tick"], ticks, side="right") - 1
        every[row >= 0] = rows[row[row >= 0]]
    every["tick"] = ticks
    return every
