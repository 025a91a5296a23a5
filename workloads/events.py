"""Recorded events, read and written: times and addresses, or times and pixels.

Times are kept as whole nanoseconds (int64), so that a time of day in microseconds keeps its last
digit. :mod:`goldspike.workloads.recordings` has a reader per format; docs/events.md lists them.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import save_npz, write_atomically
from goldspike.workloads.recordings.events import UNITS, Events
from goldspike.workloads.recordings.labelled import Labelled, find_labelled
from goldspike.workloads.recordings.read import arranged, cut, read_events

__all__ = [
    "UNITS",
    "WRITABLE",
    "Events",
    "Labelled",
    "arranged",
    "cut",
    "find_labelled",
    "read_events",
    "write_events",
]

WRITABLE = (".csv", ".npz")
"""Suffixes that :func:`write_events` knows."""


def write_events(path: str | Path, t: NDArray[np.int64], address: NDArray[np.int64]) -> None:
    """Write events ``(nanoseconds, address)`` as ``.csv`` or ``.npz``, for :func:`read_events`.

    Raises
    ------
    InputError
        If the suffix is another, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITABLE:
        raise InputError(f"{path}: expected a file to write that ends in .csv or .npz.")
    if path.suffix.lower() == ".npz":
        save_npz(path, t=t.astype(np.int64), address=address.astype(np.int64), unit=np.array("ns"))
        return
    micro, rest = np.divmod(np.abs(t), UNITS["us"])
    sign = np.where(t < 0, "-", "")
    rows = zip(sign.tolist(), micro.tolist(), rest.tolist(), address.tolist(), strict=True)
    text = "".join(f"{s}{a}.{b:03d},{c}\n" for s, a, b, c in rows)
    write_atomically(path, lambda stream: stream.write(f"t_us,address\n{text}".encode()))
