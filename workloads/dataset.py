"""Labelled grey images: data sets in the common formats, and scaling them for a chip."""

import math
import os
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.limits import require_room, room
from goldspike.model.paths import ROOT, user_path
from goldspike.workloads.images.arrays import read_image_arrays
from goldspike.workloads.images.idx import is_idx_name, is_prefix, read_idx_pair

__all__ = [
    "Dataset",
    "Split",
    "check_labels",
    "digits",
    "load_dataset",
    "network_inputs",
    "prepare",
]

Split = Literal["test", "train"]

DIGITS = ROOT / "data" / "digits.npz"

SPLITS = ("test", "train")
_CHUNK = 1024  # images scaled at once, to bound the memory
_IN_MEMORY = 32
"""Bytes per pixel while an image is scaled."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels.

    Parameters
    ----------
    x : uint8 array (n, h, w), or (n, h, w, 3)
        Grey levels, 0 (background) to 255; of three colours only where they were asked for.
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


def load_dataset(
    path: str | os.PathLike[str], split: Split = "test", *, colours: bool = False
) -> Dataset:
    """Read a data set from a folder of IDX files or from an .npz file.

    Parameters
    ----------
    path : path
        A folder with MNIST-style ``<prefix>-images-idx3-ubyte`` and
        ``<prefix>-labels-idx1-ubyte`` (packed by gzip or not; prefix ``t10k`` or ``test`` for the
        test split, ``train`` for the other, the name of a set before it as in EMNIST), or an .npz
        file.  That holds ``x`` (n, h, w), or (n, h*h) for square images, with or without one grey
        channel, of grey levels 0..255, and ``y`` (n,), (n, 1) or one-hot (n, classes); or
        ``x_test``, ``y_test``, ``x_train``, ``y_train`` as Keras names them, or ``test_images``,
        ``test_labels`` and so on as MedMNIST does.  ``~`` is the home folder.
    split : {"test", "train"}
        Which part to read.  An .npz file with ``x`` and ``y`` is taken whole unless it has an
        array ``split`` (n,) that marks its test images by 1 and the others by 0.
    colours : bool
        Take images of three channels, too: ``x`` (n, h, w, 3) or (n, 3, h, w).

    Returns
    -------
    Dataset
        At least one image.

    Raises
    ------
    InputError
        If anything is missing, damaged or out of range; the sentence names the file.
    """
    if split not in SPLITS:
        raise InputError(f"The split must be 'test' or 'train', not {split!r}.")
    path = user_path(path)
    if os.path.isdir(path):
        x, y = read_idx_pair(path, split)
    elif is_idx_name(path.name):
        raise InputError(f"{path}: expected the folder that holds this IDX file and its labels.")
    elif is_prefix(path):
        x, y = read_idx_pair(path.parent, split, path.name)
    else:
        x, y = read_image_arrays(path, split, colours=colours)
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


def check_labels(data: Dataset, classes: int) -> None:
    """Refuse a data set with labels that no class of the network answers.

    Raises
    ------
    InputError
        If a label is not below `classes`.
    """
    if data.y.max() >= classes:
        raise InputError(
            f"{data.name}: labels span {data.y.min()}..{data.y.max()}, but the network answers "
            f"0..{classes - 1}."
        )


def network_inputs(data: Dataset, inputs: int, path: object) -> NDArray[np.uint8]:
    """Return grey levels as a network's inputs, uint8 (n, inputs).

    Images of as many pixels as the network has inputs are taken as they are; others are scaled to a
    square of that many.

    Parameters
    ----------
    data : Dataset
    inputs : int
    path : path
        The network's file, for the sentence.

    Raises
    ------
    InputError
        If `inputs` is neither.
    """
    if data.x.shape[1] * data.x.shape[2] == inputs:
        return data.x.reshape(len(data.x), inputs)
    side = math.isqrt(inputs)
    if side * side != inputs:
        raise InputError(
            f"{path}: expected a network whose inputs make a square, or as many as the "
            f"{data.x.shape[1]} x {data.x.shape[2]} pixels of {data.name}, not {inputs}."
        )
    return prepare(data.x, side)


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
    one = _IN_MEMORY * max(size, height, 1) ** 2
    require_room(f"Scaling {n} images to {size} x {size} pixels", n * size * size)
    require_room(f"Scaling an image of {height} x {width} to {size} x {size} pixels", one)
    if height != width or height == 0:
        raise InputError(f"Expected square images, not {height} x {width} pixels.")
    if height != size:
        chunk = max(1, min(_CHUNK, room() // one))
        parts = [_average(x[i : i + chunk], size) for i in range(0, n, chunk)]
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
    # Products of whole numbers in floating point are exact as long as all of their bits fit, and
    # far faster than those of whole numbers.
    area = side * side
    narrow = 2 * 255 * area + area < 1 << 24
    real, whole = (np.float32, np.int32) if narrow else (np.float64, np.int64)
    weight = overlap.astype(real)
    total = (weight @ x.astype(real) @ weight.T).astype(whole)
    return ((2 * total + area) // (2 * area)).astype(np.uint8)
