"""One run of the golden model per stimulus, where records, pins and bins are of the same run."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

__all__ = ["once"]

Seen = TypeVar("Seen")


def once(follow: Callable[[Any, np.ndarray], Seen]) -> Callable[[Any, np.ndarray], Seen]:
    """Let a bench's method keep what it returned for the rows that it was given last."""
    kept = f"_{follow.__name__}_kept"

    @wraps(follow)
    def followed(bench: Any, rows: np.ndarray) -> Seen:
        given = (rows.dtype, rows.tobytes())
        if getattr(bench, kept, (None,))[0] != given:
            setattr(bench, kept, (given, follow(bench, rows)))
        return getattr(bench, kept)[1]

    return followed
