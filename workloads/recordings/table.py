"""Tables of events as text: commas, semicolons, tabs or blanks, with or without a header.

Decimal commas are read where commas do not separate. Lines that begin with ``#`` or ``%`` are
comments; one that names all columns is a header, as v2e writes it. In a table separated by blanks,
the form of v2e, RPG's data sets and evlib, times with a decimal point are seconds.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException, InvalidOperation
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.reading import read_bytes
from goldspike.workloads.recordings.columns import (
    Column,
    asked_columns,
    check_columns,
    check_unit,
    from_columns,
    known_column,
)
from goldspike.workloads.recordings.events import UNITS, Events

__all__ = ["read_table"]

_COMMENTS = ("#", "%", "//")
_MARK = re.compile(r"^(#|%|//|\s|!)*((format|columns|fields)\s*:)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")
_BRACKETS = re.compile(r"\([^)]*\)")
_SWITCHES = {"true": 1, "false": 0, "on": 1, "off": 0}
_LONGEST_NS = (1 << 63) - 1
_DIGITS = 20
"""Numbers with more digits before the point are times of no recording."""


@dataclass(frozen=True)
class Line:
    """A line of the table, with its number in the file, counted from 1."""

    number: int
    text: str


def read_table(path: Path, unit: str | None = None, columns: str | None = None) -> Events:
    """Read a table of events.

    Parameters
    ----------
    path : path
    unit : str, optional
        Of times whose column does not name it.
    columns : str, optional
        The columns' names in order, separated by commas, for a table without a header.

    Raises
    ------
    InputError
        If the columns are not known or a line is not like the others; the sentence names it.
    """
    lines, comments = _lines(path)
    if not lines:
        raise InputError(
            f"{path}: expected a header such as t_us,address, but the file is empty."
            if not comments else f"{path}: expected at least one event."
        )  # fmt: skip
    separator = _separator(lines[0].text)
    decimal_comma = separator != ","
    sensor, lines = _sensor(lines, separator)
    found, lines = _header(path, lines, comments, separator, columns)
    check_columns(path, [column for column in found if column])
    place = next(k for k, column in enumerate(found) if column and column.meaning == "t")
    said = next(column for column in found if column and column.meaning == "t")
    if unit is not None and said.unit is not None and unit != said.unit:
        raise InputError(
            f"{path}: the times are in {said.unit}, as {said.name.strip()} says, not in {unit}."
        )
    cells = list(_cells(path, lines, separator, found))
    texts = [row[place].replace(",", ".") if decimal_comma else row[place] for row in cells]
    named = said.unit or unit
    if named is None and separator is None and any("." in text for text in texts):
        named = "s"
    times = _times(path, lines, texts, UNITS[named or "us"])
    if named is None:
        check_unit(path, times / UNITS["us"])
    held: dict[str, tuple[Column, NDArray[np.int64]]] = {
        "t": (Column(said.name, "t", unit="ns"), times)
    }
    for k, column in enumerate(found):
        if column is not None and k != place:
            numbers = [
                _whole(path, line, row[k], column.name, decimal_comma)
                for line, row in zip(lines, cells, strict=True)
            ]
            held[column.meaning] = column, np.array(numbers, np.int64)
    return from_columns(path, held, None, sensor)


def _lines(path: Path) -> tuple[list[Line], list[str]]:
    """Return the lines that hold something, and the comments before the first of them."""
    raw = read_bytes(path, "an event file", times=8)
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # Excel's "Unicode text"
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # a micro sign, as older spreadsheets write it
    if _CONTROL.search(text):
        raise InputError(f"{path}: expected a table of events, but it is not text.")
    lines: list[Line] = []
    comments: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith(_COMMENTS):
            if not lines:
                comments.append(stripped)
        elif stripped:
            lines.append(Line(number, line))
    return lines, comments


def _separator(line: str) -> str | None:
    """Return what separates the columns; None for blanks."""
    return next((mark for mark in ";\t|," if mark in line), None)


def _split(text: str, separator: str | None) -> list[str]:
    """Return the cells of a line."""
    if separator is None:
        return text.split()
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=separator, strict=True))]
    except csv.Error:
        return [text]


def _sensor(lines: list[Line], separator: str | None) -> tuple[tuple[int, int] | None, list[Line]]:
    """Take the sensor's size off the table, which E2VID writes as a first line of two numbers."""
    first = _split(lines[0].text, separator)
    wider = len(lines) > 1 and len(_split(lines[1].text, separator)) > 2
    if len(first) == 2 and wider and all(cell.isdecimal() for cell in first):
        return (int(first[0]), int(first[1])), lines[1:]
    return None, lines


def _header(
    path: Path,
    lines: list[Line],
    comments: list[str],
    separator: str | None,
    asked: str | None,
) -> tuple[list[Column | None], list[Line]]:
    """Return the columns, and the lines below the header."""
    first = _split(lines[0].text, separator)
    numbers = all(_is_number(cell) for cell in first)
    if asked is not None:
        columns = asked_columns(asked)
        if not numbers:
            _check_agrees(path, columns, [known_column(name) for name in first])
        return columns, lines if numbers else lines[1:]
    if not numbers:
        return _named(path, first), lines[1:]
    for comment in reversed(comments):
        columns = _from_comment(comment)
        if columns is not None and len(columns) == len(first):
            return columns, lines
    raise InputError(
        f"{path}: expected a header such as t,x,y,p, but the first line is "
        f"{lines[0].text.strip()!r}; --columns x,y,p,t (in the order of the table) says what they "
        "are."
    )


def _check_agrees(path: Path, asked: list[Column | None], header: list[Column | None]) -> None:
    """Refuse ``--columns`` that contradicts a header."""
    if not all(header) or len(header) != len(asked):
        return
    for column, stands in zip(asked, header, strict=True):
        if column and stands and column.meaning != stands.meaning:
            raise InputError(
                f"{path}: the header names the columns {', '.join(c.name for c in header if c)}; "
                "--columns cannot name them otherwise."
            )


def _named(path: Path, names: list[str]) -> list[Column | None]:
    """Return the columns of a header; one without a name is passed over, as pandas' index is."""
    columns = [known_column(name) for name in names]
    for k, name in enumerate(names):
        if columns[k] is None and name and not re.fullmatch(r"unnamed: \d+", name.lower()):
            raise InputError(
                f"{path}: expected a header such as t,address or t,x,y,p, not {','.join(names)}; "
                "--columns t,x,y,p (in the order of the table, - for what is not wanted) names "
                "the columns instead."
            )
    return columns


def _from_comment(comment: str) -> list[Column | None] | None:
    """Return the columns that a comment names, or None."""
    text = _BRACKETS.sub("", _MARK.sub("", comment)).strip()
    if "," in text:  # "time, x, y, polarity as specified at ..."
        text = " ".join(part.split()[0] for part in text.split(",") if part.split())
    names = text.split()
    columns = [known_column(name) for name in names]
    return columns if columns and all(columns) else None


def _is_number(cell: str) -> bool:
    """Say whether a cell of the first line is data rather than a name."""
    if cell.lower() in ("true", "false"):
        return True
    try:
        Decimal(cell.replace(",", "."))
    except InvalidOperation:
        return False
    return True


def _cells(
    path: Path, lines: list[Line], separator: str | None, columns: list[Column | None]
) -> Iterator[list[str]]:
    """Yield the cells of every line, which must be as many as there are columns."""
    for line in lines:
        row = _split(line.text, separator)
        if len(row) != len(columns):
            raise _wrong(path, line, columns)
        yield row


def _wrong(path: Path, line: Line, columns: list[Column | None]) -> InputError:
    names = ", ".join(column.name.strip() if column else "-" for column in columns)
    return InputError(
        f"{path}: expected {names} in line {line.number}, all but the time whole numbers, not "
        f"{line.text.strip()!r}."
    )


def _times(path: Path, lines: list[Line], texts: list[str], unit_ns: int) -> NDArray[np.int64]:
    """Return times as whole nanoseconds, exactly."""
    times = np.empty(len(texts), np.int64)
    for k, text in enumerate(texts):
        if not _is_number(text):
            raise InputError(
                f"{path}: expected a number as the time in line {lines[k].number}, not "
                f"{lines[k].text.strip()!r}."
            )
        try:
            value = _decimal(text)
            if value.is_finite() and value.adjusted() > _DIGITS:
                raise OverflowError  # before all its digits are written out
            found = int((value * unit_ns).to_integral_value())
            if abs(found) > _LONGEST_NS:
                raise OverflowError
        except (ValueError, DecimalException, OverflowError):
            raise InputError(
                f"{path}: expected a time within 292 years of zero in line {lines[k].number}, not "
                f"{lines[k].text.strip()!r}."
            ) from None
        times[k] = found
    return times


def _decimal(text: str) -> Decimal:
    """Return a number; Python would take an underscore between digits, too."""
    return Decimal(text if "_" not in text else "")


def _whole(path: Path, line: Line, cell: str, name: str, decimal_comma: bool) -> int:
    """Return a whole number, which may be written 3.0 or, for polarities, True."""
    if cell.isdecimal() and len(cell) < _DIGITS:
        return int(cell)
    switch = _SWITCHES.get(cell.strip("\"'").lower())
    if switch is not None:
        return switch
    try:
        found = _decimal(cell.replace(",", ".") if decimal_comma else cell)
        if abs(found) > _LONGEST_NS or found != found.to_integral_value():
            raise InvalidOperation
    except DecimalException:
        raise InputError(
            f"{path}: expected a whole number of {name.strip()} in line {line.number}, all but the "
            f"time whole numbers, not {line.text.strip()!r}."
        ) from None
    return int(found)
