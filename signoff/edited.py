"""A circuit with one line of its source changed: a fault as a designer could make it."""

import inspect
import sys
import textwrap
from typing import Any

__all__ = ["edited"]


def edited(circuit: type, old: str, new: str) -> Any:
    """Return a circuit like `circuit`, with `new` for `old` in the one method that has it.

    Parameters
    ----------
    circuit : type
        The circuit's class, or a class that the circuit is made of.
    old, new : str
        Part of the source, as it is and as it shall be.

    Raises
    ------
    ValueError
        If the circuit's own methods do not have `old` exactly once.
    """
    methods = [value for value in vars(circuit).values() if inspect.isfunction(value)]
    sources = [textwrap.dedent(inspect.getsource(method)) for method in methods]
    found = [source for source in sources if old in source]
    if sum(source.count(old) for source in found) != 1:
        raise ValueError(f"{circuit.__name__} must have {old!r} exactly once")
    body = textwrap.indent(found[0].replace(old, new), "    ")
    names = {**vars(sys.modules[circuit.__module__]), "Original": circuit}
    exec(f"class {circuit.__name__}(Original):\n{body}", names)
    return names[circuit.__name__]
