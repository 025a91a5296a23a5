"""IDX files, as MNIST and its relatives come: images and labels of one split in two files.

Ref: the format is described with the MNIST database (LeCun, Cortes, Burges). EMNIST (Cohen et al.
2017) puts the name of the set in front: ``emnist-letters-test-images-idx3-ubyte.gz``.
"""

import gzip
import io
import math
import os
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.kinds import GZIP, kind_of
from goldspike.model.limits import require_room
from goldspike.model.reading import read_bytes
from goldspike.workloads.images.checks import check_grey

__all__ = ["is_idx_name", "is_prefix", "read_idx_pair"]

_PREFIXES = {"test": ("t10k", "test"), "train": ("train",)}
_KINDS = {"images": 3, "labels": 1}  # dimensions of each kind of IDX file
_LONGEST_HEADER = 512  # of which an IDX file has 16 at most; the rest says what other files are
_UBYTE = 0x08  # IDX code of unsigned bytes
_TYPES = {
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "floats",
    0x0E: "doubles",
}
_NAME = re.compile(
    r"(?:(?P<set>.+)-)?(?P<prefix>t10k|test|train)-(?P<kind>images|labels)[-.]idx[13]-ubyte(\.gz)?"
)


def is_idx_name(name: str) -> bool:
    """Say whether a name is one of an IDX file."""
    return _NAME.fullmatch(name) is not None


def is_prefix(path: Path) -> bool:
    """Say whether a path names a set inside a folder: ``emnist/emnist-letters``."""
    return not os.path.exists(path) and any(_names(path.parent, path.name))


def read_idx_pair(
    folder: Path, split: str, name: str | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read the images and labels of one split.

    Parameters
    ----------
    folder : path
    split : {"test", "train"}
    name : str, optional
        What stands before ``test-images-...`` and so on, where the folder holds several sets.

    Returns
    -------
    x : uint8 (n, h, w)
    y : int64 (n,)

    Raises
    ------
    InputError
        If a file is missing, damaged, or does not fit the other, or it is not clear which is meant.
    """
    if name is None:
        name = _only_set(folder, split)
    images = _find(folder, split, "images", name)
    labels = _find(folder, split, "labels", name)
    x = _read_idx(images, _KINDS["images"])
    y = _read_idx(labels, _KINDS["labels"])
    if len(x) != len(y):
        raise InputError(
            f"{folder}: expected one label per image, but {images.name} has {len(x)} images "
            f"and {labels.name} has {len(y)} labels."
        )
    if 0 in x.shape[1:]:
        raise InputError(f"{images}: expected images of at least 1 x 1 pixel.")
    check_grey(images, x, "its images")
    return x, y.astype(np.int64)


def _names(folder: Path, name: str) -> list[re.Match[str]]:
    """Return the matches of a set's IDX files in a folder."""
    if not os.path.isdir(folder):
        return []
    found = (_NAME.fullmatch(path.name) for path in sorted(folder.iterdir()))
    return [match for match in found if match and (match["set"] or "") == name]


def _only_set(folder: Path, split: str) -> str:
    """Return the name of the one set that a folder holds; empty for files without one."""
    found = {
        match["set"] or ""
        for path in sorted(folder.iterdir())
        if (match := _NAME.fullmatch(path.name)) and match["prefix"] in _PREFIXES[split]
    }
    if "" in found or not found:
        return ""
    if len(found) > 1:
        raise InputError(
            f"{folder}: expected one data set, but it holds {', '.join(sorted(found))}; choose one "
            f"by {folder / min(found)}."
        )
    return found.pop()


def _find(folder: Path, split: str, kind: str, name: str) -> Path:
    """Return the IDX file of a split, compressed or not, with either separator."""
    names = [
        f"{name and name + '-'}{prefix}-{kind}{separator}idx{_KINDS[kind]}-ubyte{suffix}"
        for prefix in _PREFIXES[split]
        for separator in "-."
        for suffix in ("", ".gz")
    ]
    for candidate in names:
        if (folder / candidate).is_file():
            return folder / candidate
    raise InputError(f"{folder}: expected a file {names[0]} or {names[1]} in this folder.")


def _read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes; its first bytes, not its name, say if it is packed."""
    raw = read_bytes(path, "an IDX file")
    if raw.startswith(GZIP):
        raw = _unpacked(path, raw, dimensions)
    header = 4 + 4 * dimensions
    if len(raw) < 4 or raw[:3] != bytes((0, 0, _UBYTE)):
        other = _TYPES.get(raw[2], "") if len(raw) >= 4 and raw[:2] == b"\0\0" else ""
        kind = f"an IDX file of {other}" if other else kind_of(raw[:512])
        but = f", but it is {kind}" if kind else ""
        raise InputError(f"{path}: expected an IDX file of unsigned bytes (magic 00 00 08){but}.")
    if raw[3] != dimensions:
        raise InputError(f"{path}: expected {dimensions} dimensions, but the header says {raw[3]}.")
    if len(raw) < header:
        raise InputError(f"{path}: expected a header of {header} bytes, but it is cut short.")
    shape, size = _shape(raw, dimensions)
    if len(raw) - header != size:
        raise InputError(
            f"{path}: expected {size} bytes of data after the header, not {len(raw) - header}."
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _shape(raw: bytes, dimensions: int) -> tuple[list[int], int]:
    """Return the shape that a header names, and how many bytes that is."""
    ends = range(8, 4 + 4 * dimensions + 1, 4)
    shape = [int.from_bytes(raw[end - 4 : end], "big") for end in ends]
    return shape, math.prod(shape)  # in Python's integers, as the product may not fit in 64 bits


def _unpacked(path: Path, raw: bytes, dimensions: int) -> bytes:
    """Return what a packed file holds: as much as its header names, and the next byte.

    A few bytes may unpack to more than there is memory.
    """
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            head = stream.read(_LONGEST_HEADER)
            size = _shape(head, dimensions)[1]
            if head[:4] != bytes((0, 0, _UBYTE, dimensions)):
                return head  # the reader says what it is instead
            require_room(f"{path}: reading {size} bytes", size)
            return head + stream.read(size + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"{path}: expected an intact gzip file, but it is damaged.") from None
