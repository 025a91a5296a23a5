"""What is built from the checkout can be installed elsewhere and leaves others' files alone."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from goldspike.cosim.simulator.runtime import headers_folder, runtime_folder
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.model.paths import ROOT

DATA = {
    "hdl/waivers.vlt",
    "hdl/timing/cells.v",
    "nets/digits.npz",
    "nets/digits_snntorch.nir",
    "data/digits.npz",
    "waveforms/mubrain/arbiter.gtkw",
}
"""Some of what the program reads beside its code."""

LIMIT = 300
"""Seconds that any one command may take on a machine that is busy with something else."""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must end well; return what it printed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GOLDSPIKE"))}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=inherited | environment, text=True,
        capture_output=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def pip_wheel(source: Path, folder: Path) -> Path:
    """Build a wheel without downloading anything."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, source, cwd=folder.parent)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that the build leaves nothing in it; links stay links."""
    source = tmp_path_factory.mktemp("wheel") / "source"
    unwanted = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, source, symlinks=True, ignore=unwanted)
    return source


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    return pip_wheel(source, source.parent / "wheels")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with this one's dependencies by their path."""
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=venv)
    (packages,) = venv.glob("lib/python*/site-packages")
    ours = Path(pytest.__file__).parent.parent
    (packages / "dependencies.pth").write_text(f"{ours}\n")
    return packages


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A user's folder, with modules called like the wings; Verilator's runtime is ready in it."""
    for name in ("model.py", "hdl.py", "cosim.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')\n")
    (tmp_path / "build" / "simulators").mkdir(parents=True)
    for ready in (runtime_folder(find_verilator()), headers_folder(find_verilator())):
        (tmp_path / "build" / "simulators" / ready.name).symlink_to(ready)
    return tmp_path


def files(packages: Path) -> set[Path]:
    return {path for path in packages.rglob("*") if "__pycache__" not in path.parts}


def test_packages_are_real_and_carry_their_data(wheel: Path) -> None:
    inside = names(wheel)
    assert {f"goldspike/{name}" for name in DATA} <= inside
    for path in (*ROOT.glob("*/*/*.py"), *ROOT.glob("*/*/*/*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.split("/")[0] in ("model", "hdl", "cosim", "proofs", "workloads", "signoff"):
            assert f"goldspike/{name}" in inside


def test_the_source_archive_builds_the_same_wheel(source: Path, wheel: Path) -> None:
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    folder = source.parent / "archive"
    run(sys.executable, "-c", code, folder, cwd=source)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    assert not any(path.is_symlink() for path in unpacked.rglob("*"))
    assert names(pip_wheel(unpacked, folder / "wheels")) == names(wheel)


def test_it_runs_from_an_empty_folder(installed: Path, desk: Path) -> None:
    before, command = files(installed), installed.parents[2] / "bin" / "goldspike"
    assert "mubrain/cell/arbiter" in (listed := run(command, "list", cwd=desk))
    assert "nets/digits.npz" in listed
    named = ["sim", "mubrain", "--samples", "1", "--net", "nets/digits.npz"]
    assert "accuracy" in run(command, *named, cwd=desk)
    neuron = ["verify", "mubrain/neuron", "--config", "published"]
    assert "records equal" in run(command, *neuron, cwd=desk)
    run(command, "verilog", "mubrain/chip", cwd=desk)
    run(command, "verilog", "mubrain/cell/arbiter", cwd=desk)
    build = desk / "build"
    assert (build / "sim" / "mubrain.json").exists()
    assert list(build.glob("simulators/mubrain_neuron-*/mubrain_neuron"))
    assert (build / "verilog" / "mubrain_chip.v").exists()
    assert "module cell_delay" in (build / "verilog" / "cells.v").read_text()
    assert files(installed) == before
