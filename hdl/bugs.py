"""One way to put a bug into a circuit on purpose: proofs and benches can be seen to fail."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import Any
from unittest.mock import patch

from amaranth.hdl import Fragment, Module, Signal

from goldspike.hdl.amaranth_private import assigned

__all__ = ["bug_in", "find_part", "find_signal"]


def bug_in(
    circuit: Any, instead_of: FunctionType | Any = None, *, at: str | type = ""
) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a circuit with a bug out of a function; its docstring says it.

    Parameters
    ----------
    circuit : circuit class
    instead_of : method, optional
        A method of the circuit, or of the class of any part of it, such as
        ``EdgeDetector.next_pending``: the function stands in for it. Without it, the function gets
        a module, whose statements go after the circuit's own and so win over them, the circuit,
        and a way to its signals by name.
    at : str or class
        Those statements go into this part of the circuit; of a class, into every part of that
        class, which the function gets in place of the circuit.
    """

    def decorate(alter: Callable[..., Any]) -> Any:
        path = at if isinstance(at, str) else ""
        method, stand_in = instead_of, alter
        if isinstance(at, type):
            method = at.elaborate  # type: ignore[attr-defined]

            def stand_in(part: Any, platform: object) -> Any:
                return with_more(method(part, platform), platform, alter, part)

        class Bugged(circuit):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                with planted(method, stand_in):
                    super().__init__(*arguments, **options)

            def elaborate(self, platform: object) -> Any:
                fragment = everywhere(super().elaborate, method, stand_in, platform)
                if instead_of is None and at == path:
                    return with_more(fragment, platform, alter, self, path)
                return fragment

        Bugged.__name__, Bugged.__doc__ = alter.__name__, alter.__doc__
        return Bugged

    return decorate


def with_more(
    made: Any, platform: object, alter: Callable[..., Any], circuit: Any, at: str = ""
) -> Fragment:
    """Return what a circuit has made, with the statements of `alter` after all others."""
    fragment, extra = Fragment.get(made, platform), Module()
    alter(extra, circuit, lambda path: find_signal(fragment, path))
    place = find_part(fragment, at.split(".") if at else ())
    for domain, statements in Fragment.get(extra, platform).statements.items():
        place.add_statements(domain, *statements)
    return fragment


def everywhere(
    made: Callable[[Any], Any],
    method: FunctionType | None,
    alter: Callable[..., Any],
    platform: Any,
) -> Fragment:
    """Return what `made` makes; what it repeats is made later, and has the bug then."""
    modules = getattr(platform, "modules", {})
    known = len(modules)
    with planted(method, alter):
        fragment = Fragment.get(made(platform), platform)
    for _, part in list(modules.values())[known:]:

        def later(platform: object, made: Callable[[Any], Any] = part.elaborate) -> Fragment:
            return everywhere(made, method, alter, platform)

        part.elaborate = later
    return fragment


@contextmanager
def planted(method: FunctionType | None, alter: Callable[..., Any]) -> Iterator[None]:
    """Let `alter` stand in for a method of whatever is made meanwhile.

    Of objects, not of their class: a part that is repeated is elaborated later than it is made.
    """
    if method is None:
        yield
        return
    name, _, attribute = method.__qualname__.rpartition(".")
    owner = getattr(sys.modules[method.__module__], name)
    made = owner.__init__

    def init(self: Any, *arguments: Any, **options: Any) -> None:
        setattr(self, attribute, MethodType(alter, self))
        made(self, *arguments, **options)

    with patch.object(owner, "__init__", init):
        yield


def find_part(fragment: Fragment, path: Iterable[str]) -> Any:
    """Return a part of a circuit."""
    for part in path:
        fragment = fragment.find_subfragment(part)
    return fragment


def find_signal(fragment: Fragment, path: str) -> Signal:
    """Return what a circuit's own statements drive under this name: a register, else a wire.

    Raises
    ------
    LookupError
        If there is none, or more than one.
    """
    *parts, last = path.split(".")
    by_domain: dict[str, Any] = find_part(fragment, parts).statements
    for domains in (by_domain.keys() - {"comb"}, {"comb"}):
        found = {
            id(signal): signal
            for domain in domains & by_domain.keys()
            for statement in by_domain[domain]
            for signal in assigned(statement)
            if signal.name == last
        }
        if len(found) == 1:
            return next(iter(found.values()))
    raise LookupError(f"{path} is no signal, or several")
