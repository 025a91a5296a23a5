"""Whatever a file holds: an exit code in 0, 1, 2, one line if it is 2, and the inputs stay.

Files are valid ones with one thing or several changed, field by field, so that what is drawn gets
past the first check.
"""

import contextlib
import gzip
import io
import struct
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from goldspike.model.paths import ROOT

Fuzz = Callable[..., None]
Attempt = Callable[..., None]

NET = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}
BARS = {"x": np.full((6, 4, 4), 200, np.uint8), "y": np.arange(6) % 2, "split": np.arange(6) % 2}
ODD_ARRAYS = (
    np.array("abc"), np.array(b"abc"), np.array(["a", "b"]), np.array(np.nan), np.array(np.inf),
    np.array(7.5), np.array(-1), np.array(0), np.array(1), np.array(2**63 - 1),
    np.array(2**64 - 1, np.uint64), np.array(1e300), np.array(True), np.array(1j),
    np.array("2020-01-01", "datetime64[s]"), np.zeros(0), np.zeros((0, 3)), np.zeros((2, 2, 2, 2)),
    np.zeros(3, [("t", "i8"), ("x", "i8")]), np.arange(3), np.arange(3.0) / 2,
)  # fmt: skip


@st.composite
def mutated(draw: Any, arrays: dict[str, Any]) -> dict[str, Any]:
    """Draw changes of named arrays: gone, of another type or shape, with odd values, new ones."""
    found = {name: np.asarray(array) for name, array in arrays.items()}
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([*sorted(found), "new", "unit", "width", "chip", "format"]))
        how = draw(st.sampled_from(("drop", "odd", "type", "shape", "value", "more")))
        array = found.get(name, np.arange(2))
        if how == "drop":
            found.pop(name, None)
        elif how == "odd":
            found[name] = draw(st.sampled_from(ODD_ARRAYS))
        elif how == "type":
            with contextlib.suppress(TypeError, ValueError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kind = draw(st.sampled_from(("u1", "i1", "i8", "u8", "f2", "f8", "?", "U3", "c16")))
                found[name] = array.astype(kind)
        elif how == "shape":
            shapes = [array.reshape(-1), array[..., None], array[None], array.T]
            shapes += [array[:0]] if array.ndim else []
            found[name] = draw(st.sampled_from(shapes))
        elif how == "value" and array.size and array.dtype.kind in "iuf":
            found[name] = with_odd_value(draw, array)
        elif how == "more" and array.ndim:
            found[name] = np.concatenate([array, array])
    return found


def with_odd_value(draw: Any, array: np.ndarray) -> np.ndarray:
    """Return a copy of an array with one odd value in it."""
    array = array.astype(draw(st.sampled_from((array.dtype.str, "f8", "i8"))))
    floats = array.dtype.kind == "f"
    info = np.finfo(array.dtype) if floats else np.iinfo(array.dtype)
    values = [info.min, info.max, 0, 1, -1, 255, *([np.nan, np.inf] * floats)]
    place = draw(st.integers(0, array.size - 1))
    with np.errstate(all="ignore"):
        array.reshape(-1)[place] = np.array(draw(st.sampled_from(values))).astype(array.dtype)
    return array


@st.composite
def damaged(draw: Any, content: bytes) -> bytes:
    """Draw changes of bytes: other ones, fewer, more."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        how = draw(st.sampled_from(("byte", "word", "cut", "insert")))
        if how == "byte" and found:
            found[place] = draw(st.integers(0, 255))
        elif how == "word":
            found[place : place + 4] = draw(st.sampled_from((b"\xff" * 4, bytes(4), b"\x7f" * 4)))
        elif how == "cut":
            del found[place:]
        else:
            found[place:place] = draw(st.binary(max_size=8))
    return bytes(found)


def stored(arrays: dict[str, Any]) -> bytes:
    """Return arrays as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npz_or_damage(arrays: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Return a strategy of .npz files, mostly whole ones with odd arrays."""
    whole = mutated(arrays).map(stored)  # type: ignore[call-arg]
    return st.one_of(whole, whole, whole, damaged(stored(arrays)))  # type: ignore[call-arg]


@st.composite
def idx_pair(draw: Any) -> tuple[bytes, bytes]:
    """Draw a pair of IDX files with odd headers."""
    images = bytearray(struct.pack(">4I", 0x803, 2, 4, 4) + b"\xc8" * 32)
    labels = bytearray(struct.pack(">2I", 0x801, 2) + b"\0\1")
    for _ in range(draw(st.integers(1, 2))):
        part = draw(st.sampled_from((images, labels)))
        if draw(st.booleans()):
            place = 4 * draw(st.integers(0, 3 if part is images else 1))
            number = draw(st.sampled_from((0, 1, 3, 2**31, 2**32 - 1, 0x802, 0x80D03)))
            part[place : place + 4] = struct.pack(">I", number)
        else:
            part[:] = draw(damaged(bytes(part)))
    pack = draw(st.sampled_from((bytes, gzip.compress)))
    return pack(bytes(images)), pack(bytes(labels))


def cnn_arrays() -> dict[str, Any]:
    with np.load(ROOT / "nets" / "imc_digits.npz") as found:
        kept = {k: found[k] for k in found.files if not k.startswith("float_")}
    return {**kept, "side": np.array(8)}


def rram_arrays() -> dict[str, Any]:
    with np.load(ROOT / "nets" / "rram_digits_2bit.npz") as found:
        return dict(found)


EVENTS = {"t": np.arange(3), "x": np.arange(3), "y": np.arange(3), "p": np.array([0, 1, 1])}
EVENTS_RUN = "sim mubrain --net net.npz --events f.npz --json out/e.json"
OWN = {
    **NET, "rate_min": np.array(100.0), "rate_max": np.array(2e4), "window": np.array(2000),
    "bias": np.array([0, 0]), "phase": np.array("random"), "threshold": np.array(64),
}  # fmt: skip
FORMATS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "network": (lambda: OWN, "sim mubrain --net f.npz --data data.npz --samples 2 "
                "--set window=2000 --json out/o.json"),
    "network to export": (lambda: OWN, "export f.npz --out out/x.nir"),
    "network to sweep": (lambda: OWN, "sweep mubrain --net f.npz --data data.npz --samples 1 "
                         "--set window=1000,2000 --json out/s.json"),
    "events": (lambda: {**EVENTS, "width": 8, "height": 8, "unit": "us"}, EVENTS_RUN),
    "addresses": (lambda: {"t": np.arange(3), "address": np.arange(3)}, EVENTS_RUN),
    "cnn": (cnn_arrays, "sim imc --net f.npz --data data.npz --samples 1 --json out/i.json"),
    "layers of macros": (rram_arrays, "sim rram --net f.npz --data data.npz --samples 1 "
                         "--json out/r.json"),
    "images": (lambda: BARS, "sim mubrain --net net.npz --data f.npz --set window=2000 "
               "--json out/o.json"),
    "images to train on": (lambda: BARS, "train mubrain --data f.npz --out out/t.npz "
                           "--set sizes=16,3,2 --set shift=0 --set epochs=1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_arrays(corpus: Path, fuzz: Fuzz, attempt: Attempt, kind: str) -> None:
    arrays, command = FORMATS[kind]

    def run(content: bytes) -> None:
        (corpus / "f.npz").write_bytes(content)
        attempt(command.split())

    fuzz(npz_or_damage(arrays()), run, few=10, many=1500)


def test_idx(corpus: Path, fuzz: Fuzz, attempt: Attempt) -> None:
    folder = corpus / "idx"
    folder.mkdir(exist_ok=True)

    def run(files: tuple[bytes, bytes]) -> None:
        for name, content in zip(("images-idx3", "labels-idx1"), files, strict=True):
            (folder / f"t10k-{name}-ubyte").write_bytes(content)
        command = "sim mubrain --net net.npz --data idx --set window=2000 --json out/o.json"
        attempt(command.split())

    fuzz(idx_pair(), run, few=10, many=1500)  # type: ignore[call-arg]


def checkpoint() -> dict[str, Any]:
    """Return what a checkpoint of the run below holds."""
    from goldspike.workloads.checkpoint import Checkpoint
    from goldspike.workloads.dataset import load_dataset, prepare
    from goldspike.workloads.mubrain.training import train
    from goldspike.workloads.mubrain.training_params import TrainParams

    kept: dict[str, Any] = {}

    class Kept(Checkpoint):
        def keep(self, state: Any, run: str) -> None:
            kept.update({"run": run, **state.arrays()})

    part = load_dataset("data.npz", "train")
    params = TrainParams(sizes=(16, 3, 2), shift=0, epochs=2)
    train(prepare(part.x, 4), part.y, params, None, Kept(Path("unused")))
    return kept


def test_checkpoints(corpus: Path, fuzz: Fuzz, attempt: Attempt) -> None:
    (corpus / "out").mkdir(exist_ok=True)
    command = "train mubrain --data data.npz --out out/t.npz --set sizes=16,3,2 --set shift=0"

    def run(content: bytes) -> None:
        (corpus / "out" / "t.npz.checkpoint").write_bytes(content)
        attempt([*command.split(), "--set", "epochs=2", "--resume"])

    fuzz(npz_or_damage(checkpoint()), run, few=10, many=500)


def write_graph(path: Path) -> list[str]:
    """Write a NIR file with nodes of all kinds; return the places of what it holds."""
    import h5py
    import nir as package

    nir: Any = package

    ones = np.ones(3, np.float32)
    neuron = {"v_threshold": ones, "v_reset": 0 * ones, "r": 50 * ones}
    leaky = nir.LIF(tau=0.1 * ones, v_leak=0 * ones, **neuron)
    inner = {"in": nir.Input(np.array([3])), "if": nir.IF(**neuron), "out": nir.Output(ones)}
    nodes = {
        "input": nir.Input(np.array([4])),
        "scale": nir.Scale(np.ones(4, np.float32)),
        "affine": nir.Affine(np.ones((3, 4), np.float32), ones),
        "lif": leaky,
        "linear": nir.Linear(np.ones((3, 3), np.float32)),
        "graph": nir.NIRGraph(inner, [("in", "if"), ("if", "out")], type_check=False),
        "output": nir.Output(np.array([3])),
    }
    meta = {"goldspike": {"net": {"window": 1000, "rate_max": 2e4, "phase": "random"}}}
    edges = list(pairwise(nodes))
    nir.write(path, nir.NIRGraph(nodes, edges, metadata=meta, type_check=False))
    places: list[str] = []
    with h5py.File(path) as file:
        file.visit(places.append)
    return places


ODD_VALUES = (
    *ODD_ARRAYS[15:], None, "abc", "LIF", b"\xff", 0, -1, 7.5, np.nan, np.inf, 1e300, True, 1j,
    np.full(3, np.nan), np.full((3, 4), 1e30), np.ones((4, 3)), np.ones((3, 4), bool),
    np.full((2, 2), b"input"), np.zeros((3, 0)),
)  # fmt: skip


def test_graphs(corpus: Path, fuzz: Fuzz, attempt: Attempt) -> None:
    import h5py

    places = write_graph(corpus / "whole.nir")

    def run(changes: list[tuple[str, Any]]) -> None:
        path = corpus / "f.nir"
        path.write_bytes((corpus / "whole.nir").read_bytes())
        with h5py.File(path, "a") as file:
            for place, value in changes:
                if place in file:
                    del file[place]
                if value is not None:
                    with contextlib.suppress(Exception):  # HDF5 cannot hold it
                        file[place] = value
        attempt(["import", "f.nir", "--out", "out/g.npz"])

    change = st.tuples(st.sampled_from(places), st.sampled_from(ODD_VALUES))
    fuzz(st.lists(change, max_size=2), run, few=6, many=300)
