"""Numbers and words inside files, beside the arrays: read as what they must be, or refused.

What a file says about itself comes as a Python value, a NumPy scalar or an array, of any type: a
word where a number is expected, a fraction, a NaN. All readers take it from here.
"""

import math
from typing import Any

import numpy as np

from goldspike.model.errors import InputError

__all__ = ["MOST_SIDE", "read_number", "read_whole", "read_wholes", "read_word"]

MOST_SIDE = 1 << 15
"""Largest side of an image or a sensor, in pixels."""


def read_number(
    where: object, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> float:
    """Return a number of a file.

    Parameters
    ----------
    where : path
        The file, for the sentence.
    name : str
        What the number is called there.
    value : object
        What the file holds.
    low, high : float
        The range that it must lie in.

    Raises
    ------
    InputError
        If it is no single, finite number, or out of its range.
    """
    found = _single(value)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise InputError(f"{_begin(where)}expected a finite number in {name}, not {_shown(value)}.")
    if not low <= found <= high:
        raise InputError(f"{_begin(where)}expected {low:g}..{high:g} in {name}, not {found!r}.")
    return float(found)


def read_whole(where: object, name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number of a file; a float without a fraction is one.

    Raises
    ------
    InputError
        If it is no single whole number in ``low..high``.
    """
    found = _single(value)
    whole = isinstance(found, int) or (isinstance(found, float) and found.is_integer())
    if isinstance(found, bool) or not whole:
        raise InputError(f"{_begin(where)}expected a whole number in {name}, not {_shown(value)}.")
    if not low <= found <= high:
        raise InputError(f"{_begin(where)}expected {low}..{high} in {name}, not {found!r}.")
    return int(found)


def read_word(where: object, name: str, value: Any) -> str:
    """Return a word of a file.

    Raises
    ------
    InputError
        If it is no single text.
    """
    found = _single(value)
    if isinstance(found, bytes):
        found = found.decode("utf-8", "replace")
    if not isinstance(found, str):
        raise InputError(f"{_begin(where)}expected a text in {name}, not {_shown(value)}.")
    return found


def read_wholes(where: object, name: str, value: Any, low: int, high: int) -> tuple[int, ...]:
    """Return one whole number of a file or a row of them; switches are 0 and 1.

    Raises
    ------
    InputError
        If it is something else.
    """
    found = np.asarray(value)
    if found.ndim > 1 or found.dtype.kind not in "iufb" or not found.size:
        raise InputError(
            f"{_begin(where)}expected a whole number or a row of them in {name}, not "
            f"{_shown(value)}."
        )
    numbers = found.ravel().tolist()
    return tuple(read_whole(where, name, int(n) if n in (0, 1) else n, low, high) for n in numbers)


def _begin(where: object) -> str:
    """Return the beginning of a sentence about a file, if it is known."""
    return f"{where}: " if where else ""


def _single(value: Any) -> Any:
    """Return a value without an array around it, if it is a single one."""
    if isinstance(value, np.ndarray | np.generic):
        return value.item() if np.ndim(value) == 0 else value
    return value


def _shown(value: Any) -> str:
    """Return a value as a sentence names it."""
    found = _single(value)
    if isinstance(found, np.ndarray):
        return f"an array of the shape {found.shape}"
    return repr(found) if isinstance(found, str | bytes | int | float) else type(found).__name__
