"""Modules that lie where the user stands are never imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from goldspike.model.isolation import python_command
from goldspike.model.paths import ROOT

PROGRAM = [str(Path(sys.executable).parent / "goldspike")]
MODULE = [sys.executable, "-m", "goldspike.cli"]
TRAPS = ("nir", "numpy", "aedat", "h5py", "json", "struct", "argparse", "numba", "goldspikes")


@pytest.fixture
def trapped(tmp_path):
    """Return a folder full of modules that say so when they are imported."""
    for name in TRAPS:
        text = f"from pathlib import Path\nPath({str(tmp_path)!r}, 'run-{name}').touch()\n"
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def ran(folder):
    return sorted(path.name for path in folder.glob("run-*"))


@pytest.mark.parametrize(
    ("start", "path"), [(PROGRAM, ":"), (MODULE, "")], ids=["goldspike", "python -m"]
)
def test_a_network_is_imported_without_them(trapped, start, path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", path)  # an empty entry is the current folder
    command = [*start, "import", str(ROOT / "nets" / "digits_snntorch.nir"), "--out", "net.npz"]
    done = subprocess.run(
        command, cwd=trapped, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (trapped / "net.npz").exists()
    assert ran(trapped) == []


def test_a_child_finds_what_its_parent_was_told_to_look_for(trapped, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "beyond.py").write_text("value = 42\n")
    code = (
        "import subprocess, sys; from goldspike.model.isolation import python_command; "
        f"sys.path.append({str(elsewhere)!r}); "
        "print(subprocess.run(python_command('import beyond, numpy, nir; print(beyond.value)'), "
        "capture_output=True, text=True, check=True, timeout=60).stdout.strip())"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; del sys.path[0]; {code}"],
        cwd=trapped, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == "42\n", done.stderr
    assert ran(trapped) == []


def test_a_childs_arguments_are_its_own():
    command = python_command("import sys; print(sys.argv[1:])", "a b", "-c")
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "['a b', '-c']\n"
