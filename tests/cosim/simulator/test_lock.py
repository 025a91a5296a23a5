"""Of several processes one holds a lock; one that is killed lets go."""

import subprocess
import sys
from pathlib import Path

from goldspike.cosim.simulator.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from goldspike.cosim.simulator.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    Path(sys.argv[1]).with_suffix(".done").touch()
"""


def hold(path: Path, seconds: float) -> subprocess.Popen:
    """Return a process that holds a lock."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "held\n"
    return run


def test_a_second_one_waits_for_the_first(tmp_path: Path) -> None:
    with hold(tmp_path / "a.lock", 0.3), locked(tmp_path / "a.lock"):
        assert (tmp_path / "a.done").exists()


def test_one_that_is_killed_lets_go(tmp_path: Path) -> None:
    with hold(tmp_path / "a.lock", 60) as run:
        run.kill()
        with locked(tmp_path / "a.lock"):
            assert not (tmp_path / "a.done").exists()
