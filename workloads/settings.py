"""Settings: values that a user changes by name, in one syntax for all chips and trainers.

``--set NAME=VALUE`` gives one setting, and ``--config NAME`` a named set of them. The order of the
names does not matter: all are read first and applied together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldspike.model.errors import InputError, unknown

__all__ = ["Setting", "Settings", "quoted", "read_settings", "real", "switches", "whole", "wholes"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One value that may be set.

    Parameters
    ----------
    read : callable
        Turns text into the value; raises ValueError with what it expected.
    default : str
        As it would be written.
    help : str
        What it is, with its unit, in a few words.
    """

    read: Callable[[str], Any]
    default: str
    help: str


Settings = Mapping[str, Setting]
"""Settings by name."""


def whole(text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number expected") from None


def real(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number expected") from None


def wholes(text: str) -> tuple[int, ...]:
    """Read whole numbers separated by commas: ``256,64,10``."""
    return tuple(whole(part) for part in text.split(","))


def switches(text: str) -> tuple[bool, ...]:
    """Read one switch or one per layer: ``1`` or ``0,1``."""
    parts = [part.strip() for part in text.split(",")]
    if not set(parts) <= {"0", "1"}:
        raise ValueError("0 or 1 expected, or one of them per layer")
    return tuple(part == "1" for part in parts)


def read_settings(assignments: Sequence[str], settings: Settings, of: str) -> dict[str, Any]:
    """Return the values that ``NAME=VALUE`` assignments give.

    Parameters
    ----------
    assignments : sequence of str
        In any order; of a name that comes twice, the last counts.
    settings : mapping of str to Setting
        Those that exist.
    of : str
        Whose settings they are.

    Raises
    ------
    InputError
        If a name is unknown or a value cannot be read.
    """
    texts: dict[str, str] = {}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not equals:
            raise InputError(f"A setting must read NAME=VALUE, not {assignment!r}.")
        if name not in settings:
            raise unknown(f"setting of {of}", name, settings)
        texts[name] = text
    values = {}
    for name, text in texts.items():
        try:
            values[name] = settings[name].read(text)
        except ValueError as error:
            raise InputError(f"The setting '{name}={text}' cannot be used: {error}.") from None
    return values


def quoted(assignments: Sequence[str]) -> str:
    """Return the start of a sentence about assignments: ``The setting 'a=1'``."""
    names = " ".join(assignments)
    return f"The setting{'s' if len(assignments) > 1 else ''} {names!r}"
