"""Events as NumPy arrays: a column an array, or one structured array, in .npz and .npy files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import DAMAGE, load_npz
from goldspike.model.reading import open_file
from goldspike.workloads.recordings.columns import (
    Column,
    asked_columns,
    from_columns,
    known_column,
)
from goldspike.workloads.recordings.events import UNITS, Events

__all__ = ["read_npy", "read_npz", "structured"]


def read_npz(path: Path, unit: str | None = None, columns: str | None = None) -> Events:
    """Read an .npz file: arrays named like columns, or one structured array under any name.

    ``unit`` (a string), ``width`` and ``height`` are taken from it where they are there.

    Raises
    ------
    InputError
        If the arrays are not known.
    """
    arrays = load_npz(path)
    unit = _unit(path, arrays, unit)
    sensor = _sensor(path, arrays)
    tables = [name for name, array in arrays.items() if array.dtype.names or array.ndim == 2]
    if len(tables) == 1 and not any(known_column(name) for name in arrays):
        return structured(path, arrays[tables[0]], unit, columns, sensor)
    if columns is not None:
        return from_columns(path, _asked(path, arrays, columns), unit, sensor)
    found: dict[str, tuple[Column, NDArray[Any]]] = {}
    times = []
    for name, array in arrays.items():
        column = known_column(name)
        if column is None:
            continue
        if column.meaning == "t":
            times.append(name)
        elif column.meaning in found:
            raise InputError(
                f"{path}: expected one column of {column.meaning}, but there are "
                f"{found[column.meaning][0].name} and {name}."
            )
        found[column.meaning] = column, array
    if len(times) != 1:
        raise InputError(
            f"{path}: expected one column of times, t or t_us (s, ms, us, ns), but the names are "
            f"{', '.join(arrays)}; --columns x,y,p,t (in their order) says what they are."
        )
    return from_columns(path, found, unit, sensor)


def _asked(
    path: Path, arrays: dict[str, NDArray[Any]], columns: str
) -> dict[str, tuple[Column, NDArray[Any]]]:
    """Return arrays of other names, one a column, as the user names them in their order."""
    asked = asked_columns(columns)
    if len(asked) != len(arrays) or any(known_column(name) for name in arrays):
        raise InputError(
            f"{path}: --columns names {len(asked)} columns without names of their own, but the "
            f"arrays are {', '.join(arrays)}."
        )
    pairs = zip(asked, arrays.values(), strict=True)
    return {column.meaning: (column, array) for column, array in pairs if column}


def read_npy(path: Path, unit: str | None = None, columns: str | None = None) -> Events:
    """Read an .npy file with a structured array, or a table (events, columns) with `columns`."""
    with open_file(path, "an .npy file") as stream:
        try:
            array = np.lib.format.read_array(stream, allow_pickle=False)
        except DAMAGE as error:
            what = "holds pickled Python objects, which are never loaded"
            said = what if "allow_pickle" in str(error) else "is damaged"
            raise InputError(f"{path}: expected an array of events, but it {said}.") from None
    return structured(path, array, unit, columns)


def structured(
    path: Path,
    array: NDArray[Any],
    unit: str | None,
    columns: str | None,
    sensor: tuple[int, int] | None = None,
) -> Events:
    """Return the events of one table: a structured array, or a plain one with named columns.

    Raises
    ------
    InputError
        If the fields are not known, or a plain table has no names.
    """
    names = array.dtype.names
    if names is None:
        if array.ndim != 2:
            raise InputError(
                f"{path}: expected an array with the fields t, x, y, p, or a table of the shape "
                f"(events, columns), not {array.shape}."
            )
        if columns is None:
            raise InputError(
                f"{path}: expected an array with the fields t, x, y, p, but its columns have no "
                "names; --columns x,y,p,t (in the order of the table) says what they are."
            )
        asked = asked_columns(columns)
        if len(asked) != array.shape[1]:
            raise InputError(
                f"{path}: --columns names {len(asked)} columns, but the table has {array.shape[1]}."
            )
        chosen = {c.meaning: (c, array[:, k]) for k, c in enumerate(asked) if c is not None}
        return from_columns(path, chosen, unit, sensor)
    if columns is not None:
        raise InputError(
            f"{path}: the array names its columns {', '.join(names)}; --columns is for tables "
            "without names."
        )
    array = array.ravel()
    known = [(known_column(name), name) for name in names]
    found = {column.meaning: (column, array[name]) for column, name in known if column}
    if len(found) < sum(column is not None for column, _ in known) or "t" not in found:
        raise InputError(
            f"{path}: expected an array with the fields t, x, y, p, but its fields are "
            f"{', '.join(names)}."
        )
    return from_columns(path, found, unit, sensor)


def _unit(path: Path, arrays: dict[str, NDArray[Any]], unit: str | None) -> str | None:
    """Return the unit of the times that an array ``unit`` or the user gives."""
    if "unit" not in arrays or arrays["unit"].dtype.kind not in "US" or arrays["unit"].size != 1:
        return unit
    value = arrays["unit"].ravel()[0]
    said = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    if said not in UNITS:
        raise InputError(f"{path}: expected unit to be {', '.join(UNITS)}, not {said!r}.")
    if unit is not None and unit != said:
        raise InputError(f"{path}: the times are in {said}, as unit says, not in {unit}.")
    return said


def _sensor(path: Path, arrays: dict[str, NDArray[Any]]) -> tuple[int, int] | None:
    """Return the sensor's size, where the file tells it."""
    if not {"width", "height"} <= arrays.keys():
        return None
    size = [arrays[name] for name in ("width", "height")]
    if any(a.size != 1 or a.dtype.kind not in "iu" for a in size):
        raise InputError(f"{path}: expected one whole number each in width and height.")
    return int(size[0].ravel()[0]), int(size[1].ravel()[0])
