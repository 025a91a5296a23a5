"""Address-event files: times and addresses, or times and pixels, as CSV, NPZ or AEDAT.

Times are kept as whole nanoseconds (int64), so that a time of day in microseconds keeps its last
digit. docs/events.md describes the formats.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz, write_atomically
from goldspike.workloads.aedat import read_aedat

__all__ = ["UNITS", "WRITABLE", "Events", "read_events", "write_events"]

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Nanoseconds in a unit of time."""

WRITABLE = (".csv", ".npz")
"""Suffixes that :func:`write_events` knows."""

_LONGEST_NS = (1 << 63) - 1
_ADDRESS, _PIXEL = ("address",), ("x", "y")


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
        Width and height in pixels, where the file tells.
    """

    t: NDArray[np.int64]
    address: NDArray[np.int64] | None = None
    x: NDArray[np.int64] | None = None
    y: NDArray[np.int64] | None = None
    p: NDArray[np.bool_] | None = None
    sensor: tuple[int, int] | None = None


def read_events(path: str | Path, unit: str | None = None) -> Events:
    """Read a ``.csv``, ``.npz``, ``.aedat`` or ``.aedat4`` file.

    Parameters
    ----------
    path : path
    unit : str, optional
        Unit of the times (one of :data:`UNITS`) where the file does not name it itself;
        microseconds by default.

    Raises
    ------
    InputError
        If the file is missing, damaged, empty, or its times run backwards; the sentence names it.
    """
    path = Path(path)
    if unit is not None and unit not in UNITS:
        raise InputError(f"The unit of time must be one of {', '.join(UNITS)}, not {unit!r}.")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        events = _from_columns(path, *_read_csv(path, unit))
    elif suffix == ".npz":
        events = _from_columns(path, *_read_arrays(path, unit))
    elif suffix in (".aedat", ".aedat4"):
        if unit not in (None, "us"):
            raise InputError(
                f"{path}: AEDAT files count microseconds; the unit cannot be {unit!r}."
            )
        found = read_aedat(path)
        events = Events(found.t * UNITS["us"], None, found.x, found.y, found.p, found.sensor)
    else:
        raise InputError(f"{path}: expected an event file, .csv, .npz, .aedat or .aedat4.")
    if events.t.size == 0:
        raise InputError(f"{path}: expected at least one event.")
    back = np.flatnonzero(np.diff(events.t) < 0)
    if back.size:
        raise InputError(
            f"{path}: expected events sorted by time, but event {back[0] + 1} (counted from 0) is "
            "earlier than the one before it."
        )
    return events


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


def _from_columns(
    path: Path, t: NDArray[np.int64], columns: dict[str, NDArray[np.int64]], sensor: Any
) -> Events:
    """Return what the columns besides the time mean."""
    lengths = {name: column.shape for name, column in columns.items()}
    for name, shape in lengths.items():
        if shape != t.shape:
            raise InputError(
                f"{path}: expected one entry of {name} per time, but their shapes are {shape} and "
                f"{t.shape}."
            )
    if set(_ADDRESS) <= columns.keys():
        if set(columns) & {"x", "y", "p"}:
            raise InputError(f"{path}: expected either address or x and y, not both.")
        return Events(t, columns["address"])
    if not set(_PIXEL) <= columns.keys():
        raise InputError(f"{path}: expected the columns t and address, or t, x, y and, if any, p.")
    p = columns.get("p")
    if p is not None and not np.isin(p, (-1, 0, 1)).all():
        raise InputError(f"{path}: expected polarities 0 or 1 (or -1 and 1) in p.")
    on = None if p is None else p > 0
    return Events(t, None, columns["x"], columns["y"], on, sensor)


def _time_column(path: Path, names: Sequence[str], unit: str | None) -> tuple[str, str]:
    """Return the time's column and its unit: ``t_us`` names it, plain ``t`` leaves it open."""
    known = {"t": unit or "us", **{f"t_{name}": name for name in UNITS}}
    found = [name for name in names if name in known]
    if len(found) != 1:
        raise InputError(
            f"{path}: expected one column of times, t or t_us (s, ms, us, ns), but the names are "
            f"{', '.join(names)}."
        )
    named = known[found[0]]
    if unit is not None and unit != named:
        raise InputError(f"{path}: the times are in {named}, as {found[0]} says, not in {unit}.")
    return found[0], named


def _read_csv(
    path: Path, unit: str | None
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]], None]:
    """Return times and the other columns of a CSV file with a header."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: expected an event file, but there is no such file.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: expected a CSV file, but it is not text.") from None
    except OSError as error:
        raise InputError(f"{path}: expected a readable file ({error.strerror}).") from None
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(rows, [])]
    if not header:
        raise InputError(f"{path}: expected a header such as t_us,address, but the file is empty.")
    name, named = _time_column(path, header, unit)
    unknown = sorted(set(header) - {name, "address", "x", "y", "p"})
    if unknown or len(set(header)) < len(header):
        raise InputError(
            f"{path}: expected a header of {name} and address, or {name}, x, y, p, not "
            f"{','.join(header)}."
        )
    try:
        table = list(_csv_rows(path, rows, header, name, UNITS[named]))
    except csv.Error as error:
        raise InputError(f"{path}: expected a CSV file ({error}).") from None
    columns = np.array(table, np.int64).reshape(len(table), len(header)).T
    found = dict(zip(header, columns, strict=True))
    return found.pop(name), found, None


def _csv_rows(
    path: Path, rows: Any, header: list[str], name: str, unit_ns: int
) -> Iterator[list[int]]:
    """Yield each row as whole numbers, its time in nanoseconds."""
    place = header.index(name)
    for row in rows:
        if not row:
            continue  # an empty line
        try:
            if len(row) != len(header):
                raise ValueError
            yield [
                _nanoseconds(cell, unit_ns) if k == place else int(cell)
                for k, cell in enumerate(row)
            ]
        except (ValueError, InvalidOperation, OverflowError):
            raise InputError(
                f"{path}: expected {', '.join(header)} in line {rows.line_num}, all but the time "
                f"whole numbers, not {','.join(row)!r}."
            ) from None


def _nanoseconds(text: str, unit_ns: int) -> int:
    """Return a time as whole nanoseconds, exactly."""
    found = int((Decimal(text.strip()) * unit_ns).to_integral_value())
    if abs(found) > _LONGEST_NS:
        raise OverflowError
    return found


def _read_arrays(
    path: Path, unit: str | None
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]], tuple[int, int] | None]:
    """Return times, the other columns and the sensor's size of an .npz file."""
    arrays = load_npz(path)
    if "unit" in arrays:
        said = str(arrays["unit"])
        if said not in UNITS:
            raise InputError(f"{path}: expected unit to be {', '.join(UNITS)}, not {said!r}.")
        if unit is not None and unit != said:
            raise InputError(f"{path}: the times are in {said}, as unit says, not in {unit}.")
        unit = said
    name, named = _time_column(path, list(arrays), unit)
    time = arrays[name]
    if time.ndim != 1 or time.dtype.kind not in "iuf" or not np.isfinite(time).all():
        raise InputError(f"{path}: expected finite times of the shape (events,) in {name}.")
    scale = UNITS[named]
    if time.size and float(np.abs(time).max()) * scale > _LONGEST_NS:
        raise InputError(f"{path}: expected times within 292 years of zero in {name}.")
    whole = time.dtype.kind in "iu"
    t = time.astype(np.int64) * scale if whole else np.rint(time * scale).astype(np.int64)
    columns = {}
    for key in ("address", "x", "y", "p"):
        if key not in arrays:
            continue
        column = arrays[key]
        if column.dtype.kind not in "iub":
            raise InputError(f"{path}: expected whole numbers in {key}, not {column.dtype}.")
        columns[key] = column.astype(np.int64)
    sensor = None
    if {"width", "height"} <= arrays.keys():
        sensor = (int(arrays["width"]), int(arrays["height"]))
    return t, columns, sensor
