"""What readers of labelled images refuse alike, whatever the format."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError

__all__ = ["check_grey", "check_numbers"]

_HALF = 127
"""A set whose brightest pixel is no brighter counts on another scale than 0..255."""


def check_grey(path: Path, x: NDArray[Any], name: str, brightest: float = 0.0) -> None:
    """Refuse images that do not use the scale of grey levels 0..255.

    Parameters
    ----------
    path : path
        Where they come from, for the sentence.
    x : array of numbers
        All images of a set: a single one may well be dark, a whole set is not.
    name : str
        Of the array, for the sentence.
    brightest : float
        Largest grey level of the part of the set that is not in `x`.

    Raises
    ------
    InputError
        If they leave 0..255, or none is brighter than half of it; the sentence names the factor
        that puts it right. Images that are black throughout pass.
    """
    if x.size == 0:
        return
    low, high = x.min(), x.max()
    span = f"{path}: expected grey levels 0..255 in {name}, but they span {low}..{high}"
    if low < 0:
        way = "; add 1 and multiply them by 127.5" if low == -1 and 0 < high <= 1 else ""
        way = "; add 128" if low >= -128 and 1 < high <= 127 else way
        raise InputError(f"{span}{way}.")
    if high > 255:
        scale = (1 << int(high).bit_length()) - 1  # 10, 12 or 16 bits
        way = f"; multiply them by 255/{scale}" if high >= 512 else ""
        raise InputError(f"{span}{way}.")
    if 0 < high <= _HALF and brightest <= _HALF:
        factor = "255" if high <= 1 else f"255/{high:g}"
        raise InputError(f"{span}; multiply them by {factor}.")


def check_numbers(path: Path, key: str, values: NDArray[Any]) -> None:
    """Refuse anything but finite integers and floats."""
    if values.dtype.kind in "US":
        raise InputError(f"{path}: expected numbers in {key}, not text.")
    if values.dtype.kind not in "iuf":
        raise InputError(
            f"{path}: expected integers or floats in {key}, not the type {values.dtype}."
        )
    if not np.isfinite(values).all():
        raise InputError(f"{path}: expected finite numbers in {key}, but there is a NaN or inf.")
