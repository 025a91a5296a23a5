"""Reading a recording, whatever its format; docs/events.md lists them."""

from dataclasses import replace
from decimal import Decimal, DecimalException
from pathlib import Path

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.kinds import kind_of
from goldspike.model.paths import user_path
from goldspike.model.reading import open_file, read_bytes
from goldspike.workloads.recordings.aedat import read_aedat
from goldspike.workloads.recordings.arrays import read_npy, read_npz
from goldspike.workloads.recordings.events import UNITS, Events
from goldspike.workloads.recordings.foreign import known, refuse
from goldspike.workloads.recordings.hdf5 import HDF5, read_hdf5
from goldspike.workloads.recordings.nmnist import read_nmnist
from goldspike.workloads.recordings.table import read_table

__all__ = ["arranged", "cut", "read_events"]

_HEAD = 512
_TABLES = (".csv", ".txt", ".tsv")
_READ = (b"#!AER-DAT2.0", b"#!AER-DAT3.1", b"#!AER-DAT4.0")

_LONGEST_NS = (1 << 63) - 1


def read_events(
    path: str | Path,
    unit: str | None = None,
    *,
    columns: str | None = None,
    sort: bool = False,
    begin: str | None = None,
    end: str | None = None,
) -> Events:
    """Read a recording; its first bytes say what it is, or, where it has no header, its suffix.

    Parameters
    ----------
    path : path
    unit : str, optional
        Unit of the times, ``s``, ``ms``, ``us`` or ``ns``, where the file does not name it itself;
        microseconds by default.
    columns : str, optional
        Names of a table's columns in its order, separated by commas, where it has no header.
    sort : bool
        Sort by time; events of one time keep the file's order.
    begin, end : str, optional
        See :func:`cut`.

    Raises
    ------
    InputError
        If the file is missing, damaged, empty, or its times run backwards; the sentence names it.
    """
    path = user_path(path)
    if unit is not None and unit not in UNITS:
        raise InputError(f"The unit of time must be one of {', '.join(UNITS)}, not {unit!r}.")
    return arranged(path, _read(path, unit, columns), sort=sort, begin=begin, end=end)


def arranged(
    path: str | Path,
    events: Events,
    *,
    sort: bool = False,
    begin: str | None = None,
    end: str | None = None,
) -> Events:
    """Return events sorted, if that is asked for, and cut; `path` is for sentences.

    Raises
    ------
    InputError
        If there is no event, or none is left, or the times run backwards.
    """
    if events.t.size == 0:
        raise InputError(f"{path}: expected at least one event.")
    back = np.flatnonzero(events.t[1:] < events.t[:-1])
    if back.size and not sort:
        raise InputError(
            f"{path}: expected events sorted by time, but event {back[0] + 1} (counted from 0) is "
            "earlier than the one before it; --sort sorts them."
        )
    if back.size:
        events = _chosen(events, np.argsort(events.t, kind="stable"))
    try:
        return cut(events, begin, end)
    except InputError as error:
        raise InputError(f"{path}: {str(error)[:1].lower()}{str(error)[1:]}") from None


def cut(events: Events, begin: str | None = None, end: str | None = None) -> Events:
    """Return the events from one time on, and before another.

    Parameters
    ----------
    events : Events
        Sorted by time.
    begin, end : str, optional
        A number with its unit (``20ms``, ``1.5s``; microseconds without one): the file's own time,
        or, after a plus sign (``+20ms``), the time since the first event.

    Raises
    ------
    InputError
        If a time cannot be read, or no event is left.
    """
    origin = int(events.t[0])
    first = _nanoseconds("--from", begin, origin)
    last = _nanoseconds("--to", end, origin)
    if first is None and last is None:
        return events
    low = 0 if first is None else int(np.searchsorted(events.t, first))
    high = events.t.size if last is None else int(np.searchsorted(events.t, last))
    if low >= high:
        raise InputError(
            f"No event is left from {begin or 'the start'} to {end or 'the end'}; the events last "
            f"from {_shown(origin)} to {_shown(int(events.t[-1]))}."
        )
    return _chosen(events, slice(low, high))


def _read(path: Path, unit: str | None, columns: str | None) -> Events:
    """Read a file by the format that it has."""
    with open_file(path, "an event file") as stream:
        head = stream.read(_HEAD)
    suffix = path.suffix.lower()
    if head.startswith(HDF5):
        return read_hdf5(path, unit, columns)
    if head.startswith(b"\x93NUMPY"):
        return read_npy(path, unit, columns)
    other = bool(head) and not head.startswith(b"PK") and kind_of(head) is not None
    if suffix == ".npz" and not other:
        return read_npz(path, unit, columns)
    headless = suffix == ".bin" and not head.startswith(b"% ") and not known(head)
    binary = head.startswith(_READ) or headless
    if binary or suffix in (".aedat", ".aedat4"):
        if columns is not None:
            raise InputError(f"{path}: --columns is for tables, which this file is not.")
        if unit not in (None, "us"):
            what = "N-MNIST" if suffix == ".bin" else "AEDAT"
            raise InputError(
                f"{path}: {what} files count microseconds; the unit cannot be {unit!r}."
            )
    if binary and not head.startswith(_READ):
        t, x, y, p = read_nmnist(path, read_bytes(path, "an event file", times=8))
        return Events(t * UNITS["us"], None, x, y, p)
    if binary:
        found = read_aedat(path)
        return Events(found.t * UNITS["us"], None, found.x, found.y, found.p, found.sensor)
    other = other or head.startswith((b"PK\x03\x04", b"% Data file", b"% date", b"% evt"))
    if suffix in _TABLES and not other:
        return read_table(path, unit, columns)
    raise refuse(path, head)


def _chosen(events: Events, which: slice | np.ndarray) -> Events:
    """Return some of the events."""
    arrays = {name: getattr(events, name) for name in ("t", "address", "x", "y", "p")}
    return replace(events, **{name: a[which] for name, a in arrays.items() if a is not None})


def _nanoseconds(option: str, text: str | None, origin: int) -> int | None:
    """Read a time that a user gives."""
    if text is None:
        return None
    number, unit = text.strip(), "us"
    for name in sorted(UNITS, key=len, reverse=True):
        if number.endswith(name):
            number, unit = number.removesuffix(name), name
            break
    try:
        value = Decimal(number.strip())
        if abs(value) > _LONGEST_NS:
            raise OverflowError
        found = int((value * UNITS[unit]).to_integral_value())
    except (DecimalException, ValueError, OverflowError):
        raise InputError(
            f"{option} must be a time such as 20ms, 1.5s or +20ms, not {text!r}."
        ) from None
    found += origin if text.strip().startswith("+") else 0
    return max(-_LONGEST_NS, min(found, _LONGEST_NS))


def _shown(time: int) -> str:
    """Return nanoseconds as microseconds."""
    return f"{time / UNITS['us']:.15g}us"
