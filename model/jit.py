"""One way to compile a golden model's hot loop.

Numba compiles the same source that a reader reads; the machine code is cached on disk beside the
source, so that only the first call after an edit waits for the compiler. An edit is one of anything
that the code is made of: Numba itself looks at a function's own file alone, and would go on running
the old steps of other files. ``NUMBA_DISABLE_JIT=1`` runs the plain Python, ``NUMBA_BOUNDSCHECK=1``
checks every index.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from threading import RLock
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np

from goldspike.model.warm import load_at_once

__all__ = ["index", "kernel", "njit", "step"]

R = TypeVar("R")

index = cast("Callable[[Any], int]", np.uint64)  # for a type checker, as any number
"""An index of an array, where a loop runs for every spike.

A signed one may be negative, and then counts from the end: compiled code looks at each of them for
that, which is a third of an arbiter's time. It and an int64 do not mix, for Numba takes their
sum for a float.
"""

_ONE_AT_A_TIME = RLock()  # two threads that call a function first get the same code


class Compiled:
    """A function that Numba compiles on its first call, which also is when Numba is imported.

    Numba takes a good part of a second to import, and parameters, names and files can be checked
    without it.

    Parameters
    ----------
    function : callable
    options : bool
        Of Numba.
    """

    def __init__(self, function: Callable[..., Any], **options: bool) -> None:
        self.py_func, self.options = function, options
        update_wrapper(self, function)

    @cached_property
    def dispatcher(self) -> Any:
        """What Numba makes of the function."""
        import numba

        with _ONE_AT_A_TIME:
            if "dispatcher" in self.__dict__:
                return self.__dict__["dispatcher"]
            # nothing calls a pointer to a function, so that none needs an entry for that
            options = {"nogil": True, "no_cfunc_wrapper": True, **self.options}
            compiled: Any = numba.njit(cache=True, **options)(self.py_func)  # type: ignore[call-overload]
            if hasattr(compiled, "_cache"):  # not under NUMBA_DISABLE_JIT
                file = compiled._cache._cache_file
                file._source_stamp = (file._source_stamp, self.uses(), *sorted(options.items()))
            for_any_number(compiled)
            self.__dict__["dispatcher"] = load_at_once(compiled, self.py_func)
            return self.__dict__["dispatcher"]

    def uses(self) -> tuple[Any, ...]:
        """Return what the function uses by name: stamps of functions, values of constants."""
        found: list[tuple[str, Any]] = []
        for name in self.py_func.__code__.co_names:
            used: Any = self.py_func.__globals__.get(name)
            if isinstance(used, Compiled):
                found.append((name, used.dispatcher._cache._cache_file._source_stamp))
            elif isinstance(used, int | float):
                found.append((name, repr(used)))
        return tuple(found)

    @property
    def _numba_type_(self) -> Any:
        """What another compiled function takes this one for."""
        return self.dispatcher._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        """Call the compiled function."""
        return self.dispatcher(*arguments)


def for_any_number(dispatcher: Any) -> None:
    """Let a number that stands in a call be an int64 like any other.

    Numba would compile the function once more for each number, and once for those with which
    variables begin.
    """
    from numba.core.types import unliteral

    template = getattr(dispatcher, "get_call_template", None)
    if template is None:  # under NUMBA_DISABLE_JIT
        return

    def of_types(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return template(tuple(map(unliteral, args)), {k: unliteral(v) for k, v in kws.items()})

    dispatcher.get_call_template = of_types


class Step(Compiled):
    """A function that other compiled ones call.

    An entry for calls from Python takes longer to compile than most steps. A step that is called
    from there all the same is compiled once more, with an entry.
    """

    def __init__(self, function: Callable[..., Any], **options: bool) -> None:
        super().__init__(function, no_cpython_wrapper=True, **options)

    @cached_property
    def entry(self) -> Compiled:
        """The function as Python calls it, with a place of its own in the cache."""
        inner = self.py_func
        code, scope, name = inner.__code__, inner.__globals__, inner.__name__
        copy = FunctionType(code, scope, name, inner.__defaults__, inner.__closure__)
        copy.__module__, copy.__qualname__ = inner.__module__, f"{inner.__qualname__}_entry"
        return Compiled(copy, **{**self.options, "no_cpython_wrapper": False})

    def __call__(self, *arguments: Any) -> Any:
        """Call the function by itself."""
        return self.entry(*arguments)


def njit(function: Callable[..., R]) -> Callable[..., R]:
    """Compile `function` on its first call; cached, and without holding the interpreter lock."""
    return cast("Callable[..., R]", Compiled(function))


def kernel(function: Callable[..., R]) -> Callable[..., R]:
    """Compile a `function` that works on its caller's arrays and makes none.

    Such code counts no references to arrays. The counts are atomic, and would be most of the time
    of a step: an arbiter takes 80 ns for a grant with them and 20 ns without.
    """
    return cast("Callable[..., R]", Compiled(function, _nrt=False))


def step(function: Callable[..., R]) -> Callable[..., R]:
    """Compile a step of a :func:`kernel`, and make it a part of whatever kernel calls it.

    A call that passes a dozen arrays costs more than a step does.
    """
    return cast("Callable[..., R]", Step(function, _nrt=False, forceinline=True))
