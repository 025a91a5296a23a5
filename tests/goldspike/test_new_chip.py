"""A chip of one circuit is added by its own files alone, and every command runs on it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.cosim.simulator.runtime import headers_folder, runtime_folder
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.model.paths import ROOT
from goldspike.proofs.smt import missing_tools

CHIP = Path(__file__).with_name("tally")
"""Its files by wing."""

WINGS = ("model", "workloads", "hdl", "cosim", "proofs", "signoff", "waveforms", "goldspike")

Run = Callable[..., str]

needs_tools = pytest.mark.skipif(
    bool(missing_tools()),
    reason=f"{', '.join(missing_tools())} not installed; they come with the extra 'prove'",
)


@pytest.fixture(scope="module")
def goldspike(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that runs a command in a house with one chip more."""
    house = tmp_path_factory.mktemp("house")
    for wing in WINGS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / wing, house / wing, symlinks=True, ignore=ignored)
    for folder in ("nets", "data"):
        (house / folder).symlink_to(ROOT / folder)
    for files in CHIP.iterdir():
        target = house / files.name / "tally"
        shutil.copytree(files, target, ignore=shutil.ignore_patterns("__pycache__"))
        (target / "__init__.py").write_text('"""A chip of one counter."""\n')
    user = house / "user"  # who stands elsewhere than the program
    (user / "build" / "simulators").mkdir(parents=True)
    for ready in (runtime_folder(find_verilator()), headers_folder(find_verilator())):
        (user / "build" / "simulators" / ready.name).symlink_to(ready)
    own = {"PYTHONPATH": str(house), "GOLDSPIKE_BUILD": "", "GOLDSPIKE_SEED": ""}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "goldspike.cli", *arguments],
            cwd=user, env=os.environ | own, text=True, capture_output=True,
            check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_no_line_elsewhere_knows_the_chip() -> None:
    for wing in WINGS:
        files = (path for path in (ROOT / wing).rglob("*.py") if path.is_file())
        assert not [path for path in files if re.search(r"\btally\b", path.read_text())]


def test_list(goldspike: Run) -> None:
    text = goldspike("list")
    assert "tally: counts bright points" in text
    assert "tally/counter" in text
    assert goldspike("list", "tally/counter").split() == ["tally/counter", "3", "8"]


def test_sim(goldspike: Run, tmp_path: Path) -> None:
    counts = {}
    for engine in ("model", "lockstep"):
        out = tmp_path / f"{engine}.json"
        text = goldspike("sim", "tally", "--engine", engine, "--samples", "3", "--json", str(out))
        assert "points" in text
        counts[engine] = json.loads(out.read_text())["counts"]
    assert counts["model"] == counts["lockstep"]
    assert counts["model"]["counter"]["points"] > 0


def test_verify_from_arrays(goldspike: Run) -> None:
    text = goldspike("verify", "tally/counter", "--driver", "arrays")
    assert text.count("records equal") == 2


def test_vectors(goldspike: Run, tmp_path: Path) -> None:
    goldspike("vectors", "tally/counter", "--steps", "200", "-o", str(tmp_path))
    written = {path.name for path in (tmp_path / "tally_counter").iterdir()}
    assert {"tally_counter.v", "tally_counter_tb.v", "stimulus.hex", "expected.hex"} <= written


@pytest.mark.slow
@needs_tools
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "tally/counter", "--config", "3"], "records equal"),
        (["prove", "tally/counter"], "1 properties proved"),
        (["gates", "tally/counter"], "equals the RTL"),
        (["mutate", "tally/counter", "--count", "10"], "100.0 % of "),
        (["coverage", "tally/counter"], "lines 100 %, toggle 100 %, bins 100 %"),
        (["waves", "tally/counter"], "tally_counter.png"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_other_command(goldspike: Run, arguments: list[str], words: str) -> None:
    assert words in goldspike(*arguments)
