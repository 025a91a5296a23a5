"""One run of the golden model per stimulus, where records, pins and bins are of the same run."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

__all__ = ["once", "remember"]

Method = TypeVar("Method", bound=Callable[..., Any])


def once(follow: Method) -> Method:
    """Let a bench's method keep what it returned for the arrays that it was given last.

    All who are given it again only read it.
    """
    name = follow.__name__

    @wraps(follow)
    def followed(bench: Any, *arrays: np.ndarray) -> Any:
        if getattr(bench, kept(name), (None,))[0] != marks(arrays):
            remember(bench, name, follow(bench, *arrays), *arrays)
        return getattr(bench, kept(name))[1]

    return cast("Method", followed)


def remember(bench: Any, method: str, seen: Any, *arrays: np.ndarray) -> None:
    """Keep what a method that is run :func:`once` returns for some arrays.

    A stimulus that has run the golden model, tick by tick, has it already.
    """
    setattr(bench, kept(method), (marks(arrays), seen))


def kept(method: str) -> str:
    """Return where a bench keeps what a method returned."""
    return f"_{method}_kept"


def marks(arrays: Sequence[np.ndarray]) -> list[tuple[np.dtype, bytes]]:
    """Return what tells arrays from others."""
    return [(array.dtype, array.tobytes()) for array in arrays]
