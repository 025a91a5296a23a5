"""What takes long is seen on a terminal, nowhere else, and leaves nothing behind."""

import io
import time
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from goldspike import progress
from goldspike.progress import waiting, without_progress
from goldspike.training import following
from goldspike.workloads.checkpoint import Checkpoint


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setattr(progress, "DELAY_S", 0.1)
    monkeypatch.setattr(progress, "EVERY_S", 0.05)
    return Screen()


def last_line(screen: Screen) -> str:
    return screen.getvalue().rpartition("\r")[2].strip()


def test_seconds_are_counted_while_nothing_moves(screen: Screen) -> None:
    with redirect_stderr(screen), waiting("compiling"):
        time.sleep(0.5)
        assert "compiling, 00:0" in screen.getvalue()
    assert last_line(screen) == ""


def test_a_bar_is_there_before_its_first_item(screen: Screen) -> None:
    def items():
        time.sleep(0.5)
        assert "samples:   0%" in screen.getvalue()
        yield from range(3)

    with redirect_stderr(screen):
        assert list(progress.progress(items(), "samples", 3)) == [0, 1, 2]
    assert last_line(screen) == ""


def test_what_is_quick_is_not_shown(screen: Screen) -> None:
    with redirect_stderr(screen):
        with waiting("compiling"):
            pass
        assert list(progress.progress(range(3), "samples", 3)) == [0, 1, 2]
    assert "compiling" not in screen.getvalue() and "samples" not in screen.getvalue()


def test_nothing_is_shown_where_nobody_looks(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redirect_stderr(screen), without_progress(), waiting("compiling"):
        time.sleep(0.3)
    assert screen.getvalue() == ""
    monkeypatch.setattr(screen, "isatty", lambda: False)
    with redirect_stderr(screen), waiting("compiling"):
        time.sleep(0.3)
    assert screen.getvalue() == ""


def test_training_is_seen_before_its_first_epoch(screen: Screen, tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "net.checkpoint", resume=False)
    with redirect_stderr(screen), following("data", 4, checkpoint) as show:
        time.sleep(0.5)
        assert "training:   0%" in screen.getvalue()
        show(2, 0.75)
    assert last_line(screen) == ""
    quiet = Screen()
    with redirect_stderr(quiet), without_progress(), following("data", 4, checkpoint) as show:
        show(4, None)
    assert quiet.getvalue() == ""
