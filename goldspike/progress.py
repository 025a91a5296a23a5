"""Progress bars for whatever takes over two seconds on a terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

__all__ = ["progress"]

T = TypeVar("T")


def progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Iterate over `items` behind a bar that appears after two seconds, on terminals only."""
    hidden = not sys.stderr.isatty()
    yield from tqdm(items, what, total, delay=2, disable=hidden, leave=False)
