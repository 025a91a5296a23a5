"""What is around the program, and not as it was when it was written: one sentence, or no matter."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDSPIKE = [sys.executable, "-m", "goldspike.cli"]
LIMIT = 120
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def run(
    *arguments: str,
    env: dict[str, str] | None = None,
    changed: dict[str, str] | None = None,
    stdout: int | str = subprocess.PIPE,
    before: Callable[[], object] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program with another environment."""
    environment = {**(os.environ if env is None else env), **(changed or {})}
    output = open(stdout, "w") if isinstance(stdout, str) else stdout  # noqa: SIM115
    return subprocess.run(
        [*GOLDSPIKE, *arguments], env=environment, stdout=output, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace", check=False, timeout=LIMIT, preexec_fn=before,
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 2) -> None:
    """Insist on one sentence with all `words`."""
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("goldspike: ") and line.endswith(".")
    for word in words:
        assert word in line


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["list", "timing/clock_gate"], ["--help"], ["sim", "-h"]])
def test_an_output_that_is_full(arguments: list[str], unbuffered: str) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    done = run(*arguments, stdout="/dev/full", changed={"PYTHONUNBUFFERED": unbuffered})
    refused(done, "no space left", code=1)


def test_an_output_that_is_closed() -> None:
    refused(run("list", "timing/clock_gate", before=lambda: os.close(1)), "printed", code=1)


def test_a_reader_that_has_gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run("--help", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_few_files_can_be_open() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

    refused(run("list", before=limit), "open files", "16")


@pytest.mark.parametrize("kind", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
@pytest.mark.parametrize("size", [128 << 20, 500 << 20])
def test_little_memory_may_be_had(kind: int, size: int) -> None:
    done = run("list", "timing/clock_gate", before=lambda: resource.setrlimit(kind, (size, size)))
    refused(done, "512 MiB of memory", f"not {size >> 20}")


@pytest.mark.parametrize("changed", [ASCII, {"PYTHONIOENCODING": "ascii"}], ids=["C", "ascii"])
def test_a_terminal_without_our_letters(changed: dict[str, str]) -> None:
    assert prepared(f"print({'µ × – ≥ ß'!a})", {**os.environ, **changed}) == "u x - >= ?\n"
    done = run("export", "--help", changed=changed)
    assert done.returncode == 0 and done.stderr == ""


def test_a_locale_without_our_letters_in_files() -> None:
    done = run("signoff", "--short", changed=ASCII)
    assert done.returncode == 0, done.stderr
    assert "uBrain" in done.stdout


def prepared(code: str, env: dict[str, str]) -> str:
    """Return what some code prints after the program has made its process ready."""
    code = f"from goldspike.surroundings import prepare; prepare(); {code}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=False,
        timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_environment_without_anything() -> None:
    prepared("from cocotb_tools.runner import Verilator; Verilator()._set_env_common()", {})
    assert run("list", "timing/clock_gate", env={}).returncode == 0


def test_a_backend_that_is_not_there() -> None:
    prepared("import matplotlib.figure", {**os.environ, "MPLBACKEND": "nonsense"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GOLDSPIKE_SEED", "abc", ["whole number", "'abc'"]),
        ("GOLDSPIKE_SEED", "-1", ["at least 0", "'-1'"]),
        ("GOLDSPIKE_SEED", "9" * 5000, ["18 digits"]),
        ("NUMBA_NUM_THREADS", "0", ["at least 1", "'0'"]),
        ("GOLDSPIKE_BUILD", "/dev/null/x", ["GOLDSPIKE_BUILD", "not a directory"]),
        ("GOLDSPIKE_BUILD", "file", ["GOLDSPIKE_BUILD", "/file"]),
    ],
)
def test_a_variable_that_is_none(
    name: str, value: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    arguments = ["verify", "timing/clock_gate", "--driver", "arrays", "--config", "1"]
    refused(run(*arguments, changed={name: value}), name, *words)


@pytest.mark.parametrize("value", ["abc", "9" * 5000])
def test_variables_that_numba_cannot_read(value: str) -> None:
    changed: dict[str, str] = {"NUMBA_OPT": value, "NUMBA_DISABLE_JIT": value}
    assert (
        prepared("import numba; print(bool(numba.config.OPT))", {**os.environ, **changed})
        == "True\n"
    )
    done = run("sim", "mubrain", "--samples", "0", changed=changed)
    refused(done, "samples")


def test_a_relative_build_folder_is_below_where_the_user_stands(tmp_path: Path) -> None:
    code = "from goldspike.model.paths import BUILD; import os; os.chdir('/'); print(BUILD)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "GOLDSPIKE_BUILD": "my builds"},
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=LIMIT,
    )  # fmt: skip
    assert done.stdout == f"{tmp_path}/my builds\n"
