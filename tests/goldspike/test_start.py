"""What a run loads: the golden model no circuit, a wrong argument not even the model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = """
import json, sys
from goldspike.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """Run the command line in a fresh process; return the modules that it loaded."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], cwd=folder, check=True, capture_output=True,
        text=True,
        timeout=600,
    )  # fmt: skip
    return set(json.loads(run.stdout.splitlines()[-1]))


def tops(modules: set[str]) -> set[str]:
    """Return packages, and those inside goldspike."""
    return {".".join(name.split(".")[: 2 if name.startswith("goldspike.") else 1])
            for name in modules}  # fmt: skip


CIRCUITS = {"goldspike.hdl", "goldspike.cosim", "goldspike.proofs", "amaranth", "cocotb"}
DRAWING = {"matplotlib"}


@pytest.mark.parametrize("chip", ["mubrain", "imc"])
def test_a_golden_run_loads_no_circuit(chip: str, tmp_path: Path) -> None:
    found = tops(loaded(tmp_path, "sim", chip, "--samples", "1", "--json", "run.json"))
    assert (tmp_path / "run.json").exists()
    assert "goldspike.model" in found
    assert not found & (CIRCUITS | DRAWING)
    assert "tqdm" not in found


def test_golden_events_load_no_circuit(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("t,address\n0,3\n10,4\n")
    found = tops(loaded(tmp_path, "sim", "mubrain", "--events", "few.csv", "--json", "run.json"))
    assert (tmp_path / "run.csv").exists()
    assert not found & CIRCUITS


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["sim", "mubrain", "--help"],
        ["sim", "nowhere"],
        ["sim", "mubrain", "--samples", "many"],
        ["sim", "mubrain", "--net", "nowhere.npz"],
        ["sim", "mubrain", "--set", "speed=1"],
        ["train", "imc", "--out", "x.npz"],
        ["fly"],
    ],
    ids=" ".join,
)
def test_help_and_wrong_arguments_load_no_compiler(arguments: list[str], tmp_path: Path) -> None:
    found = tops(loaded(tmp_path, *arguments))
    assert not found & (CIRCUITS | DRAWING | {"numba", "llvmlite"})
