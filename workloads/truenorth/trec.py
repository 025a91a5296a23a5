"""Classes of questions: a recurrent layer of 16 on one core, a window of 15 steps per word.

The host turns a word into 48 levels, from a table with a row per word (embedding, projection and
ReLU in one); the core holds the recurrent layer; the host multiplies what it fired in the last
window by 4-bit weights, and the largest of six sums is the class. Of five copies of a neuron, four
lead back to its own four axons with a delay of 15 steps, the window of the next word, and one leads
out. 48 + 16 sources of four axons are the 256 of a core.

The table knows words by their hashes, so the file of a network holds no word. Its arrays:
``hashes`` uint64 (n,), ascending; ``levels`` uint8 (n + 1, 48), row 0 for all other words;
``inputs`` int8 (48, 16), ``recurrent`` int8 (16, 16) and ``readout`` int8 (16, 6), -8..7;
``threshold`` of the neurons; ``backwards``: 1 if the last word comes first.

Ref: Diehl et al. (48-16-6, ReLU without biases, 16 levels, delays of 15 steps); questions and
classes: Li & Roth, COLING 2002.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT, user_path
from goldspike.model.reading import read_bytes
from goldspike.model.truenorth.shared.image import LIMITS, CoreImage
from goldspike.workloads.metadata import read_whole
from goldspike.workloads.truenorth.mapping import (
    TOP_LEVEL,
    WINDOW,
    Target,
    counts,
    layer,
    source,
    spikes,
)

__all__ = [
    "CLASSES",
    "DEFAULT_NET",
    "HIDDEN",
    "INPUTS",
    "Questions",
    "TrecNet",
    "decode",
    "encode",
    "image",
    "load_network",
    "questions",
    "save_network",
    "tokens",
    "word_hash",
    "word_levels",
]

CLASSES = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
"""Abbreviation, description, entity, human, location, number."""
INPUTS, HIDDEN = 48, 16
FORMAT = "goldspike-truenorth-trec-1"
DEFAULT_NET = ROOT / "nets" / "truenorth_trec.npz"
EXAMPLES = ROOT / "data" / "truenorth_questions.label"

_TOKEN = re.compile(r"'?[^\W_]+|[^\w\s]")
_SHAPES = {
    "inputs": (INPUTS, HIDDEN),
    "recurrent": (HIDDEN, HIDDEN),
    "readout": (HIDDEN, len(CLASSES)),
}
_OUT = 1
"""Delay, in steps, of the copies that lead out."""


@dataclass(frozen=True, eq=False)
class Questions:
    """Questions with their classes.

    Parameters
    ----------
    texts : tuple of str
    y : int64 array (n,)
        Index into :data:`CLASSES`.
    name : str
        Where they came from.
    """

    texts: tuple[str, ...]
    y: NDArray[np.int64]
    name: str

    def __len__(self) -> int:
        return len(self.texts)


def questions(
    path: str | os.PathLike[str] | None = None, split: Literal["test", "train"] = "test"
) -> Questions:
    """Read questions; by default those that ship with the project.

    Parameters
    ----------
    path : path, optional
        A folder of ``.label`` files, in Latin-1: a question per line after its class and a blank,
        as ``NUM:date When ...`` or ``NUM When ...``. Files with ``train`` in their name are the
        training part, all others the test part. A single file is taken whole.
    split : {"test", "train"}

    Raises
    ------
    InputError
        If there is none, or a line holds something else.
    """
    path = user_path(path or EXAMPLES)
    files = [path]
    if path.is_dir():
        labels = sorted(path.glob("*.label"))
        files = [file for file in labels if ("train" in file.name.lower()) == (split == "train")]
        if not files:
            raise InputError(
                f"{path}: expected a .label file of the {split} part of the questions."
            )
    texts, classes = [], []
    for file in files:
        lines = read_bytes(file, "a file of questions", times=8).decode("latin-1").splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            label, _, text = line.strip().partition(" ")
            name = label.partition(":")[0]
            if name not in CLASSES or not tokens(text):
                raise InputError(
                    f"{file}: expected one of {', '.join(CLASSES)} and a question in line {number}."
                )
            texts.append(text)
            classes.append(CLASSES.index(name))
    if not texts:
        raise InputError(f"{path}: expected at least one question.")
    return Questions(tuple(texts), np.array(classes, np.int64), path.name)


def tokens(text: str) -> list[str]:
    """Return the words and marks of a question, in small letters, every digit as 0."""
    return [re.sub(r"\d", "0", word) for word in _TOKEN.findall(text.lower())]


def word_hash(word: str) -> int:
    """Return what the table knows a word by, 64 bits."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrecNet:
    """A network; the arrays are those of its file.

    Raises
    ------
    InputError
        If an array has another shape, or a value is out of range.
    """

    hashes: NDArray[np.uint64]
    levels: NDArray[np.uint8]
    inputs: NDArray[np.int8]
    recurrent: NDArray[np.int8]
    readout: NDArray[np.int8]
    threshold: int
    backwards: bool
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, shape in _SHAPES.items():
            _require(name, getattr(self, name), shape, -8, 7)
        _require("levels", self.levels, (len(self.levels), INPUTS), 0, TOP_LEVEL)
        _require("hashes", self.hashes, (len(self.levels) - 1,), 0, (1 << 64) - 1)
        if (self.hashes[1:] <= self.hashes[:-1]).any():
            raise InputError("expected hashes in ascending order, none of them twice.")
        if not 1 <= self.threshold <= LIMITS["alpha"][1]:
            raise InputError(f"expected a threshold of 1 or more, not {self.threshold}.")


def _require(name: str, array: NDArray[Any], shape: tuple[int, ...], low: int, high: int) -> None:
    """Refuse an array of another shape, type or range."""
    if array.dtype.kind not in "iu" or array.shape != shape:
        raise InputError(
            f"expected {name} as whole numbers of the shape {shape}, not {array.dtype} of "
            f"{array.shape}."
        )
    if array.size and not low <= int(array.min()) <= int(array.max()) <= high:
        raise InputError(f"expected {name} {low}..{high}, not {array.min()}..{array.max()}.")


def load_network(path: str | os.PathLike[str] = DEFAULT_NET) -> TrecNet:
    """Read a network.

    Raises
    ------
    InputError
        If the file is missing or damaged, or holds something else.
    """
    path = user_path(path)
    arrays = load_npz(path)
    wanted = ("hashes", "levels", *_SHAPES, "threshold", "backwards")
    for name in wanted:
        if name not in arrays:
            raise InputError(
                f"{path}: expected a network that classifies questions, but {name} is missing."
            )
    own = {name: arrays.pop(name) for name in wanted}
    threshold = read_whole(path, "threshold", own.pop("threshold"), 1, LIMITS["alpha"][1])
    backwards = read_whole(path, "backwards", own.pop("backwards"), 0, 1)
    meta = {key: value.item() if value.ndim == 0 else value for key, value in arrays.items()}
    for name in ("hashes", "levels"):
        if own[name].ndim == 0:
            raise InputError(f"{path}: expected an array as {name}, not a single value.")
    try:
        return TrecNet(**own, threshold=threshold, backwards=bool(backwards), meta=meta)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def save_network(path: str | os.PathLike[str], net: TrecNet) -> None:
    """Write a network; equal networks give equal bytes."""
    own = {name: getattr(net, name) for name in ("hashes", "levels", *_SHAPES)}
    numbers = {"threshold": net.threshold, "backwards": int(net.backwards)}
    save_npz(Path(path), **own, **numbers, **{"format": FORMAT, **net.meta})


def image(net: TrecNet, *, neurons: int = 256) -> CoreImage:
    """Return the core of a network, of so many neurons: output k is neuron k."""
    targets = [
        [*source(INPUTS + k, delay=WINDOW), Target(k, dx=1, delay=_OUT)] for k in range(HIDDEN)
    ]
    return layer(
        np.concatenate([net.inputs, net.recurrent]), net.threshold, targets, neurons=neurons
    )


def word_levels(net: TrecNet, text: str) -> NDArray[np.uint8]:
    """Return the levels of a question's words in the order of their windows, uint8 (words, 48)."""
    hashed = np.array([word_hash(word) for word in tokens(text)], np.uint64)
    place = np.searchsorted(net.hashes, hashed)
    known = place < len(net.hashes)
    known[known] = net.hashes[place[known]] == hashed[known]
    rows = np.where(known, place + 1, 0)
    return net.levels[rows[::-1] if net.backwards else rows]


def encode(net: TrecNet, texts: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return questions as spikes for the step model, SPIKE (n,), and each one's steps, int64."""
    words = [word_levels(net, text) for text in texts]
    lengths = np.array([len(levels) for levels in words], np.int64)
    samples = np.repeat(np.arange(len(texts)), lengths)
    windows = np.concatenate([np.arange(length) for length in lengths])
    return spikes(np.concatenate(words), samples, windows), lengths * WINDOW


def decode(net: TrecNet, outputs: NDArray[Any], steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the classes that a run answers, int64 (n,); of equal sums the first.

    Parameters
    ----------
    net : TrecNet
    outputs : OUTPUT array
        Of the run.
    steps : int64 array (n,)
        Of every question.
    """
    windows = steps // WINDOW
    found = counts(outputs, len(steps), int(windows.max()), HIDDEN, delay=_OUT)
    last = found[np.arange(len(steps)), windows - 1]
    return (last @ net.readout.astype(np.int64)).argmax(axis=1)
