"""Labelled recordings: a folder with a folder per class, a CSV of names and labels, or an SHD file.

Classes whose folders or labels are whole numbers keep them; other names are numbered in the order
of the alphabet.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.paths import user_path
from goldspike.model.reading import open_file, read_bytes
from goldspike.workloads.recordings.events import Events
from goldspike.workloads.recordings.hdf5 import HDF5, is_spike_set, read_spike_set

__all__ = ["Labelled", "find_labelled"]

_FILES = ("file", "files", "filename", "name", "path", "recording")
_LABELS = ("label", "labels", "class", "target", "y")
_MOST_LABEL = (1 << 53) - 1
_MOST_DIGITS = 300
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_WHOLE = re.compile(r"[0-9]+(\.0*)?")
_PARTS = ("train", "training", "test", "testing", "val", "valid", "validation")
"""Folders that hold a part of a set each, not a class."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Recordings with their classes.

    Attributes
    ----------
    name : str
        Where they came from, for reports.
    sources : sequence of Path or Events
        A file each, or, where one file holds them all, what it holds.
    labels : int64 (samples,)
    classes : dict of str to int
        Names of classes that are no numbers, by their number; empty where they are.
    """

    name: str
    sources: Sequence[Path | Events]
    labels: NDArray[np.int64]
    classes: dict[str, int]


def find_labelled(path: str | Path) -> Labelled | None:
    """Return labelled recordings, or None if the path is a recording itself.

    Parameters
    ----------
    path : path
        A folder that holds a folder per class; a ``.csv`` with the columns ``file`` and ``label``,
        files relative to it; or an HDF5 file in the layout of SHD and SSC.

    Raises
    ------
    InputError
        If it is a folder or a list, but not of labelled recordings.
    """
    path = user_path(path)
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        return None
    with open_file(path, "an event file") as stream:
        head = stream.read(512)
    if head.startswith(HDF5):
        if not is_spike_set(path):
            return None
        found = read_spike_set(path)
        return Labelled(path.name, found.samples, found.labels, {})
    if path.suffix.lower() == ".csv":
        return _from_list(path, head)
    return None


def _from_folder(folder: Path) -> Labelled:
    """Return every file below the folders of a folder, labelled by them."""
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    loose = [p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    if not classes:
        held = f"{len(loose)} files" if loose else "nothing"
        raise InputError(
            f"{folder}: expected a folder with a folder of recordings per class, but it holds "
            f"{held}; a CSV with the columns file and label names them instead."
        )
    if all(part.name.lower() in _PARTS for part in classes):
        held = ", ".join(part.name for part in classes)
        raise InputError(
            f"{folder}: expected a folder of recordings per class, but it holds parts of a set "
            f"({held}); choose one, such as {classes[0]}."
        )
    sources: list[Path] = []
    names: list[str] = []
    for part in classes:
        files = sorted(p for p in part.rglob("*") if p.is_file() and not p.name.startswith("."))
        sources += files
        names += [part.name] * len(files)
    if not sources:
        raise InputError(f"{folder}: expected recordings in its {len(classes)} folders.")
    return _labelled(folder, sources, names, [part.name for part in classes])


def _from_list(path: Path, head: bytes) -> Labelled | None:
    """Return the recordings that a CSV lists, or None if it lists none."""
    first = head.decode("utf-8-sig", "replace").partition("\n")[0]
    separator = ";" if ";" in first else ","
    header = [cell.strip().strip('"').lower() for cell in first.split(separator)]
    files = [k for k, name in enumerate(header) if name in _FILES]
    labels = [k for k, name in enumerate(header) if name in _LABELS]
    if not files or not labels:
        return None
    try:
        text = read_bytes(path, "a list of recordings", times=8).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: expected a list of recordings, but it is not text.") from None
    sources, names = [], []
    rows = csv.reader(text.splitlines(), delimiter=separator)
    next(rows)
    try:
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise InputError(
                    f"{path}: expected {', '.join(header)} in line {rows.line_num}, not "
                    f"{separator.join(row)!r}."
                )
            source = user_path(row[files[0]].strip())
            sources.append(source if source.is_absolute() else path.parent / source)
            names.append(row[labels[0]].strip())
    except csv.Error as error:
        raise InputError(f"{path}: expected a CSV file ({error}).") from None
    if not sources:
        raise InputError(f"{path}: expected at least one recording in this list.")
    return _labelled(path, sources, names, sorted(set(names)))


def _labelled(path: Path, sources: list[Path], names: list[str], classes: list[str]) -> Labelled:
    """Return recordings with their classes as numbers."""
    if "" in classes:
        without = sources[names.index("")]
        raise InputError(f"{path}: expected a label for every recording, but {without} has none.")
    if all(_NUMBER.fullmatch(name) for name in classes):
        if odd := next((name for name in classes if not _WHOLE.fullmatch(name)), None):
            raise InputError(
                f"{path}: expected labels to be whole numbers from 0, or names, not {odd!r}."
            )
        whole = {name: name.partition(".")[0] for name in classes}
        if any(len(text) > _MOST_DIGITS or int(text) > _MOST_LABEL for text in whole.values()):
            raise InputError(f"{path}: expected labels below 2**53.")
        numbers = {name: int(text) for name, text in whole.items()}
        named: dict[str, int] = {}
    else:
        numbers = named = {name: k for k, name in enumerate(sorted(classes))}
    labels = np.array([numbers[name] for name in names], np.int64)
    return Labelled(path.name, sources, labels, named)
