"""Samples shared by several processes: same results, same order, and an end in time."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from goldspike.parallel import CHUNK, THREAD_CHUNK, cores, run_parallel, run_threads


def squares(begin: int, end: int) -> Iterator[tuple[int, int]]:
    for k in range(begin, end):
        time.sleep(0.002 * (k % 3))  # some take longer than others
        yield k * k, os.getpid()


@pytest.mark.parametrize("count", [0, 1, CHUNK, 5 * CHUNK + 1])
@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order(count: int, jobs: int) -> None:
    results = list(run_parallel(squares, count, jobs))
    assert [square for square, _ in results] == [k * k for k in range(count)]


def test_the_work_is_shared_and_leaves_this_process() -> None:
    processes = {process for _, process in run_parallel(squares, 12 * CHUNK, 2)}
    assert len(processes) == 2 and os.getpid() not in processes
    assert {process for _, process in run_parallel(squares, CHUNK, 1)} == {os.getpid()}


@pytest.mark.parametrize("count", [0, 1, 3 * THREAD_CHUNK + 1])
def test_threads_give_the_same_in_the_same_order(count: int) -> None:
    def work(begin: int, end: int) -> Iterator[tuple[int, int]]:
        time.sleep(0.01 * (begin // THREAD_CHUNK == 0))  # the first ends last
        return ((k, threading.get_ident()) for k in range(begin, end))

    results = list(run_threads(work, count, 2))
    assert [k for k, _ in results] == list(range(count))
    assert len({thread for _, thread in results}) == min(2, -(-count // THREAD_CHUNK))


def fails(begin: int, end: int) -> Iterator[int]:
    for k in range(begin, end):
        if k == CHUNK + 3:
            raise ValueError(f"sample {k}")
        yield k


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_comes_after_the_results_before_it(jobs: int) -> None:
    seen = []
    with pytest.raises(ValueError, match=rf"^sample {CHUNK + 3}$"):
        for k in run_parallel(fails, 10 * CHUNK, jobs):
            seen.append(k)
    assert seen == list(range(CHUNK + 3))


def test_who_takes_no_more_results_need_not_wait_for_them() -> None:
    begin = time.monotonic()
    results = run_parallel(squares, 10_000 * CHUNK, 2)
    assert len(list(islice(results, 5))) == 5
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begin < 5


ENDLESS = """
import os, signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # the caller may ignore it
from goldspike.parallel import run_parallel
def work(begin, end):
    for k in range(begin, end):
        time.sleep(0.01)
        yield os.getpid()
try:
    for pid in run_parallel(work, 10**6, 2):
        print(pid, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_parent(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        pids = {int(it.stdout.readline()) for _ in range(3 * CHUNK)}
        it.send_signal(number)
        rest, _ = it.communicate(timeout=60)  # ends when the last one that holds it has ended
    assert ("interrupted" in rest) == (number == signal.SIGINT)
    deadline = time.monotonic() + 5
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_there_is_a_core() -> None:
    assert cores() >= 1
