"""Run independent samples in several processes or threads, with their results in order.

The processes are forked, so each starts with a copy of everything that was made ready before,
a loaded simulator included; only numbers of samples and their results travel between them.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, TypeVar

from goldspike.model.processes import die_with_parent

__all__ = ["cores", "run_parallel", "run_threads"]

T = TypeVar("T")

Work = Callable[[int, int], Iterable[T]]
"""Yields the results of the samples from the first number up to, without, the second."""

CHUNK = 16
"""Samples that a process takes at a time: short enough to stop soon, long enough to travel."""
THREAD_CHUNK = 128
"""Samples that a thread takes at a time."""
AHEAD = 3
"""Chunks in hand per process, so that none waits for the results to be taken."""

_work: Work[Any] | None = None


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_parallel(work: Work[T], count: int, jobs: int) -> Iterator[T]:
    """Yield the results of samples 0 .. `count` - 1, in order, computed in `jobs` processes.

    One job runs in this process. What `work` raises in a process is raised here, after the results
    before it. Closing the iterator, or an interrupt, ends the processes after their chunk.

    Parameters
    ----------
    work : callable
        ``work(begin, end)`` yields the results of these samples; they must not depend on others.
    count, jobs : int
        At least 0 and 1.
    """
    if jobs == 1:
        yield from work(0, count)
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(work, os.getpid()))
    begins = iter(range(0, count, CHUNK))
    running: deque[Future[tuple[list[T], Exception | None]]] = deque()
    try:
        for begin in begins:
            running.append(pool.submit(_chunk, begin, min(begin + CHUNK, count)))
            if len(running) == AHEAD * jobs:
                yield from _taken(running.popleft())
        while running:
            yield from _taken(running.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def run_threads(work: Work[T], count: int, jobs: int) -> Iterator[T]:
    """Do what :func:`run_parallel` does in threads, for work that leaves the interpreter alone.

    It starts at once and copies nothing. An interrupt ends the threads after their chunk.
    """
    pool = ThreadPoolExecutor(jobs)
    running: deque[Future[list[T]]] = deque()
    try:
        for begin in range(0, count, THREAD_CHUNK):
            end = min(begin + THREAD_CHUNK, count)
            running.append(pool.submit(lambda b, e: list(work(b, e)), begin, end))
            if len(running) == AHEAD * jobs:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _taken(future: "Future[tuple[list[T], Exception | None]]") -> Iterator[T]:
    """Yield a chunk's results, then raise what ended it early."""
    results, error = future.result()
    yield from results
    if error is not None:
        raise error


def _begin(work: Work[Any], parent: int) -> None:
    """Make a fresh process ready: the parent handles interrupts, and no process outlives it."""
    global _work  # noqa: PLW0603
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(parent)


def _chunk(begin: int, end: int) -> tuple[list[Any], Exception | None]:
    """Run samples in a process; return the results and what ended them early."""
    assert _work is not None
    results = []
    try:
        for result in _work(begin, end):
            results.append(result)
    except Exception as error:
        return results, error
    return results, None
