"""Load compiled code without all that compiling it would need.

Before Numba takes code from its cache it makes itself ready to compile: it goes through thousands
of its own declarations, which takes longer than a short run. Code that does nothing but arithmetic,
or calls nothing but such code, needs none of them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["load_at_once"]

LIBRARIES = {"np", "numpy", "math", "random"}
"""Names by which code calls what Numba may have to declare."""

ARITHMETIC = {
    "uint8", "uint16", "uint32", "uint64", "int16", "int32", "int64", "dtype", "empty", "zeros",
    "size", "shape", "min", "max", "any", "take", "power",
}  # fmt: skip
"""What NumPy has a name for and code may use: types, arrays, and names of other things."""


def load_at_once(dispatcher: Any, function: Callable[..., Any]) -> Any:
    """Return a dispatcher whose cached code is loaded as it is, if the code is plain.

    Parameters
    ----------
    dispatcher : Numba's dispatcher
        With a cache; one that has none, or keeps it otherwise, is returned as it came.
    function : callable
        What it compiles.
    """
    cache = getattr(dispatcher, "_cache", None)
    load = getattr(cache, "_load_overload", None)
    if cache is None or load is None or not plain(function):
        return dispatcher

    def at_once(signature: Any, context: Any) -> Any:
        from numba.core.runtime.nrt import rtsys

        if dispatcher.targetoptions.get("_nrt", True):
            rtsys.initialize(context)
        return load(signature, context)

    cache.load_overload = at_once
    return dispatcher


def plain(function: Callable[..., Any]) -> bool:
    """Say whether a function calls nothing of a library, directly or by others that it calls."""
    names = set(function.__code__.co_names)
    known: dict[str, Any] = {name: function.__globals__.get(name) for name in names}
    called = {name: it.py_func for name, it in known.items() if hasattr(it, "py_func")}
    if names & LIBRARIES:
        if names & LIBRARIES != {"np"}:
            return False
        foreign = {name for name in names - ARITHMETIC - {"np"} - set(called) if hasattr(np, name)}
        if foreign:
            return False
    return all(plain(inner) for inner in called.values())
