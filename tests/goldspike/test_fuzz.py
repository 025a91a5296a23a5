"""Whatever a user hands in: an exit code in 0, 1, 2, one line if it is 2, and the inputs stay.

Files are valid ones with one thing or several changed, field by field, so that what is drawn gets
past the first check. Time and memory are bounded: what would need more than a small share of the
memory is refused, and that bounds the events and images that a run can have.
"""

import contextlib
import gzip
import io
import struct
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldspike.chips import load_chip
from goldspike.cli import main
from goldspike.model import limits
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.imc.network import load_cnn, save_cnn
from goldspike.workloads.nir_graph import write_chain

MEMORY = 64 << 20
LONGEST_S = 20

NET = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}
BARS = {"x": np.full((6, 4, 4), 200, np.uint8), "y": np.arange(6) % 2, "split": np.arange(6) % 2}
TABLE = [["t_us", "x", "y", "p"], *([str(9 * k), str(k), str(k), str(k % 2)] for k in range(4))]

FEW = settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],  # type: ignore[list-item]
)
MANY = settings(FEW, max_examples=1500, derandomize=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stand in a folder with one good file of every format."""
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(limits, "memory", lambda: 4 * MEMORY)
        save_npz("net.npz", **NET)
        save_npz("data.npz", **BARS)
        save_npz("events.npz", t=np.arange(3), x=np.arange(3), y=np.arange(3))
        Path("events.csv").write_text("t_us,address\n1,0\n50,255\n90,3\n")
        cnn, _ = load_cnn(ROOT / "nets" / "imc_digits.npz")
        save_cnn("cnn.npz", cnn, {"side": 8})
        write_chain("graph.nir", list(NET.values()), 64, {"window": 1000})
        yield folder


def attempt(corpus: Path, arguments: Sequence[str]) -> None:
    """Run a command and insist on what holds for all."""
    before = {path: path.read_bytes() for path in corpus.iterdir() if path.is_file()}
    shown, said = io.StringIO(), io.StringIO()
    begin = time.process_time()
    with (
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(said),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error", RuntimeWarning)  # it would be a line on stderr
        try:
            code = main([*arguments])
        except SystemExit as ended:  # argparse ends by itself
            code = ended.code
    assert code in (0, 1, 2), (arguments, code)
    if code == 2:
        assert said.getvalue().count("\n") == 1 and len(said.getvalue()) < 4000, said.getvalue()
        assert said.getvalue().startswith("goldspike")
    assert time.process_time() - begin < LONGEST_S
    read = inputs_of(arguments)
    changed = [path for path, content in before.items() if path.read_bytes() != content]
    for path in changed:
        path.write_bytes(before[path])  # an output may replace what the command does not read
    for path in {*corpus.iterdir()} - {*before}:
        if path.is_file():
            path.unlink()
    assert not read & {path.name for path in changed}


WRITTEN = ("--json", "--out", "--out-events", "--raster")


def inputs_of(arguments: Sequence[str]) -> set[str]:
    """Return the files that a command may read: all names that are no output's alone."""
    found, before = set(), ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and name.startswith("--"):
            found |= {value} if name not in WRITTEN else set()
        elif before not in WRITTEN:
            found.add(argument)
        before = argument
    return found


ODD_TEXTS = (
    "", " ", "0", "-1", "1", "2", "7.5", "1e9", "1e-9", "1e308", "-1e308", "1e999",
    "nan", "inf", "-inf",
    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "1" * 5000, "abc",
    "µ", "a\nb", "\0", "a,b", ",", "1,2", "0,1", "1,2,3", "True", "1_000", "٣", "0x10", "--", "=",
    "data.npz", "net.npz", "events.csv", "graph.nir", "cnn.npz", ".", "/", "/dev/null", "a" * 300,
    "\udcff", "none.npz", "out/new.json",
)  # fmt: skip
texts = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(str),
    st.text(max_size=5),
)

SIM = "sim mubrain --net net.npz --data data.npz --samples 2 --set window=2000 --json out/o.json"
COMMANDS: dict[str, tuple[str, ...]] = {
    SIM: ("--net", "--data", "--engine", "--samples", "--config", "--jobs", "--json", "--sensor"),
    "sim imc --net cnn.npz --data data.npz --samples 1 --json out/i.json": (
        "--net", "--data", "--engine", "--samples", "--config", "--jobs", "--json", "--events",
    ),
    "sim mubrain --net net.npz --events events.csv --json out/e.json": (
        "--events", "--unit", "--sensor", "--polarity", "--columns", "--from", "--to",
        "--out-events", "--raster", "--json", "--samples", "--net", "--jobs", "--data",
    ),
    "sim mubrain --net net.npz --events events.npz --sensor 16x16 --json out/e.json": (
        "--events", "--unit", "--sensor", "--polarity", "--columns", "--from", "--to",
    ),
    "train mubrain --data data.npz --out out/t.npz --set sizes=16,3,2 --set shift=0": (
        "--data", "--out", "--seed",
    ),
    "export net.npz --out out/x.nir": ("--out", "--chip"),
    "import graph.nir --out out/g.npz": (
        "--out", "--chip", "--data", "--samples", "--gain", "--dt", "--time-step", "--json",
    ),
    "list": ("--nothing",),
    "verify mubrain/none": ("--config", "--seed", "--steps", "--driver", "--random"),
    "vectors mubrain/none": ("--config", "--seed", "--steps", "--out"),
    "waves mubrain/none": ("--config", "--seed", "--out"),
    "verilog mubrain/none": ("--config", "--realisation", "--out"),
    "prove mubrain/none": ("--config", "--timeout"),
    "mutate mubrain/none": ("--config", "--seed", "--count"),
    "gates mubrain/none": ("--config", "--seed"),
    "report none": ("--out",),
}  # fmt: skip
"""Commands that end soon, each with options that are given odd values."""

NOT_RUN = {"--engine": ("rtl", "lockstep")}
"""Values that would compile a circuit."""


@st.composite
def options(draw: Any) -> list[str]:
    """Draw a command with one to three odd options."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    arguments = command.split()
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(COMMANDS[command]))
        value = draw(texts.filter(lambda v, name=name: v not in NOT_RUN.get(name, ())))
        arguments += [name, value] if draw(st.booleans()) else [f"{name}={value}"]
    end = ["--set", "epochs=1"] if command.startswith("train") else []
    return [*arguments, *end]


@st.composite
def assignments(draw: Any) -> list[str]:
    """Draw a command with one to three odd settings."""
    command, group = draw(
        st.sampled_from(
            (
                (SIM, load_chip("mubrain").settings),
                ("sim imc --net cnn.npz --data data.npz --samples 1 --json out/i.json",
                 load_chip("imc").settings),
                ("train mubrain --data data.npz --out out/t.npz --set sizes=16,3,2 --set shift=0",
                 load_chip("mubrain").training_settings),  # type: ignore[attr-defined]
            )
        )
    )  # fmt: skip
    arguments = command.split()
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*sorted(group), "none"]))
        arguments += ["--set", f"{name}={draw(texts)}"]
    return arguments + (["--set", "epochs=1"] if command.startswith("train") else [])


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
            array = array.astype(draw(st.sampled_from((array.dtype.str, "f8", "i8"))))
            info = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
            values = [
                info.min,
                info.max,
                0,
                1,
                -1,
                255,
                *([np.nan, np.inf] * (info.dtype.kind == "f")),
            ]
            place = draw(st.integers(0, array.size - 1))
            with np.errstate(all="ignore"):
                array.reshape(-1)[place] = np.array(draw(st.sampled_from(values))).astype(
                    array.dtype
                )
            found[name] = array
        elif how == "more" and array.ndim:
            found[name] = np.concatenate([array, array])
    return found


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


def aedat31() -> bytes:
    """Return an AEDAT 3.1 recording of four events."""
    head = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"
    events = b"".join(struct.pack("<Ii", k << 17 | k << 2 | 3, 9 * k) for k in range(4))
    return head + struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, 4, 4, 4) + events


def aedat20() -> bytes:
    """Return an AEDAT 2.0 recording of four events."""
    head = b"#!AER-DAT2.0\r\n# This is a raw AE data file\r\n#Source: DVS128\r\n"
    return head + b"".join(struct.pack(">II", k << 8 | k << 1, 9 * k) for k in range(4))


def hdf5() -> bytes:
    """Return an HDF5 recording of three events."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in EVENTS.items():
            file[f"events/{name}"] = array
    return buffer.getvalue()


@st.composite
def table(draw: Any) -> bytes:
    """Draw a table of events with odd cells."""
    rows = [list(row) for row in TABLE]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.sampled_from(rows))
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(texts)
        if draw(st.integers(0, 5)) == 0:
            row.append(draw(texts))
    mark = draw(st.sampled_from((",", ";", " ", "\t")))
    text = "\n".join(mark.join(row) for row in rows) + "\n"
    return text.encode(errors="surrogateescape")


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


def npz_or_damage(arrays: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Return a strategy of .npz files, mostly whole ones with odd arrays."""
    whole = mutated(arrays).map(stored)  # type: ignore[call-arg]
    return st.one_of(whole, whole, whole, damaged(stored(arrays)))  # type: ignore[call-arg]


def cnn_arrays() -> dict[str, Any]:
    with np.load(ROOT / "nets" / "imc_digits.npz") as found:
        kept = {k: found[k] for k in found.files if not k.startswith("float_")}
    return {**kept, "side": np.array(8)}


EVENTS = {"t": np.arange(3), "x": np.arange(3), "y": np.arange(3), "p": np.array([0, 1, 1])}
OWN = {
    **NET, "rate_min": np.array(100.0), "rate_max": np.array(2e4), "window": np.array(2000),
    "bias": np.array([0, 0]), "phase": np.array("random"), "threshold": np.array(64),
}  # fmt: skip
FORMATS: dict[str, tuple[str, Callable[[], st.SearchStrategy[bytes]], str]] = {
    "network": ("f.npz", lambda: npz_or_damage(OWN),
                "sim mubrain --net f.npz --data data.npz --samples 2 --set window=2000 "
                "--json out/o.json"),
    "network to export": ("f.npz", lambda: npz_or_damage(OWN), "export f.npz --out out/x.nir"),
    "cnn": ("f.npz", lambda: npz_or_damage(cnn_arrays()),
            "sim imc --net f.npz --data data.npz --samples 1 --json out/i.json"),
    "images": ("f.npz", lambda: npz_or_damage(BARS),
               "sim mubrain --net net.npz --data f.npz --set window=2000 --json out/o.json"),
    "images to train on": ("f.npz", lambda: npz_or_damage(BARS),
                           "train mubrain --data f.npz --out out/t.npz --set sizes=16,3,2 "
                           "--set shift=0 --set epochs=1"),
    "events": ("f.npz", lambda: npz_or_damage({**EVENTS, "width": 8, "height": 8, "unit": "us"}),
               "sim mubrain --net net.npz --events f.npz --json out/e.json"),
    "addresses": ("f.npz", lambda: npz_or_damage({"t": np.arange(3), "address": np.arange(3)}),
                  "sim mubrain --net net.npz --events f.npz --json out/e.json"),
    "table": ("f.csv", table,
              "sim mubrain --net net.npz --events f.csv --sensor 16x16 --json out/e.json"),
    "AEDAT 3.1": ("f.aedat", lambda: damaged(aedat31()),  # type: ignore[call-arg]
                  "sim mubrain --net net.npz --events f.aedat --json out/e.json"),
    "HDF5": ("f.h5", lambda: damaged(hdf5()),  # type: ignore[call-arg]
             "sim mubrain --net net.npz --events f.h5 --sensor 16x16 --json out/e.json"),
    "AEDAT 2.0": ("f.aedat", lambda: damaged(aedat20()),  # type: ignore[call-arg]
                  "sim mubrain --net net.npz --events f.aedat --json out/e.json"),
}  # fmt: skip


def run_options(corpus: Path, arguments: list[str]) -> None:
    attempt(corpus, arguments)


def run_file(corpus: Path, kind: str, content: bytes) -> None:
    name, _, command = FORMATS[kind]
    (corpus / name).write_bytes(content)
    attempt(corpus, command.split())


def run_idx(corpus: Path, files: tuple[bytes, bytes]) -> None:
    folder = corpus / "idx"
    folder.mkdir(exist_ok=True)
    for name, content in zip(("images-idx3", "labels-idx1"), files, strict=True):
        (folder / f"t10k-{name}-ubyte").write_bytes(content)
    command = "sim mubrain --net net.npz --data idx --set window=2000 --json out/o.json"
    attempt(corpus, command.split())


def run_checkpoint(corpus: Path, content: bytes) -> None:
    (corpus / "out").mkdir(exist_ok=True)
    (corpus / "out" / "t.npz.checkpoint").write_bytes(content)
    command = "train mubrain --data data.npz --out out/t.npz --set sizes=16,3,2 --set shift=0"
    attempt(corpus, [*command.split(), "--set", "epochs=2", "--resume"])


def checkpoint() -> dict[str, Any]:
    """Return what a checkpoint of that run holds."""
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


def graphs() -> st.SearchStrategy[tuple[str, Any]]:
    """Draw what is put at which place of a NIR file."""
    places = (
        "node/type", "node/nodes/w1/weight", "node/nodes/w1/type", "node/nodes/layer1/r",
        "node/nodes/layer1/v_threshold", "node/nodes/layer1/v_reset", "node/nodes/input/shape",
        "node/nodes/output/shape", "node/edges", "node/metadata", "node/metadata/goldspike",
        "node/metadata/goldspike/net", "node/metadata/goldspike/net/window", "version",
    )  # fmt: skip
    values = [None, "abc", 0, -1, 7.5, np.nan, np.inf, 1e300, np.zeros(0), np.zeros((3, 3))]
    values += [np.arange(64), np.full(64, np.nan), np.full((64, 256), 1e30), np.ones((64, 256))]
    return st.tuples(st.sampled_from(places), st.sampled_from(values))


def run_graph(corpus: Path, change: tuple[str, Any]) -> None:
    import h5py

    place, value = change
    path = corpus / "f.nir"
    path.write_bytes((corpus / "graph.nir").read_bytes())
    with h5py.File(path, "a") as file:
        if place in file:
            del file[place]
        if value is not None:
            file[place] = value
    attempt(corpus, ["import", "f.nir", "--out", "out/g.npz"])


@FEW
@given(options())  # type: ignore[call-arg]
def test_options(corpus: Path, arguments: list[str]) -> None:
    run_options(corpus, arguments)


@FEW
@given(assignments())  # type: ignore[call-arg]
def test_settings(corpus: Path, arguments: list[str]) -> None:
    run_options(corpus, arguments)


@pytest.mark.parametrize("kind", FORMATS)
def test_files(corpus: Path, kind: str) -> None:
    FEW(given(FORMATS[kind][1]())(lambda content: run_file(corpus, kind, content)))()


@FEW
@given(idx_pair())  # type: ignore[call-arg]
def test_idx(corpus: Path, files: tuple[bytes, bytes]) -> None:
    run_idx(corpus, files)


def test_checkpoints(corpus: Path) -> None:
    strategy = npz_or_damage(checkpoint())
    FEW(given(strategy)(lambda content: run_checkpoint(corpus, content)))()


def test_graphs(corpus: Path) -> None:
    settings(FEW, max_examples=6)(given(graphs())(lambda change: run_graph(corpus, change)))()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FORMATS, "options", "settings", "idx", "checkpoint", "graph"])
def test_for_long(corpus: Path, kind: str) -> None:
    strategies: dict[str, tuple[Any, Callable[[Any], None], int]] = {
        "options": (options(), lambda d: run_options(corpus, d), 3000),  # type: ignore[call-arg]
        "settings": (assignments(), lambda d: run_options(corpus, d), 1500),  # type: ignore[call-arg]
        "idx": (idx_pair(), lambda drawn: run_idx(corpus, drawn), 1500),  # type: ignore[call-arg]
        "checkpoint": (npz_or_damage(checkpoint()), lambda d: run_checkpoint(corpus, d), 500),
        "graph": (graphs(), lambda drawn: run_graph(corpus, drawn), 150),
    }
    if kind in FORMATS:
        strategies[kind] = (FORMATS[kind][1](), lambda d: run_file(corpus, kind, d), 1500)
    strategy, run, count = strategies[kind]
    settings(MANY, max_examples=count)(given(strategy)(run))()
