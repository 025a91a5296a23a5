"""Labelled grey images: reading the standard formats, and scaling them for a chip.

Ref: the IDX format is described with the MNIST database (LeCun, Cortes, Burges).
"""

import gzip
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.paths import ROOT

__all__ = ["Dataset", "Split", "digits", "load_dataset", "prepare"]

Split = Literal["test", "train"]

DIGITS = ROOT / "data" / "digits.npz"

_PREFIXES = {"test": ("t10k", "test"), "train": ("train",)}
_KINDS = {"images": 3, "labels": 1}  # dimensions of each kind of IDX file
_UBYTE = 0x08  # IDX code of unsigned bytes
_CHUNK = 4096  # images scaled at once, to bound the memory


@dataclass(frozen=True, eq=False)
class Dataset:
    """Grey images with their labels.

    Parameters
    ----------
    x : uint8 array (n, h, w)
        Grey levels, 0 (background) to 255.
    y : int64 array (n,)
        Class of each image, 0 or more.
    name : str
        Where they came from, for reports.
    """

    x: NDArray[np.uint8]
    y: NDArray[np.int64]
    name: str

    def __len__(self) -> int:
        return len(self.y)


def load_dataset(path: str | os.PathLike[str], split: Split = "test") -> Dataset:
    """Read a data set from a folder of IDX files or from an .npz file.

    Parameters
    ----------
    path : path
        Either a folder with MNIST-style ``<prefix>-images-idx3-ubyte`` and
        ``<prefix>-labels-idx1-ubyte`` (``.gz`` or not; prefix ``t10k`` or ``test``
        for the test split, ``train`` for the other), or an .npz file with ``x``
        (n, h, w), or (n, h*h) for square images, of grey levels 0..255, and ``y`` (n,).
    split : {"test", "train"}
        Which part to read.  An .npz file is taken whole unless it has an array
        ``split`` (n,) that marks its test images by 1 and the others by 0.

    Returns
    -------
    Dataset
        At least one image.

    Raises
    ------
    InputError
        If anything is missing, damaged or out of range; the sentence names the file.
    """
    if split not in _PREFIXES:
        raise InputError(f"The split must be 'test' or 'train', not {split!r}.")
    path = Path(path)
    if path.is_dir():
        x, y = _read_idx_pair(path, split)
    else:
        x, y = _read_arrays(path, split)
    if len(x) == 0:
        raise InputError(f"{path}: expected at least one image in the {split} split.")
    return Dataset(x, y, path.name or str(path))


def digits(split: Split = "test") -> Dataset:
    """Read the 8x8 digits that ship with the project (data/README.md).

    Parameters
    ----------
    split : {"test", "train"}
        539 test or 1,258 training images.
    """
    return load_dataset(DIGITS, split)


def prepare(x: NDArray[np.uint8], size: int = 16) -> NDArray[np.uint8]:
    """Scale square images to the inputs of a chip.

    Each output pixel is the exact mean of the input over its area, computed in whole
    numbers and rounded half up.  Images that are smaller by a whole factor are thereby
    repeated (nearest neighbour).

    Parameters
    ----------
    x : uint8 array (n, h, h)
        Grey levels.
    size : int
        Side of the result in pixels.

    Returns
    -------
    uint8 array (n, size * size)
        Row by row.

    Raises
    ------
    InputError
        If the images are not square.
    """
    n, height, width = x.shape
    if height != width or height == 0:
        raise InputError(f"Expected square images, not {height} x {width} pixels.")
    if height != size:
        parts = [_average(x[i : i + _CHUNK], size) for i in range(0, n, _CHUNK)]
        x = np.concatenate(parts) if parts else np.zeros((0, size, size), np.uint8)
    return x.reshape(n, size * size)


def _average(x: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Average square images to ``size`` pixels a side."""
    side = x.shape[1]
    # In units of 1/size of an input pixel, output pixel i covers [i*side, (i+1)*side)
    # and input pixel k covers [k*size, (k+1)*size); every overlap is a whole number.
    i = np.arange(size)[:, None]
    k = np.arange(side)[None, :]
    overlap = np.minimum((i + 1) * side, (k + 1) * size) - np.maximum(i * side, k * size)
    overlap = np.maximum(overlap, 0)
    # Float products of whole numbers below 2**53 are exact, and far faster than int64's.
    weight = overlap.astype(np.float64)
    total = (weight @ x.astype(np.float64) @ weight.T).astype(np.int64)
    area = side * side
    return ((2 * total + area) // (2 * area)).astype(np.uint8)


def _read_idx_pair(folder: Path, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read images and labels of one split."""
    images = _find(folder, split, "images")
    labels = _find(folder, split, "labels")
    x = _read_idx(images, _KINDS["images"])
    y = _read_idx(labels, _KINDS["labels"])
    if len(x) != len(y):
        raise InputError(
            f"{folder}: expected one label per image, but {images.name} has {len(x)} images "
            f"and {labels.name} has {len(y)} labels."
        )
    if 0 in x.shape[1:]:
        raise InputError(f"{images}: expected images of at least 1 x 1 pixel.")
    return x, y.astype(np.int64)


def _find(folder: Path, split: Split, kind: str) -> Path:
    """Return the IDX file of a split, compressed or not, with either separator."""
    names = [
        f"{prefix}-{kind}{separator}idx{_KINDS[kind]}-ubyte{suffix}"
        for prefix in _PREFIXES[split]
        for separator in "-."
        for suffix in ("", ".gz")
    ]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder}: expected a file {names[0]} or {names[1]} in this folder.")


def _read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError(f"{path}: expected an intact gzip file, but it is damaged.") from None
    except OSError as error:
        raise InputError(f"{path}: expected a readable file ({error.strerror}).") from None
    header = 4 + 4 * dimensions
    if len(raw) < 4 or raw[:3] != bytes((0, 0, _UBYTE)):
        raise InputError(f"{path}: expected an IDX file of unsigned bytes (magic 00 00 08).")
    if raw[3] != dimensions:
        raise InputError(f"{path}: expected {dimensions} dimensions, but the header says {raw[3]}.")
    if len(raw) < header:
        raise InputError(f"{path}: expected a header of {header} bytes, but it is cut short.")
    shape = [int.from_bytes(raw[at : at + 4], "big") for at in range(4, header, 4)]
    size = 1
    for length in shape:  # in Python's integers, as the product may not fit in 64 bits
        size *= length
    if len(raw) - header != size:
        raise InputError(
            f"{path}: expected {size} bytes of data after the header, not {len(raw) - header}."
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _read_arrays(path: Path, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read images and labels from an .npz file."""
    arrays = load_npz(path)
    for key in ("x", "y"):
        if key not in arrays:
            raise InputError(
                f"{path}: expected the arrays x (images) and y (labels), but there is no {key}."
            )
    x = _checked_images(path, arrays["x"])
    y = _checked_labels(path, "y", arrays["y"], len(x))
    if "split" in arrays:
        marks = _checked_labels(path, "split", arrays["split"], len(x))
        chosen = marks == (1 if split == "test" else 0)
        x, y = x[chosen], y[chosen]
    return x, y


def _checked_images(path: Path, x: NDArray[Any]) -> NDArray[np.uint8]:
    """Return images as uint8 (n, h, w)."""
    if x.ndim == 2:
        side = int(np.sqrt(x.shape[1]))
        if side * side != x.shape[1]:
            raise InputError(
                f"{path}: expected x (n, h*h) to hold square images, "
                f"but {x.shape[1]} is not a square number."
            )
        x = x.reshape(len(x), side, side)
    if x.ndim != 3 or 0 in x.shape[1:]:
        raise InputError(f"{path}: expected x to have the shape (n, h, w), not {x.shape}.")
    _check_numbers(path, "x", x)
    if x.size and (x.min() < 0 or x.max() > 255):
        raise InputError(
            f"{path}: expected grey levels 0..255 in x, but they span {x.min()}..{x.max()}."
        )
    if x.dtype.kind == "f":
        if x.size and 0 < x.max() <= 1:
            raise InputError(
                f"{path}: expected grey levels 0..255 in x, but they span {x.min()}..{x.max()}; "
                "multiply them by 255."
            )
        x = np.floor(x + 0.5)
    return x.astype(np.uint8)


def _checked_labels(path: Path, key: str, y: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Return labels, or marks of a split, as int64 (n,)."""
    if y.ndim != 1:
        raise InputError(f"{path}: expected {key} to have the shape (n,), not {y.shape}.")
    _check_numbers(path, key, y)
    if len(y) != n:
        raise InputError(
            f"{path}: expected one entry of {key} per image, but x has {n} and {key} has {len(y)}."
        )
    if (y < 0).any() or (y != np.floor(y)).any():
        raise InputError(f"{path}: expected whole numbers from 0 in {key}.")
    return y.astype(np.int64)


def _check_numbers(path: Path, key: str, values: NDArray[Any]) -> None:
    """Refuse anything but finite integers and floats."""
    if values.dtype.kind not in "iuf":
        raise InputError(
            f"{path}: expected integers or floats in {key}, not the type {values.dtype}."
        )
    if not np.isfinite(values).all():
        raise InputError(f"{path}: expected finite numbers in {key}, but there is a NaN or inf.")
