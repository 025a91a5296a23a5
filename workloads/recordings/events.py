"""Events in memory: times and addresses, or times and pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNITS", "Events"]

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Nanoseconds in a unit of time."""


@dataclass(frozen=True, eq=False)
class Events:
    """Events as a file holds them: with addresses, or with pixels.

    Attributes
    ----------
    t : int64 (events,)
        Nanoseconds, in the file's own time.
    address : int64 (events,) or None
    x, y : int64 (events,) or None
        Column from the left, row from the top.
    p : bool (events,) or None
        Polarity: brighter or darker.
    sensor : tuple of int or None
        Width and height in pixels, where the file states it.
    """

    t: NDArray[np.int64]
    address: NDArray[np.int64] | None = None
    x: NDArray[np.int64] | None = None
    y: NDArray[np.int64] | None = None
    p: NDArray[np.bool_] | None = None
    sensor: tuple[int, int] | None = None
