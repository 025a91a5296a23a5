"""Ended in the middle of something: no process goes on, nothing half done stays."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.lockstep.runner import run_bench

LIMIT = 60
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
HEARD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
"""A script's job in the background inherits that interrupts are ignored; nohup's, hang-ups."""

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@contextmanager
def started(code: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python code in a process of its own, which is killed at the latest afterwards."""
    run = subprocess.Popen(
        [sys.executable, "-c", HEARD + code],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield run
    finally:
        run.kill()
        run.wait(LIMIT)


def wait_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


SLOW = """#!/bin/sh
case "$*" in
*--version*) echo slow 1 ;;
*) echo $$ >> "$PIDS"; sleep 600 & echo $! >> "$PIDS"; wait ;;
esac
"""

BUILD = """
from goldspike.cosim.simulator.runtime import runtime_folder
from goldspike.cosim.simulator.tools import find_verilator
from goldspike import surroundings
from goldspike.surroundings import Terminated, terminable
surroundings.GRACE_S = 60  # a busy machine is no reason to end without clearing away
with terminable():
    try:
        runtime_folder(find_verilator())
    except (KeyboardInterrupt, Terminated):
        raise SystemExit(77)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_no_compiler_outlives_its_build(number: signal.Signals, tmp_path: Path) -> None:
    compiler, pids = tmp_path / "slow-cc", tmp_path / "pids"
    compiler.write_text(SLOW)
    compiler.chmod(0o755)
    cache = tmp_path / "build" / "simulators"
    variables = {"CXX": str(compiler), "PIDS": str(pids), "GOLDSPIKE_BUILD": str(cache.parent)}
    with started(BUILD, **variables) as run:
        wait_for(lambda: pids.exists() and len(pids.read_text().splitlines()) >= 2)
        assert len(list(cache.glob(".part-*"))) == 1
        run.send_signal(number)
        ended = run.wait(LIMIT)
    wait_for(lambda: not any(runs(int(pid)) for pid in pids.read_text().split()))
    if number == signal.SIGKILL:
        compiler.write_text(SLOW.replace("\n*)", "\n*) exit 1;"))
        with started(BUILD, **variables) as run:  # it clears away what the killed one left
            assert run.wait(LIMIT) == 1
    else:
        assert ended == 77
    assert list(cache.iterdir()) == []


VERIFY = """
import sys
from goldspike.cli import main
sys.argv[1:] = ["verify", "timing/clock_gate", "--config", "1", "--steps", "1000000"]
sys.exit(main())
"""


def family_of(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *family_of(child)]
    return found


def children(pid: int, name: str) -> list[int]:
    """Return the processes of this name that a process started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text().rpartition(")")
        except OSError:
            continue
        if after.split()[1] == str(pid) and before.partition("(")[2] == name[:15]:
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_simulator_outlives_its_run(number: signal.Signals, tmp_path: Path) -> None:
    bench = load_bench("timing/clock_gate")
    run_bench(bench, "1", steps=bench.steps + 1)  # so that it is compiled already
    with started(VERIFY, TMPDIR=str(tmp_path)) as run:
        wait_for(lambda: children(run.pid, "timing_clock_gate"))
        (simulator,) = children(run.pid, "timing_clock_gate")
        time.sleep(0.5)  # its Python has started
        assert runs(simulator) and run.poll() is None
        run.send_signal(number)
        ended = run.wait(LIMIT)
    wait_for(lambda: not runs(simulator))
    if number == signal.SIGTERM:
        assert ended == 128 + number
        assert list(tmp_path.iterdir()) == []


DEAF = """
import hashlib
from goldspike import surroundings
surroundings.GRACE_S = 0.5
with surroundings.terminable():
    open("begun", "w").close()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # Python hears nothing for an hour
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_compiled_code_that_takes_long_is_ended(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with started(DEAF) as run:
        wait_for(Path("begun").exists)
        time.sleep(0.2)
        run.send_signal(number)
        assert run.wait(LIMIT) == 128 + number


SWEEP = """
import sys
from goldspike.cli import main
seeds = ",".join(map(str, range(1000)))
sys.argv[1:] = ["sweep", "mubrain", "--set", "seed=" + seeds, "--samples", "4", "--json", "s.json"]
sys.exit(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_sweep_ended_in_the_middle(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldspike.cli import main
    from goldspike.grid import sweep

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    Path("s.json").write_text("earlier")
    with started(SWEEP, TMPDIR=str(tmp_path / "tmp")) as run:
        wait_for(lambda: list(tmp_path.glob("tmp/*/run.json")))
        others = family_of(run.pid)
        run.send_signal(number)
        ended = run.wait(LIMIT)
    wait_for(lambda: not any(map(runs, others)))
    assert ended == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
    assert Path("s.json").read_text() == "earlier"
    assert bool(list(tmp_path.glob("tmp/*"))) == (number == signal.SIGKILL)
    assert (
        main(["sweep", "mubrain", "--set", "seed=1,2", "--samples", "4", "--json", "s.json"]) == 0
    )
    assert list(tmp_path.glob("tmp/*")) == []  # nor what the killed one left
    before = json.loads(Path("s.json").read_text())["runs"]
    again = sweep("mubrain", assignments=["seed=1,2"], samples=4, out=tmp_path / "t.json")["runs"]
    for one in (*before, *again):
        del one["wall_seconds"]
    assert before == again


WRITE = """
import time
from goldspike.model.files import write_atomically
def fill(stream):
    stream.write(b"half")
    stream.flush()
    time.sleep(600)
write_atomically("report.json", fill)
"""


def test_a_file_half_written_is_cleared_away_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldspike.model.files import write_json

    monkeypatch.chdir(tmp_path)
    write_json("report.json", "earlier")
    with started(WRITE) as killed, started(WRITE):
        wait_for(lambda: len(list(tmp_path.glob(".report.json.*"))) == 2)
        killed.kill()
        killed.wait(LIMIT)
        write_json("report.json", "later")
        assert len(list(tmp_path.glob(".report.json.*"))) == 1  # the other is still at work
    write_json("report.json", "last")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert "last" in Path("report.json").read_text()
