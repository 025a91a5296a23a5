"""What the project uses of Amaranth beyond its documented interface, all in one place.

A new version of Amaranth may change any of it; then this file is the one to look at. Elsewhere
nothing is imported from a module whose name begins with an underscore, or from
``amaranth.back.rtlil``, and no such attribute is read.
"""

from typing import Any

import amaranth.back.rtlil  # type: ignore[import-not-found]
import amaranth.hdl._ast
from amaranth._toolchain.yosys import YosysError, find_yosys
from amaranth._toolchain.yosys import _BuiltinYosys as BuiltinYosys
from amaranth.hdl import Shape, Signal
from amaranth.hdl._ir import PortDirection

__all__ = [
    "BuiltinYosys",
    "PortDirection",
    "YosysError",
    "assigned",
    "ast",
    "count_as_used",
    "find_yosys",
    "memory_size",
    "read_word",
    "rtlil",
    "variants",
]

rtlil: Any = amaranth.back.rtlil
"""The converter to RTLIL, which its types do not describe."""

ast: Any = amaranth.hdl._ast
"""Amaranth's statements, which its types do not describe."""


def assigned(statement: Any) -> Any:
    """Return the signals that a statement assigns to."""
    return statement._lhs_signals()


def variants(signal: Signal) -> dict[int, str]:
    """Return names by value of the Enum that a signal holds a member of; none if it does not."""
    shown: Any = getattr(signal, "_format", None)
    return shown._variants if isinstance(shown, ast.Format.Enum) else {}


def memory_size(memory: Any) -> tuple[int, int]:
    """Return the rows of a memory that is part of a fragment, and their width in bits."""
    return memory._data.depth, Shape.cast(memory._data.shape).width


def read_word(memory: Any) -> Any:
    """Return what a memory that is part of a fragment shows at its first read port."""
    return memory._read_ports[0]._data


def count_as_used(statement: Any) -> None:
    """Keep Amaranth from warning of a statement that is in no module of its own."""
    statement._MustUse__used = True
