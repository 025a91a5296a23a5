"""What bad input is tried on: a folder with good files, and a command that must be refused."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

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
    (tmp_path / "classes" / "0").mkdir(parents=True)
    (tmp_path / "classes" / "0" / "events.csv").write_text(EVENTS)
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
