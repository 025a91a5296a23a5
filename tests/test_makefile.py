"""What is given to make reaches the command as it is: nothing runs, nothing is split."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from goldspike.model.paths import ROOT

HOSTILE = [
    "my folder/a b.npz",
    "a'b\"c",
    "a; touch ran",
    "$(shell touch ran)",
    "$(touch ran)",
    "`touch ran`",
    "$HOME ${HOME} $$ $(HOME)",
    "* ? [a-z]",
    "a & touch ran",
    "a | touch ran # not",
    "--help",
    "-n",
    "back\\slash\\",
    "two\nlines",
    "µ €",
    "a,b=c:d%e~",
]

ECHO = """#!{python}
import json, sys
with open({out!r}, "a") as out:
    print(json.dumps([sys.argv[0].rpartition("/")[2], *sys.argv[1:]]), file=out)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose programs only note how they are called."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("goldspike", "ruff", "pytest", "python"):
        program = programs / name
        program.write_text(ECHO.format(python=sys.executable, out=str(tmp_path / "calls")))
        program.chmod(0o755)
    (tmp_path / ".venv" / ".ready").touch()
    return tmp_path


def calls(folder: Path, *arguments: str, **environment: str) -> list[list[str]]:
    """Run make; return how the programs were called."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(
        ["make", *arguments], cwd=folder, env=given | environment, check=True, timeout=60,
        capture_output=True,
    )  # fmt: skip
    assert not (folder / "ran").exists()
    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_file_name_arrives_as_it_is(value: str, folder: Path) -> None:
    (call,) = calls(folder, "sim", f"NET={value}", f"DATA={value}", f"CHIP={value}")
    assert call == [
        "goldspike", "sim", f"--net={value}", f"--data={value}", "--engine=model", "--", value,
    ]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_it_does_from_the_environment_too(value: str, folder: Path) -> None:
    (call,) = calls(folder, "vectors", BLOCK=value, CONFIG=value, SEED=value, STEPS=value)
    options = [f"--config={value}", f"--seed={value}", f"--steps={value}"]
    assert call == ["goldspike", "vectors", *options, "--", value]


TARGETS = {
    "train": ("OUT", "--out"),
    "verilog": ("REALISATION", "--realisation"),
    "waves": ("CONFIG", "--config"),
    "gates": ("SEED", "--seed"),
    "mutate": ("SEED", "--seed"),
    "coverage": ("SEED", "--seed"),
    "report": ("REPORT", "--"),
    "prove": ("BLOCK", "--"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_passes_values_on(target: str, folder: Path) -> None:
    name, option = TARGETS[target]
    value = "a b; touch ran $(shell touch ran) `touch ran` '\""
    (call,) = calls(folder, target, f"{name}={value}")
    assert (f"{option}={value}" in call) if option != "--" else call[-2:] == ["--", value]


def test_settings_are_divided_at_blanks_and_nowhere_else(folder: Path) -> None:
    value = "policy=linear  rate_max=4e5 sizes=*;touch ran,$(shell touch ran) x=`touch`'\""
    for target in ("sim", "train"):
        (folder / "calls").unlink(missing_ok=True)
        (call,) = calls(folder, target, f"SET={value}")
        given = [word.removeprefix("--set=") for word in call if word.startswith("--set=")]
        assert given == value.split()


def test_flags_and_what_is_left_out(folder: Path) -> None:
    (call,) = calls(folder, "sim", "REPORT=1", "SAMPLES=3", "JOBS=2", "EVENTS=e.csv")
    assert call == [
        "goldspike", "sim", "--engine=model", "--samples=3", "--jobs=2", "--events=e.csv",
        "--report", "--", "mubrain",
    ]  # fmt: skip
    (folder / "calls").unlink()
    assert calls(folder, "verilog", "signoff", "WRITE=1") == [
        ["goldspike", "verilog"],
        ["goldspike", "signoff", "--write"],
    ]


READING = {
    "UNIT": "unit", "SENSOR": "sensor", "POLARITY": "polarity", "FIELDS": "columns", "FROM": "from",
    "TO": "to",
}  # fmt: skip
"""Options by variable; COLUMNS is the width of the terminal, which many shells export."""


@pytest.mark.parametrize("value", HOSTILE)
def test_how_a_recording_is_read(value: str, folder: Path) -> None:
    variables = [f"{name}={value}" for name in READING]
    (call,) = calls(folder, "sim", "EVENTS=e.csv", "SORT=1", *variables)
    options = [f"--{name}={value}" for name in READING.values()]
    assert call[3:] == ["--events=e.csv", *options, "--sort", "--", "mubrain"]
    (folder / "calls").unlink()
    (call,) = calls(folder, "sim", *variables)
    assert call == ["goldspike", "sim", "--engine=model", "--", "mubrain"]


@pytest.mark.parametrize("block", ["mubrain/arbiter", "$(shell touch ran)/`touch ran`;touch ran"])
def test_verify_takes_one_circuit(block: str, folder: Path) -> None:
    test = folder / "tests" / "cosim" / "mubrain" / "test_arbiter.py"
    test.parent.mkdir(parents=True)
    test.touch()
    first, *_, last = calls(folder, "verify", f"BLOCK={block}", "SLOW=1")
    assert first == ["goldspike", "list", "--", block]
    assert last[:7] == ["pytest", "-q", "-n", "2", "--dist", "worksteal", "-m"] and last[7] == ""
    assert last[-1] == f"--circuit={block}"
    assert ("tests/cosim/mubrain/test_arbiter.py" in last) == (block == "mubrain/arbiter")
    (folder / "calls").unlink()
    *_, last = calls(folder, "verify")
    assert last == ["pytest", "-q", "-n", "2", "--dist", "worksteal"]
