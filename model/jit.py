"""One way to compile a golden model's hot loop.

Numba compiles the same source that a reader reads; the machine code is cached on disk beside the
source, so that only the first call after an edit waits for the compiler. ``NUMBA_DISABLE_JIT=1``
runs the plain Python, ``NUMBA_BOUNDSCHECK=1`` checks every index.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

__all__ = ["njit"]

R = TypeVar("R")


def njit(function: Callable[..., R]) -> Callable[..., R]:
    """Compile `function` on its first call; cached, and without holding the interpreter lock."""
    return numba.njit(cache=True, nogil=True)(function)
