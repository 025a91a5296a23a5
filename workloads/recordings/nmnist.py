"""The ``.bin`` files of N-MNIST and N-Caltech101: five bytes an event, without a header.

Ref: Orchard et al., "Converting static image datasets to spiking neuromorphic datasets using
saccades", Frontiers in Neuroscience 9 (2015): column, row, then a bit of polarity and 23 bits of
microseconds, high byte first. An event in row 240 is none: it says that 8,192 us more have passed.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError

__all__ = ["read_nmnist"]

_BYTES = 5
_OVERFLOW_ROW = 240
_OVERFLOW_US = 1 << 13


def read_nmnist(
    path: Path, data: bytes
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return times (microseconds), columns, rows and polarities.

    Raises
    ------
    InputError
        If the size is no multiple of five bytes.
    """
    if len(data) % _BYTES:
        raise InputError(
            f"{path}: expected a .bin file as N-MNIST has them, of {_BYTES} bytes an event, but "
            f"its {len(data)} bytes are no multiple of that."
        )
    rows = np.frombuffer(data, np.uint8).reshape(-1, _BYTES).astype(np.int64)
    time = (rows[:, 2] & 0x7F) << 16 | rows[:, 3] << 8 | rows[:, 4]
    overflow = rows[:, 1] == _OVERFLOW_ROW
    time = (time + np.cumsum(overflow) * _OVERFLOW_US)[~overflow]
    pixel = rows[~overflow]
    return time, pixel[:, 0], pixel[:, 1], (pixel[:, 2] >> 7).astype(bool)
