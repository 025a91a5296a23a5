"""What stands in files: metadata, labels, events, what an earlier run has kept."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.signoff import results
from goldspike.signoff.coverage import goals
from goldspike.workloads.imc.network import load_cnn, save_cnn

Refuse = Callable[..., None]

NET = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}
IMAGES = {"x": np.full((3, 8, 8), 200, np.uint8), "y": np.arange(3)}
SIM = "sim mubrain --net net.npz --samples 2"
IMC = "sim imc --samples 2"
EV = "sim mubrain --net net.npz"

NO_NUMBERS = ["abc", b"8", np.array([8, 8]), np.nan, np.inf, -1, 2**63, True, 1j, ""]
NOT_WHOLE = [7.5, 1e300]


@pytest.mark.parametrize("value", [*NO_NUMBERS, *NOT_WHOLE], ids=repr)
def test_metadata_of_a_cnn(refuse: Refuse, here: Path, value: object) -> None:
    cnn, _ = load_cnn(ROOT / "nets" / "imc_digits.npz")
    save_cnn(here / "odd.npz", cnn, {"side": value})
    refuse(f"{IMC} --net odd.npz", "odd.npz: expected", "side")


@pytest.mark.parametrize("name", ["rate_min", "rate_max", "window"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_metadata_of_a_network(refuse: Refuse, here: Path, name: str, value: object) -> None:
    save_npz(here / "odd.npz", **NET, **{name: value})
    refuse("sim mubrain --net odd.npz --samples 2", name)


@pytest.mark.parametrize("name", ["width", "height"])
@pytest.mark.parametrize("value", [*NO_NUMBERS, *NOT_WHOLE], ids=repr)
def test_metadata_of_events(refuse: Refuse, here: Path, name: str, value: object) -> None:
    size = {"width": 16, "height": 16, name: value}
    save_npz(here / "odd.npz", t=np.arange(3), x=np.arange(3), y=np.arange(3), **size)
    refuse(f"{EV} --events odd.npz --json o.json", "odd.npz: ")


@pytest.mark.parametrize(
    "meta",
    ["text", 3, {"net": "text"}, {"net": 1.5}, {"net": {"window": "abc"}},
     {"net": {"window": np.arange(3)}}, {"net": {"rate_max": np.nan}}, {"net": {"window": 0.5}}],
    ids=repr,
)  # fmt: skip
def test_metadata_of_a_graph(refuse: Refuse, here: Path, meta: object) -> None:
    import h5py

    with h5py.File(here / "graph.nir", "a") as file:
        group: Any = file["node/metadata"]
        del group["goldspike"]
        put(group, "goldspike", meta)
    refuse("import graph.nir --out o.npz", "graph.nir: expected")


def put(group: Any, name: str, value: object) -> None:
    """Write a value, or a group of them, into an HDF5 file."""
    if isinstance(value, dict):
        inner = group.create_group(name)
        for key, item in value.items():
            put(inner, key, item)
    else:
        group[name] = value


LABELS = {
    "u64": np.full(3, 2**64 - 1, np.uint64),
    "1e300": np.full(3, 1e300),
    "i63": np.full(3, 2**63 - 1),
    "1e9": np.full(3, 10**9),
    "3e4": np.full(3, 30_000),
    "10": np.array([0, 1, 10]),
    "-1": np.array([0, 1, -1]),
    "text": np.array(["0", "1", "2"]),
    "complex": np.full(3, 1j),
    "dates": np.array(["2020"] * 3, "datetime64[Y]"),
}


@pytest.mark.parametrize("chip", ["mubrain", "imc"])
@pytest.mark.parametrize("kind", LABELS)
def test_labels(refuse: Refuse, here: Path, kind: str, chip: str) -> None:
    save_npz(here / "odd.npz", x=IMAGES["x"], y=LABELS[kind])
    refuse(f"sim {chip} --data odd.npz --samples 2", "odd.npz")


TABLES = {
    "huge exponent": "t_us,address\n1e999999,0\n",
    "huger exponent": "t_us,address\n1e9999999,0\n",
    "exponent of an address": "t_us,address\n1,1e999999\n",
    "long address": "t_us,address\n1,99999999999999999999\n",
    "longest address": f"t_us,address\n1,{'9' * 5000}\n",
    "long time": f"t_us,address\n{'9' * 5000},1\n",
    "longer time": f"t_us,address\n{'9' * 100_000},1\n",
    "nan": "t_us,address\nnan,1\n",
    "infinity": "t_us,address\ninf,1\n",
    "signalling nan": "t_us,address\nsNaN,1\n",
    "many columns": ",".join(f"c{k}" for k in range(100_000)) + "\n",
    "many cells": "t_us,address\n" + ",".join("1" * 100_000) + "\n",
    "long word": "t_us,address\n" + "a" * 200_000 + "\n",
    "open quote": 't_us,address\n"1,2\n',
    "no line": "",
    "only a header": "t_us,address\n",
    "underscore": "t_us,address\n1_0,1\n",
    "underscore in an address": "t_us,address\n1,1_0\n",
    "long label": f"file,label\nevents.csv,{'9' * 5000}\n",
    "zero byte": "t_us,address\n1,\0\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_events(refuse: Refuse, here: Path, kind: str) -> None:
    (here / "odd.csv").write_text(TABLES[kind])
    refuse(f"{EV} --events odd.csv --json o.json", "odd.csv: ")


ARRAYS = {
    "long span": {"t": np.array([-(2**62), 2**62])},
    "longest span": {"t": np.array([-(2**63), 2**63 - 1])},
    "unsigned": {"t": np.array([0, 2**64 - 1], np.uint64)},
    "floats": {"t": np.array([0, 1e300])},
    "nan": {"t": np.array([0, np.nan])},
    "unsigned address": {"address": np.array([0, 2**64 - 1], np.uint64)},
    "negative address": {"address": np.array([0, -1])},
    "long address": {"address": np.array([0, 2**40])},
    "unit as a number": {"unit": 3, "t_us": np.arange(2), "t": np.arange(2)},
    "unit unknown": {"unit": "h"},
    "shape": {"address": np.zeros((2, 2), int)},
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_events(refuse: Refuse, here: Path, kind: str) -> None:
    save_npz(here / "odd.npz", **{"t": np.arange(2), "address": np.arange(2), **ARRAYS[kind]})
    refuse(f"{EV} --events odd.npz --json o.json", "odd.npz")


def test_an_array_that_is_larger_than_its_member(refuse: Refuse, here: Path) -> None:
    head = io.BytesIO()
    form = {"descr": "|u1", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(head, form)
    with zipfile.ZipFile(here / "odd.npz", "w") as archive:
        archive.writestr("x.npy", head.getvalue() + bytes(1000))
    refuse(f"{SIM} --data odd.npz", "odd.npz: ", "'x.npy' is damaged")


def test_an_array_without_a_whole_header(refuse: Refuse, here: Path) -> None:
    content = io.BytesIO()
    np.save(content, np.zeros(3, [("t", "i8"), ("address", "i8")]))
    (here / "odd.npy").write_bytes(content.getvalue().replace(b"'fortran", b"'\n  fortran"))
    refuse(f"{EV} --events odd.npy --json o.json", "odd.npy: ", "damaged")


def test_split_marks_as_half_floats(here: Path, recwarn: pytest.WarningsRecorder) -> None:
    save_npz(here / "half.npz", x=IMAGES["x"], y=np.arange(3), split=np.ones(3, np.float16))
    assert main([*f"{SIM} --set window=1000 --data half.npz --json new/o.json".split()]) == 0
    assert not recwarn.list


@pytest.mark.parametrize(
    ("thresholds", "word"), [([64, 32], "several"), (["a", "b"], "whole"), ([7.5], "whole")]
)
def test_thresholds_that_the_chip_does_not_have(
    refuse: Refuse, here: Path, thresholds: list[object], word: str
) -> None:
    save_npz(here / "odd.npz", **NET, thresholds=np.array(thresholds))
    refuse("sim mubrain --net odd.npz --samples 2", "thresholds", word)


HDF5 = {
    "a single label": ({"labels": 1}, "one label"),
    "more than there is room for": ({"big": (1 << 44,)}, "bytes of memory"),
    "a group for an array": ({"labels/inner": np.arange(3)}, "labels"),
    "another file": ({"labels": "/dev/zero"}, "another file"),
}


@pytest.mark.parametrize("kind", HDF5)
def test_spike_sets(refuse: Refuse, here: Path, kind: str) -> None:
    import h5py

    held, words = HDF5[kind]
    with h5py.File(here / "odd.h5", "w") as file:
        for name in ("spikes/times", "spikes/units"):
            file.create_dataset(name, (3,), h5py.special_dtype(vlen=np.float32))
        for name, value in held.items():
            if isinstance(value, tuple):
                file.create_dataset(name, value, "u1", chunks=(1024,))
            else:
                file[name] = h5py.ExternalLink(value, "x") if isinstance(value, str) else value
    refuse(f"{EV} --events odd.h5 --json o.json", "odd.h5: ", words)


@pytest.mark.parametrize(
    "shape", ["abc", np.nan, 7.5, -1, [2**62, 2**62], np.full((2, 2), 1e30)], ids=repr
)
def test_the_shape_of_a_graphs_input(refuse: Refuse, here: Path, shape: Any) -> None:
    import h5py

    with h5py.File(here / "graph.nir", "a") as file:
        del file["node/nodes/input/shape"]
        file["node/nodes/input/shape"] = shape
    refuse("import graph.nir --out o.npz", "graph.nir: ", "shape of 'input'")


@pytest.mark.parametrize("value", [1j, b"3"], ids=repr)
def test_numbers_of_a_graph(refuse: Refuse, here: Path, value: complex | bytes) -> None:
    import h5py

    with h5py.File(here / "graph.nir", "a") as file:
        del file["node/nodes/layer1/r"]
        file["node/nodes/layer1/r"] = np.full(64, value)
    refuse("import graph.nir --out o.npz", "graph.nir: ", "numbers in r of 'layer1'")


ONE = '{"timing/clock_gate": %s}'
KEPT: list[str] = ["[1, 2]", "\0", "[" * 100_000, ONE % 7, ONE % '{"COLUMN": {}}']


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_results_that_an_earlier_run_has_not_written(
    refuse: Refuse, here: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = here / "signoff.json"
    monkeypatch.setattr(results, "PATH", path)
    for column in results.COLUMNS if "COLUMN" in text else ("",):
        path.write_text(text.replace("COLUMN", column))
        refuse("signoff --new", "signoff.json: ", "damaged")
    before = path.read_text()
    results.note("timing/clock_gate", "lockstep", {"tests": 1, "passed": True})
    assert results.known()["timing/clock_gate"]["lockstep"]["tests"] == 1
    assert path.with_suffix(".damaged").read_text() == before


def test_coverage_that_an_earlier_run_has_not_written(
    refuse: Refuse, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goals, "FOLDER", here)
    (here / "timing-clock_gate.json").write_text('{"lines": [], "configs": []}')
    refuse("coverage --page", "timing-clock_gate.json: ", "damaged")


def test_images_that_unpack_to_more_than_they_say(refuse: Refuse, here: Path) -> None:
    raw = struct.pack(">4I", 0x803, 1, 2, 2) + bytes(50_000_000)
    (here / "idx" / "t10k-images-idx3-ubyte").write_bytes(gzip.compress(raw, 1))
    refuse(f"{SIM} --data idx", "expected 4 bytes")


def test_a_checkpoint_that_is_none(refuse: Refuse, here: Path) -> None:
    save_npz(here / "o.npz.checkpoint", run="other", epoch="abc")
    refuse("train mubrain --data data.npz --out o.npz --resume", "o.npz.checkpoint")
