"""Progress bars for whatever takes over two seconds on a terminal."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["progress", "without_progress"]

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
    """
    if _hidden.get() or not sys.stderr.isatty():
        yield from items
        return
    from tqdm import tqdm

    with tqdm(desc=what, total=total, delay=2, leave=False) as bar:
        for item in items:
            yield item
            bar.update(size(item))
