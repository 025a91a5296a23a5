"""Kinds of bad input, each with its neighbours: one sentence, exit code 2, nothing touched."""

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.imc.network import load_cnn, save_cnn
from goldspike.workloads.nir_graph import write_chain

Refuse = Callable[..., None]

NET = {"w1": np.ones((256, 64), np.int8), "w2": np.ones((64, 10), np.int8)}
IMAGES = {"x": np.full((3, 8, 8), 200, np.uint8), "y": np.arange(3)}
EVENTS = "t_us,address\n1,0\n50,255\n90,3\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with one good file of every format."""
    monkeypatch.chdir(tmp_path)
    save_npz("net.npz", **NET)
    save_npz("data.npz", **IMAGES)
    save_npz("events.npz", t=np.arange(3), x=np.arange(3), y=np.arange(3), width=16, height=16)
    Path("events.csv").write_text(EVENTS)
    Path("pixels.csv").write_text("t_us,x,y\n1,0,0\n9,1,1\n")
    cnn, _ = load_cnn(ROOT / "nets" / "imc_digits.npz")
    save_cnn("cnn.npz", cnn, {"side": 8})
    write_chain("graph.nir", list(NET.values()), 64, {"window": 1000})
    os.mkfifo("pipe.npz")
    os.mkfifo("pipe.csv")
    Path("zero.csv").symlink_to("/dev/zero")
    Path("loop.json").symlink_to("loop.json")
    Path("again.npz").symlink_to("data.npz")
    Path("hard.npz").hardlink_to("data.npz")
    folder = tmp_path / "idx"
    folder.mkdir()
    (folder / "t10k-images-idx3-ubyte").write_bytes(
        struct.pack(">4I", 0x803, 1, 2, 2) + b"\xff" * 4
    )
    (folder / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 1) + b"\1")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes | str]:
    """Return all that lies in a folder."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        plain = path.is_file() and not path.is_symlink()
        found[str(path)] = (
            path.read_bytes() if plain else os.readlink(path) if path.is_symlink() else ""
        )
    return found


@pytest.fixture
def refuse(here: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Return a function that runs a command and insists on one sentence and an untouched folder."""

    def run(command: str | list[str], *words: str) -> None:
        before = contents(here)
        arguments = command.split() if isinstance(command, str) else command
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse ends by itself
            code = ended.code
        shown = capsys.readouterr()
        assert code == 2, shown
        assert shown.out == ""
        assert shown.err.startswith("goldspike") and shown.err.endswith("\n")
        assert len(shown.err.splitlines()) == 1 and len(shown.err) < 3000
        for word in words:
            assert word in shown.err
        assert contents(here) == before

    return run


READS = "but this run reads it."
THERE_TOO = "there too."
SIM = "sim mubrain --net net.npz --samples 2"
IMC = "sim imc --samples 2"
EV = "sim mubrain --net net.npz"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{SIM} --data data.npz --json data.json", READS),
        (f"{SIM} --data data.npz --json data.npz", READS),
        (f"{SIM} --data data.npz --json again.json", READS),
        (f"{SIM} --data data.npz --json hard.json", READS),
        (f"{SIM} --data again.npz --json data.json", READS),
        (f"{SIM} --data data.npz --json ./idx/../data.json", READS),
        (f"{SIM} --data data.npz --json net.json", READS),
        (f"{SIM} --data idx --json idx/t10k-images-idx3-ubyte", "which is read"),
        (f"{SIM} --data idx --json idx/out.json", "which is read"),
        (f"{SIM} --data data.npz --json out.npz", THERE_TOO),
        (f"{SIM} --json {ROOT}/data/digits.json", "ships with goldspike"),
        (f"{SIM} --json {ROOT}/nets/mnist.json", "ships with goldspike"),
        (f"{IMC} --data data.npz --json data.json", READS),
        (f"{IMC} --net cnn.npz --json cnn.json", READS),
        (f"{IMC} --json {ROOT}/data/digits.json", "ships with goldspike"),
        (f"{EV} --events events.csv --json events.csv", READS),
        (f"{EV} --events events.csv --json events.json", READS),
        (f"{EV} --events events.npz --json o.json --out-events events.npz", READS),
        (f"{EV} --events events.csv --json o.json --raster net.npz", READS),
        (f"{EV} --events events.csv --json o.csv", THERE_TOO),
        (f"{EV} --events events.csv --json o.png", THERE_TOO),
        (f"{EV} --events events.csv --json o.json --raster o.json", THERE_TOO),
        (f"{EV} --events events.csv --json o.json --out-events o.csv --raster o.csv", THERE_TOO),
        ("train mubrain --data data.npz --out data.npz", READS),
        ("train mubrain --data data.npz --out hard.npz", READS),
        ("train mubrain --data idx --out idx/net.npz", "which is read"),
        (f"train mubrain --out {ROOT}/data/digits.npz", "ships with goldspike"),
        (f"train mubrain --out {ROOT}/nets/digits.npz", "ships with goldspike"),
        ("import graph.nir --out graph.nir", READS),
        ("import graph.nir --out o.npz --json o.npz", THERE_TOO),
        ("import graph.nir --out o.npz --json graph.nir", READS),
        ("import graph.nir --out data.npz --data data.npz", READS),
        (f"import graph.nir --out {ROOT}/nets/digits.npz", "ships with goldspike"),
        ("export net.npz --out net.npz", READS),
        ("export net.npz --out ./idx/../net.npz", READS),
        (f"export net.npz --out {ROOT}/nets/digits_snntorch.nir", "ships with goldspike"),
        ("report imc-mapping -o data.npz", "data.npz"),
        ("vectors timing/edge_detector -o data.npz", "data.npz"),
        ("waves timing/edge_detector -o data.npz", "data.npz"),
        ("verilog timing/edge_detector -o data.npz", "data.npz"),
        (f"verilog timing/cell/edge_detector -o {ROOT}/hdl/timing", READS),
    ],
)
def test_no_output_over_an_input(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{SIM} --json loop.json", "link that leads to itself"),
        (f"{SIM} --json pipe.npz", "pipe"),
        (f"{SIM} --json pipe.json", "pipe"),
        (f"{SIM} --json /dev/full", "device"),
        (f"{SIM} --json idx", "folder"),
        (f"{SIM} --json .", "name of a file"),
        (f"{SIM} --json /", "name of a file"),
        (f"{SIM} --json data.npz/o.json", "not a directory"),
        (f"{SIM} --json {'a' * 252}.json", "file name too long"),
        (f"{SIM} --json {'a/' * 3000}o.json", "too long"),
        (f"train mubrain --out {'a' * 250}", "file name too long"),
        ("export net.npz --out pipe.csv", "pipe"),
        (f"{EV} --events events.csv --json o.json --raster pipe.csv", "pipe"),
        (f"{EV} --events pipe.csv --json o.json", "it is a pipe"),
        (f"{EV} --events zero.csv --json o.json", "it is a device"),
        (f"{EV} --events idx --json o.json", "idx"),
        (f"{SIM} --data pipe.npz", "it is a pipe"),
        (f"{SIM} --data {'a' * 300}", "file name too long"),
        ("sim mubrain --net pipe.npz", "it is a pipe"),
        ("sim imc --net pipe.npz", "it is a pipe"),
        ("sim mubrain --net idx", "it is a folder"),
        ("import pipe.npz --out o.npz", "it is a pipe"),
        ("import idx --out o.npz", "it is a folder"),
        ("export pipe.npz --out o.nir", "it is a pipe"),
        ("train mubrain --data pipe.npz --out o.npz", "it is a pipe"),
    ],
)
def test_special_files(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize("option", ["--data", "--net", "--events", "--json", "--set", "--engine"])
def test_names_with_line_breaks_stay_in_the_line(refuse: Refuse, option: str) -> None:
    name = "pipe.npz/a\nb\r\x1b[31m.npz" if option == "--json" else "a\nb\r\x1b[31m.npz"
    refuse(["sim", "mubrain", option, name], r"a\nb\r\x1b[31m")


@pytest.mark.parametrize(
    "command",
    [["sim", "a\nb"], ["verify", "a\nb"], ["a\nb"], ["list", "a\nb"], ["sim", "mubrain", "--a\nb"]],
)
def test_words_with_line_breaks_stay_in_the_line(refuse: Refuse, command: list[str]) -> None:
    refuse(command, r"a\nb")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        *[(f"{SIM} --set window={n}", "window") for n in (2**32, 10**12, 2**40, 2**64, 10**400)],
        (f"{SIM} --set window=4294967295 --set rate_max=1e7 --set rate_min=1e6", "memory"),
        (f"{SIM} --set tick_ns=1e-300", "tick_ns"),
        (f"{SIM} --set tick_ns=1e300", "tick_ns"),
        (f"{SIM} --set rate_max=1e308", "rate"),
        (f"{SIM} --set delay_load=1000000000", "at most 4294967295 ticks (42.9 s)"),
        (f"{SIM} --set delay_recover=60000000", "at most 4294967295 ticks (42.9 s)"),
        (f"{SIM} --set delay_load={10**30}", "delay load"),
        (f"{SIM} --set seed=-1", "seed"),
        (f"{SIM} --samples {10**30}", "samples"),
        (f"{SIM} --samples {'9' * 5000}", "samples"),
        (f"{SIM} --jobs {10**30}", "jobs"),
        (
            f"{EV} --events events.csv --set delay_load={10**9} --set delay_select={10**9}",
            "4294967295",
        ),
        (f"{EV} --events pixels.csv --sensor {10**20}x{10**20} --json o.json", "WIDTHxHEIGHT"),
        (f"{EV} --events pixels.csv --sensor 1000000x1000000 --json o.json", "1..32768"),
        (f"{EV} --events pixels.csv --sensor {'9' * 5000}x2 --json o.json", "WIDTHxHEIGHT"),
        (f"{EV} --events events.csv --from 1e999999 --json o.json", "--from"),
        (f"{EV} --events events.csv --to {10**40} --json o.json", "--to"),
        *[(f"{IMC} --set {name}={value}", name)
          for name in ("word_bits", "rows_per_tick", "depth", "replicas")
          for value in (0, -1, 10**9, 10**30)],
        ("train mubrain --out o.npz --set sizes=1048576,64,10", "sizes"),
        ("train mubrain --out o.npz --set sizes=256,1000000000,10", "sizes"),
        (f"train mubrain --out o.npz --set sizes=256,{10**400},10", "sizes"),
        (f"train mubrain --out o.npz --set sizes={10**400},10", "sizes"),
        *[(f"train mubrain --out o.npz --set {name}={10**400}", name)
          for name in ("threshold", "window", "epochs", "batch", "shift", "weight_bits")],
        *[(f"train mubrain --out o.npz --set {name}=1e308", name)
          for name in ("rate_max", "learning_rate", "sharpness", "quiet", "input_noise",
                       "hidden_noise")],
        (f"train mubrain --out o.npz --seed {10**400}", "seed"),
        (f"train mubrain --out o.npz --seed -{10**400}", "seed"),
        ("import graph.nir --out o.npz --dt 1e999", "dt"),
        ("import graph.nir --out o.npz --dt nan", "dt"),
        ("import graph.nir --out o.npz --gain 1e999", "gain"),
        (f"import graph.nir --out o.npz --set window={10**400}", "window"),
        (f"verify mubrain/neuron --driver arrays --steps {10**12}", "memory"),
        (f"verify mubrain/neuron --seed {10**30}", "seed"),
        (f"verify mubrain/neuron --random {10**30}", "random"),
        (f"vectors mubrain/neuron --steps {10**12}", "memory"),
        (f"vectors mubrain/neuron --steps {'9' * 5000}", "steps"),
        (f"waves mubrain/neuron --seed {10**30}", "seed"),
        *[(f"verify mubrain/arbiter --config inputs={n}", "inputs") for n in (0, 10**9, 10**30)],
    ],
)  # fmt: skip
def test_numbers_have_limits(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("verify mubrain/neuron --random 1 --config nope", "--config"),
        ("verify mubrain/neuron --random 1 --config published", "--config"),
        ("verify mubrain/neuron --random 1 --steps 1000", "--steps"),
        ("verify mubrain/neuron --random 1 --driver cocotb", "cocotb"),
        ("verify mubrain/neuron --random 0", "random"),
        ("verify mubrain/neuron --random -1", "random"),
        ("prove mubrain/neuron --quick --timeout 0", "timeout"),
        ("prove mubrain/neuron --quick --timeout -1", "timeout"),
        ("mutate mubrain/neuron --count 0", "mutants"),
        ("mutate mubrain/neuron --count -1", "mutants"),
        ("coverage --page --seed 2", "seed"),
        ("coverage --page mubrain/neuron", "circuit"),
        (f"{SIM} --set rate_max=50", "rate_min"),
        (f"{SIM} --set rate_min=60 --set rate_max=50", "rate_min"),
        (f"{SIM} --set rate_max=50 --set rate_min=60", "rate_min"),
    ],
)
def test_silent_nonsense(refuse: Refuse, command: str, words: str) -> None:
    refuse(command, words)


@pytest.mark.parametrize(
    "order",
    ["--set rate_min=1000 --set rate_max=30000", "--set rate_max=30000 --set rate_min=1000"],
)
def test_settings_may_come_in_any_order(here: Path, order: str) -> None:
    assert main(f"{SIM} --set window=2000 {order} --json new/o.json".split()) == 0


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


def test_images_that_unpack_to_more_than_they_say(refuse: Refuse, here: Path) -> None:
    raw = struct.pack(">4I", 0x803, 1, 2, 2) + bytes(50_000_000)
    (here / "idx" / "t10k-images-idx3-ubyte").write_bytes(gzip.compress(raw, 1))
    refuse(f"{SIM} --data idx", "expected 4 bytes")


def test_a_checkpoint_that_is_none(refuse: Refuse, here: Path) -> None:
    save_npz(here / "o.npz.checkpoint", run="other", epoch="abc")
    refuse("train mubrain --data data.npz --out o.npz --resume", "o.npz.checkpoint")
