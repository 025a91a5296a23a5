"""Only whole simulators are used, and nothing else stays, whatever ends a build."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.cosim.simulator import cache
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.cosim.simulator.build import link_executable
from goldspike.cosim.simulator.cache import add_file, is_whole, publish, scratch_folder, seal_of
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.cosim.simulator.runtime import headers_folder, runtime_folder
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.errors import InputError
from goldspike.model.timing.delay_cell import DelayCellParams

LIMIT = 120


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own; what simulators share is ready, to save its seconds."""
    for shared in (runtime_folder, headers_folder):  # remembered, wherever the cache is
        shared(find_verilator())
    for name, folder in (("CACHE", "simulators"), ("LOCKS", "locks")):
        monkeypatch.setattr(cache, name, tmp_path / folder)
    return tmp_path / "simulators"


def finish(work: Path, *names: str) -> Path:
    (work / "out").mkdir()
    for name in names:
        (work / "out" / name).write_bytes(name.encode() * 100)
    return work / "out"


@pytest.fixture
def entry(own_cache: Path) -> Path:
    """An entry of the cache with two files."""
    with scratch_folder() as work:
        publish(finish(work, "a.so", "b.o"), own_cache / "entry")
    return own_cache / "entry"


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["a.so", "b.o", cache.SEAL])
def test_what_is_damaged_is_not_whole_and_is_replaced(
    entry: Path, name: str, damage: str, own_cache: Path
) -> None:
    assert is_whole(entry)
    DAMAGE[damage](entry / name)
    if (name, damage) != (cache.SEAL, "longer"):
        assert not is_whole(entry)
    with scratch_folder() as work:
        publish(finish(work, "a.so", "b.o"), entry)
    assert is_whole(entry)
    assert [path.name for path in own_cache.iterdir()] == ["entry"]


def test_what_is_whole_is_kept(entry: Path) -> None:
    before = (entry / "a.so").stat().st_ino
    with scratch_folder() as work:
        publish(finish(work, "a.so", "b.o"), entry)
    assert (entry / "a.so").stat().st_ino == before


def test_a_file_that_is_added_has_its_own_seal(entry: Path) -> None:
    assert not is_whole(entry, by=seal_of("program"))
    for text in ("first", "second"):
        with scratch_folder() as work:
            (work / "program").write_text(text)
            add_file(work / "program", entry)
        assert is_whole(entry) and is_whole(entry, by=seal_of("program"))
    assert (entry / "program").read_text() == "first"
    (entry / "program").write_text("broken")
    assert is_whole(entry) and not is_whole(entry, by=seal_of("program"))


def test_an_error_leaves_nothing(own_cache: Path) -> None:
    with pytest.raises(KeyError), scratch_folder() as work:
        finish(work, "a.so")
        raise KeyError
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_takes_no_more_is_one_sentence(code: int, own_cache: Path) -> None:
    wanted = pytest.raises(InputError, match=r"^.*set GOLDSPIKE_BUILD to one .*\.$")
    with wanted, scratch_folder() as work:
        finish(work, "a.so")
        raise OSError(code, os.strerror(code))
    assert list(own_cache.iterdir()) == []


def test_a_cache_that_cannot_be_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(cache, "CACHE", tmp_path / "file" / "simulators")
    with pytest.raises(InputError, match=r"GOLDSPIKE_BUILD"), scratch_folder():
        pass


HOLD = """
import sys, time
from pathlib import Path
from goldspike.cosim.simulator import cache
cache.CACHE = Path(sys.argv[1])
with cache.scratch_folder() as work:
    print(work, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_removed_and_nothing_else(own_cache: Path) -> None:
    def start() -> tuple[subprocess.Popen[str], Path]:
        run = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(own_cache)], stdout=subprocess.PIPE, text=True
        )
        assert run.stdout is not None
        return run, Path(run.stdout.readline().strip())

    (killed, left), (alive, used) = start(), start()
    try:
        killed.kill()
        killed.wait(LIMIT)
        assert left.exists() and used.exists()
        with scratch_folder():
            assert not left.exists() and used.exists()
    finally:
        alive.kill()
        alive.wait(LIMIT)


CELL = DelayCellParams(delay=9)


def play() -> int:
    """Load the small circuit's library, and link its program; return its inode."""
    with BatchSimulator(DelayCell(CELL)) as simulator:
        simulator.run(simulator.stimulus(1), 3)
    return link_executable(compile_circuit(DelayCell(CELL))).stat().st_ino


def test_a_damaged_simulator_is_built_again(own_cache: Path) -> None:
    program = play()
    (folder,) = own_cache.glob("timing_delay_cell-*")
    assert play() == program
    (folder / "timing_delay_cell").write_bytes(b"")
    assert play() != program  # the program alone is linked again
    library = folder / "libtiming_delay_cell.so"
    size = library.stat().st_size
    library.unlink()  # not written over: it is loaded
    library.write_bytes(bytes(size))
    play()
    assert is_whole(folder) and os.access(folder / "timing_delay_cell", os.X_OK)


def test_a_cache_that_can_only_be_read_works(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for function in ("mkdir", "utime", "rename", "replace"):
        monkeypatch.setattr(os, function, refuse)
    play()
    with pytest.raises(InputError, match=r"read-only.*GOLDSPIKE_BUILD"):
        compile_circuit(DelayCell(DelayCellParams(delay=11)))
