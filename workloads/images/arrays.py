"""Labelled images in an .npz file, under the names that Keras, MedMNIST and others give them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.workloads.images.checks import check_grey, check_numbers

__all__ = ["read_image_arrays"]

_WHOLE = (("x", "y"), ("images", "labels"), ("images", "target"), ("data", "target"),
          ("data", "labels"))  # fmt: skip
_PARTS = {
    part: ((f"x_{part}", f"y_{part}"), (f"{part}_x", f"{part}_y"),
           (f"{part}_images", f"{part}_labels"))
    for part in ("test", "train")
}  # fmt: skip
"""Names of images and labels: of a whole set, and of one part of it."""

COLOURS = 3
"""Channels of a colour image."""

_LARGEST = (1 << 53) - 1
"""Largest label that every type of number holds exactly."""


def read_image_arrays(
    path: Path, split: str, *, colours: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read images and labels.

    Parameters
    ----------
    path : path
    split : {"test", "train"}
    colours : bool
        Take images of three channels, too.

    Returns
    -------
    x : uint8 (n, h, w), or (n, h, w, 3)
    y : int64 (n,)

    Raises
    ------
    InputError
        If the arrays are missing, damaged or out of range.
    """
    arrays = load_npz(path)
    names = {name.lower(): name for name in arrays}
    found = _pair(names, (*_PARTS[split], *_WHOLE))
    if found is None:
        raise InputError(f"{path}: {_missing(names, split)}")
    images, labels = (names[name] for name in found)
    whole = _grey_channel(path, images, arrays[images], colours=colours)
    rest = _pair(names, _PARTS["train" if split == "test" else "test"])
    brightest = _largest(arrays[names[rest[0]]]) if found in _PARTS[split] and rest else 0.0
    x = _checked_images(path, images, whole, brightest)
    y = _checked_labels(path, labels, arrays[labels], images, len(x))
    if "split" in names and found in _WHOLE:
        marks = _whole_numbers(path, "split", arrays[names["split"]], images, len(x))
        chosen = marks == (1 if split == "test" else 0)
        x, y = x[chosen], y[chosen]
    return x, y


def _pair(names: dict[str, str], pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first pair of images and labels of which there are both."""
    return next((pair for pair in pairs if pair[0] in names and pair[1] in names), None)


def _missing(names: dict[str, str], split: str) -> str:
    """Return what is said where there is no pair of images and labels."""
    for images, labels in (*_PARTS[split], *_WHOLE):
        if (images in names) != (labels in names):
            lacks = labels if images in names else images
            return (
                f"expected the arrays {images} (images) and {labels} (labels), but there is no "
                f"{lacks}."
            )
    other = "train" if split == "test" else "test"
    if _pair(names, _PARTS[other]):
        return f"expected images and labels of the {split} split, but there are only the {other}'s."
    return (
        "expected the arrays x and y, x_test and y_test, or test_images and test_labels, but the "
        f"names are {', '.join(names.values()) or 'none'}."
    )


def _largest(x: NDArray[Any]) -> float:
    """Return the largest value of the part of a set that is not read; 0 if it has none."""
    return float(x.max()) if x.size and x.dtype.kind in "iuf" else 0.0


def _grey_channel(path: Path, name: str, x: NDArray[Any], *, colours: bool) -> NDArray[Any]:
    """Drop the axis of one grey channel, last (NHWC) or second (NCHW); put three colours last."""
    if x.ndim != 4 or (colours and x.shape[3] == COLOURS):
        return x
    if colours and x.shape[1] == COLOURS:
        return x.transpose(0, 2, 3, 1)
    if x.shape[3] == 1:
        return x[:, :, :, 0]
    if x.shape[1] == 1:
        return x[:, 0]
    raise InputError(
        f"{path}: expected {name} to have one grey channel, (n, h, w, 1) or (n, 1, h, w), not the "
        f"shape {x.shape}; the mean over the channels makes colours grey."
    )


def _checked_images(path: Path, name: str, x: NDArray[Any], brightest: float) -> NDArray[np.uint8]:
    """Return images as uint8 (n, h, w)."""
    if x.ndim == 2:
        side = int(np.sqrt(x.shape[1]))
        if side * side != x.shape[1]:
            raise InputError(
                f"{path}: expected {name} (n, h*h) to hold square images, "
                f"but {x.shape[1]} is not a square number."
            )
        x = x.reshape(len(x), side, side)
    colours = x.ndim == 4 and x.shape[3] == COLOURS  # others have been refused
    if not (x.ndim == 3 or colours) or 0 in x.shape[1:]:
        raise InputError(f"{path}: expected {name} to have the shape (n, h, w), not {x.shape}.")
    if x.dtype.kind == "b":
        x = x.astype(np.uint8)
    check_numbers(path, name, x)
    check_grey(path, x, name, brightest)
    if x.dtype.kind == "f":
        x = np.floor(x + 0.5)
    return x.astype(np.uint8)


def _checked_labels(
    path: Path, name: str, y: NDArray[Any], images: str, n: int
) -> NDArray[np.int64]:
    """Return labels as int64 (n,); a column (n, 1) and one-hot rows (n, classes) are labels too."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    elif y.ndim == 2 and len(y) == n and y.size:
        if y.dtype.kind == "b":
            y = y.astype(np.uint8)
        check_numbers(path, name, y)
        ones = (y == 1).sum(axis=1)
        if not ((y == 0) | (y == 1)).all() or (ones != 1).any():
            raise InputError(
                f"{path}: expected one label per image in {name}, (n,), (n, 1) or rows with a "
                f"single 1, but an image of the {n} has none or several."
            )
        y = y.argmax(axis=1)
    return _whole_numbers(path, name, y, images, n)


def _whole_numbers(path: Path, key: str, y: NDArray[Any], images: str, n: int) -> NDArray[np.int64]:
    """Return labels, or marks of a split, as int64 (n,)."""
    if y.ndim != 1:
        raise InputError(f"{path}: expected {key} to have the shape (n,), not {y.shape}.")
    if key == "split" and y.dtype.kind == "b":
        y = y.astype(np.uint8)
    check_numbers(path, key, y)
    if y.dtype.kind == "f":  # a half float holds no large number to compare with
        y = y.astype(np.float64)
    if len(y) != n:
        raise InputError(
            f"{path}: expected one entry of {key} per image, but {images} has {n} and {key} has "
            f"{len(y)}."
        )
    if (y < 0).any() or (y != np.floor(y)).any() or (y > _LARGEST).any():
        raise InputError(f"{path}: expected whole numbers from 0 in {key}.")
    return y.astype(np.int64)
