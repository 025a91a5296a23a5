"""One way to compile a golden model's hot loop.

Numba compiles the same source that a reader reads; the machine code is cached on disk beside the
source, so that only the first call after an edit waits for the compiler. ``NUMBA_DISABLE_JIT=1``
runs the plain Python, ``NUMBA_BOUNDSCHECK=1`` checks every index.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, TypeVar, cast

from goldspike.model.warm import load_at_once

__all__ = ["njit"]

R = TypeVar("R")


class Compiled:
    """A function that Numba compiles on its first call, which also is when Numba is imported.

    Numba takes a good part of a second to import, and parameters, names and files can be checked
    without it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        update_wrapper(self, function)

    @cached_property
    def dispatcher(self) -> Any:
        """What Numba makes of the function."""
        import numba

        return load_at_once(numba.njit(cache=True, nogil=True)(self.py_func), self.py_func)

    @property
    def _numba_type_(self) -> Any:
        """What another compiled function takes this one for."""
        return self.dispatcher._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        """Call the compiled function."""
        return self.dispatcher(*arguments)


def njit(function: Callable[..., R]) -> Callable[..., R]:
    """Compile `function` on its first call; cached, and without holding the interpreter lock."""
    return cast("Callable[..., R]", Compiled(function))
