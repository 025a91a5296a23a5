"""Columns of events: by which names they go, and what they hold once they are known.

A file's own names decide, or the user (``--columns x,y,p,t``); an order is never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.workloads.recordings.events import UNITS, Events

__all__ = ["PASSED_OVER", "Column", "asked_columns", "from_columns", "known_column", "whole"]

PASSED_OVER = "-"
"""Stands in ``--columns`` for a column that is not wanted."""

_NAMES = {
    "t": ("t", "ts", "time", "times", "timestamp", "timestamps", "timestep"),
    "x": ("x", "xs", "col", "column"),
    "y": ("y", "ys", "row"),
    "p": ("p", "ps", "pol", "pols", "polarity", "polarities", "on"),
    "address": ("address", "addresses", "addr", "channel", "units", "neuron"),
}
_BY_NAME = {name: meaning for meaning, names in _NAMES.items() for name in names}
_UNIT_WORDS = {
    "s": ("s", "sec", "second", "seconds"),
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "us": (
        "us",
        "\N{MICRO SIGN}s",
        "\N{GREEK SMALL LETTER MU}s",
        "usec",
        "microsecond",
        "microseconds",
    ),
    "ns": ("ns", "nsec", "nanosecond", "nanoseconds"),
}
_BY_UNIT = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}
_BESIDE = (
    *("addr", "coord", "coordinate", "event", "in", "pixel", "pixels", "pos", "position", "px"),
    *("unix", "0", "1"),
)
"""Words beside a name that do not change what it means: ``x [px]``, ``pixel_x``, ``p (0/1)``."""

_SIZED = re.compile(r"(?P<name>[xy])@(?P<size>[0-9]+)")

_LONGEST_NS = (1 << 63) - 1


class Column:
    """What a column's name says.

    Attributes
    ----------
    name : str
        As it stands in the file.
    meaning : {"t", "x", "y", "p", "address"}
    unit : str or None
        Of times, where the name says it: ``t_us``, ``timestamp [ms]``.
    size : int or None
        Pixels of the sensor on this axis, where the name says it: ``x@34``.
    """

    def __init__(
        self, name: str, meaning: str, unit: str | None = None, size: int | None = None
    ) -> None:
        self.name, self.meaning, self.unit, self.size = name, meaning, unit, size


def known_column(name: str) -> Column | None:
    """Return what a column's name says, or None if it says nothing known."""
    text = name.strip().strip("\"'").lower()
    if match := _SIZED.fullmatch(text):
        return Column(name, match["name"], size=int(match["size"]))
    if text in _BY_NAME:
        return Column(name, _BY_NAME[text])
    words = [word for word in re.split(r"[^\w]+|_", text) if word]
    units = [_BY_UNIT[word] for word in words if word in _BY_UNIT]
    names = [word for word in words if word not in _BY_UNIT and word not in _BESIDE]
    meaning = _BY_NAME.get(names[0]) if len(names) == 1 else None
    if meaning is None or len(units) > (meaning == "t"):
        return None
    return Column(name, meaning, unit=units[0] if units else None)


def asked_columns(text: str) -> list[Column | None]:
    """Read ``--columns``: names separated by commas, ``-`` for a column that is not wanted.

    Raises
    ------
    InputError
        If a name is not known, or one comes twice.
    """
    columns: list[Column | None] = []
    for name in text.split(","):
        column = known_column(name)
        if column is None and name.strip() != PASSED_OVER:
            raise InputError(
                f"--columns names t, x, y, p, address or {PASSED_OVER} in the order of the table, "
                f"such as x,y,p,t, not {text!r}."
            )
        columns.append(column)
    check_columns("--columns", [column for column in columns if column])
    return columns


def check_columns(where: str | Path, columns: Sequence[Column]) -> None:
    """Refuse columns that make no events: a time, and either an address or x and y.

    Raises
    ------
    InputError
        If one is missing or comes twice.
    """
    names = ", ".join(column.name.strip() for column in columns) or "none"
    found = [column.meaning for column in columns]
    for meaning in set(found):
        if found.count(meaning) > 1:
            what = "times" if meaning == "t" else meaning
            raise InputError(f"{where}: expected one column of {what}, but the names are {names}.")
    if "t" not in found:
        raise InputError(
            f"{where}: expected one column of times, t or t_us (s, ms, us, ns), but the names are "
            f"{names}."
        )
    if "address" in found and {"x", "y", "p"} & set(found):
        raise InputError(f"{where}: expected either address or x and y, not both.")
    if "address" not in found and not {"x", "y"} <= set(found):
        raise InputError(
            f"{where}: expected the columns t and address, or t, x, y and, if any, p, but the "
            f"names are {names}."
        )


def from_columns(
    path: Path,
    columns: Mapping[str, tuple[Column, NDArray[Any]]],
    unit: str | None,
    sensor: tuple[int, int] | None = None,
) -> Events:
    """Return the events that arrays hold.

    Parameters
    ----------
    path : path
        Where they come from, for the sentence.
    columns : mapping of str to (Column, array (events,))
        By meaning.  Times may be numbers of any kind, or NumPy's datetime64 and timedelta64.
    unit : str, optional
        Of the times, where their column does not say it; microseconds by default.
    sensor : tuple of int, optional
        Width and height in pixels, if the file has told them elsewhere.

    Raises
    ------
    InputError
        If the columns differ in length or hold what they cannot.
    """
    check_columns(path, [column for column, _ in columns.values()])
    columns = {meaning: (column, _flat(array)) for meaning, (column, array) in columns.items()}
    column, time = columns["t"]
    t = nanoseconds(path, column, time, unit)
    held: dict[str, NDArray[np.int64]] = {}
    for meaning, (other, array) in columns.items():
        if meaning == "t":
            continue
        if array.shape != t.shape:
            raise InputError(
                f"{path}: expected one entry of {other.name} per time, but their shapes are "
                f"{array.shape} and {t.shape}."
            )
        held[meaning] = whole(path, other.name, array)
    if "address" in held:
        return Events(t, held["address"])
    p = held.get("p")
    if p is not None and not np.isin(p, (-1, 0, 1)).all():
        raise InputError(f"{path}: expected polarities 0 or 1 (or -1 and 1) in p.")
    sizes = columns["x"][0].size, columns["y"][0].size
    if sensor is None and sizes[0] is not None and sizes[1] is not None:
        sensor = sizes[0], sizes[1]
    return Events(t, None, held["x"], held["y"], None if p is None else p > 0, sensor)


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    """Return a column or a row of a matrix, as MATLAB has them, as an array of one axis."""
    return array.ravel() if array.ndim == 2 and 1 in array.shape else array


def nanoseconds(
    path: Path, column: Column, time: NDArray[Any], unit: str | None
) -> NDArray[np.int64]:
    """Return times in whole nanoseconds; `unit` is the user's word."""
    named = column.unit
    if unit is not None and named is not None and unit != named:
        raise InputError(
            f"{path}: the times are in {named}, as {column.name.strip()} says, not in {unit}."
        )
    if time.ndim == 1 and time.dtype.kind in "mM" and not np.isnat(time).any():
        return time.astype(f"{time.dtype.kind}8[ns]").astype(np.int64)
    if time.ndim != 1 or time.dtype.kind not in "iuf" or not np.isfinite(time).all():
        raise InputError(f"{path}: expected finite times of the shape (events,) in {column.name}.")
    if named is None and unit is None:
        check_unit(path, time)
    scale = UNITS[named or unit or "us"]
    if time.size and max(abs(time.min().item()), abs(time.max().item())) * scale > _LONGEST_NS:
        raise InputError(f"{path}: expected times within 292 years of zero in {column.name}.")
    if time.dtype.kind in "iu":
        return time.astype(np.int64) * scale
    return np.rint(time.astype(np.float64) * scale).astype(np.int64)


def check_unit(path: Path, time: NDArray[Any]) -> None:
    """Refuse times of no stated unit that cannot be microseconds, which no camera divides.

    Raises
    ------
    InputError
        If the times have fractions and most steps between them are below one.
    """
    if time.dtype.kind != "f" or not (time != np.floor(time)).any():
        return
    steps = np.diff(np.unique(time))
    if steps.size and np.median(steps) < 1:
        raise InputError(
            f"{path}: expected times in microseconds, but they are {np.median(steps):.3g} apart; "
            "--unit s, ms or ns says what they are."
        )


def whole(path: Path, name: str, array: NDArray[Any]) -> NDArray[np.int64]:
    """Return whole numbers, which floats and switches may hold as well.

    Raises
    ------
    InputError
        If they are no numbers or not whole.
    """
    if array.dtype.kind not in "iubf":
        raise InputError(f"{path}: expected whole numbers in {name}, not {array.dtype}.")
    if array.dtype.kind == "f" and not (np.abs(array.astype(np.float64)) < 2**53).all():
        raise InputError(f"{path}: expected whole numbers in {name}, but there is a NaN or inf.")
    if array.dtype.kind == "f" and (array != np.floor(array)).any():
        raise InputError(f"{path}: expected whole numbers in {name}, but there are fractions.")
    if array.dtype.kind == "u" and array.size and array.max() > _LONGEST_NS:
        raise InputError(f"{path}: expected at most {_LONGEST_NS} in {name}, not {array.max()}.")
    return array.astype(np.int64)
