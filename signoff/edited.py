"""A circuit with one line of its source changed: a fault as a designer could make it."""

import inspect
import sys
import textwrap
from typing import Any

__all__ = ["edited"]

OURS = "goldspike.hdl."
"""Where circuits are; they have methods of Amaranth's, too."""


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
        If the circuit's methods do not have `old` exactly once.
    """
    kinds = [kind for kind in reversed(circuit.__mro__) if kind.__module__.startswith(OURS)]
    members = {name: value for kind in kinds for name, value in vars(kind).items()}
    methods = [value for value in members.values() if inspect.isfunction(value)]
    sources = [textwrap.dedent(inspect.getsource(method)) for method in methods]
    found = [k for k, source in enumerate(sources) if old in source]
    if sum(sources[k].count(old) for k in found) != 1:
        raise ValueError(f"{circuit.__name__} must have {old!r} exactly once")
    body = textwrap.indent(sources[found[0]].replace(old, new), "    ")
    names = {**vars(sys.modules[methods[found[0]].__module__]), "Original": circuit}
    exec(f"class {circuit.__name__}(Original):\n{body}", names)
    return names[circuit.__name__]
