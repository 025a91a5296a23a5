"""Progress bars for whatever takes over two seconds on a terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Thread
from typing import Any, TypeVar

__all__ = ["counting", "progress", "waiting", "without_progress"]

DELAY_S, EVERY_S = 2.0, 1.0

T = TypeVar("T")

_hidden: ContextVar[bool] = ContextVar("hidden", default=False)


@contextmanager
def without_progress() -> Iterator[None]:
    """Show no bars meanwhile."""
    token = _hidden.set(True)
    try:
        yield
    finally:
        _hidden.reset(token)


def progress(
    items: Iterable[T],
    what: str,
    total: int | None = None,
    size: Callable[[T], int] = lambda _: 1,
    unit: str = "it",
) -> Iterator[T]:
    """Iterate over `items` behind a bar that appears after two seconds, on terminals only.

    Parameters
    ----------
    items : iterable
    what : str
        Written before the bar.
    total : int, optional
        Where the bar ends.
    size : callable
        By how much an item moves it on.
    unit : str
        What the bar counts; it says how many of them a second, and the time left.
    """
    with counting(what, total=total, unit=unit) as bar:
        for item in items:
            yield item
            if bar is not None:
                bar.update(size(item))


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say what is done meanwhile, and since when, if it takes over two seconds; on terminals only.

    Nothing may be printed meanwhile.
    """
    with counting(what, bar_format="{desc}, {elapsed}"):
        yield


@contextmanager
def counting(what: str, **options: Any) -> Iterator[Any]:
    """Yield a bar that goes on counting seconds while nothing else moves; None if it is hidden.

    Parameters
    ----------
    what : str
    options
        tqdm's own.
    """
    if _hidden.get() or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    done = Event()
    with tqdm(desc=what, delay=DELAY_S, leave=False, **options) as bar:

        def count() -> None:
            while not done.wait(EVERY_S):
                if time.time() - bar.start_t >= DELAY_S:
                    bar.refresh()
                    bar.last_print_t = time.time()  # else it is not taken away at the end

        thread = Thread(target=count, daemon=True)
        thread.start()
        try:
            yield bar
        finally:
            done.set()
            thread.join()
