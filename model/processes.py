"""Child processes, none of which outlives this one, whatever ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["die_with_parent", "family", "kill", "run_child"]

PR_SET_PDEATHSIG = 1


@contextmanager
def family() -> Iterator[int]:
    """Yield a process group for children; what is left of it afterwards is killed.

    A shell leads the group. It waits for the end of a pipe whose other end this process alone
    holds, and then kills the group: that also happens when this process is killed.
    """
    leader = subprocess.Popen(
        ["/bin/sh", "-c", "read _; kill -KILL 0"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        process_group=0,
    )  # fmt: skip
    try:
        yield leader.pid
    finally:
        kill(leader.pid)
        leader.wait()
        assert leader.stdin is not None
        leader.stdin.close()


def kill(group: int) -> None:
    """Kill every process of a group."""
    with suppress(ProcessLookupError, PermissionError):  # the latter: macOS, of a group that ended
        os.killpg(group, signal.SIGKILL)


def run_child(
    command: Sequence[str | os.PathLike[str]], *, group: int | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command and everything that it starts; return how it ended and what it printed.

    Parameters
    ----------
    command : sequence of str
    group : int, optional
        Its process group, one of :func:`family`; default: one of its own.
    **options
        For :func:`subprocess.run`, such as ``cwd``, ``env`` and ``timeout``.
    """
    if group is None:
        with family() as own:
            return run_child(command, group=own, **options)
    return subprocess.run(
        command, process_group=group, capture_output=True, stdin=subprocess.DEVNULL,
        text=True, encoding="utf-8", errors="replace", check=False, **options,
    )  # fmt: skip


def die_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent has ended; Linux only.

    Parameters
    ----------
    parent : int
        Its number, as the parent knows it: it may have ended already.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
