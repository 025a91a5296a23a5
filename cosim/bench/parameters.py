"""Parameters from the command line: a configuration with some of its values changed.

``inputs=5,policy=linear,oscillator.load=1`` names such a configuration of the arbiter; what is not
named is as in the published one. Several values are written ``5:4:3``, and what has several values
itself as one of them ``1x2x64``, parameters in the order of their fields; ``None`` is none.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from goldspike.model.errors import InputError

__all__ = ["changed", "is_change", "named"]


def is_change(name: str) -> bool:
    """Return whether the name of a configuration is one that changes values."""
    return "=" in name


def named(changes: Mapping[str, Any]) -> str:
    """Return the name of the configuration that some changes make."""
    return ",".join(f"{name}={written(value)}" for name, value in changes.items())


def written(value: Any, between: str = ":") -> str:
    """Return a value as it stands in a configuration's name."""
    if is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, tuple):
        return between.join(written(part, "x") for part in value)
    return str(value.value if isinstance(value, Enum) else value)


def changed(params: Any, name: str) -> Any:
    """Return parameters with the changes of a configuration's name.

    Raises
    ------
    InputError
        If there is no such parameter, or a value does not go.
    """
    nested: dict[str, dict[str, str]] = {}
    for assignment in name.split(","):
        path, equals, value = assignment.partition("=")
        if not equals:
            raise InputError(
                f"expected NAME=VALUE in {name!r}, not {assignment!r}; several values are written "
                "5:4:3."
            )
        first, _, rest = path.strip().partition(".")
        nested.setdefault(first, {})[rest] = value.strip()
    values = {}
    for first, changes in nested.items():
        if first not in {field.name for field in fields(params)}:
            known = ", ".join(field.name for field in fields(params))
            raise InputError(f"unknown parameter {first!r} in {name!r}; choose from {known}.")
        old = getattr(params, first)
        if is_dataclass(old) and "" not in changes:
            values[first] = changed(old, ",".join(f"{k}={v}" for k, v in changes.items()))
        elif list(changes) == [""] and not is_dataclass(old):
            if isinstance(old, tuple) and not old:
                old = (example(params, first),)
            values[first] = read(old, changes[""], first)
        else:
            raise InputError(
                f"{first!r} in {name!r} must be given as NAME=VALUE or NAME.PART=VALUE."
            )
    try:
        return replace(params, **values)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name!r}: {error}.") from None


def example(params: Any, name: str) -> Any:
    """Return a value like those of which a parameter is to hold several and holds none yet."""
    kind = get_args(get_type_hints(type(params))[name])[0]
    if get_origin(kind) is tuple:
        return tuple(part() for part in get_args(kind))
    kinds = [part for part in get_args(kind) or (kind,) if part is not type(None)]
    return kinds[0]()


def read(old: Any, text: str, name: str, between: str = ":") -> Any:
    """Return a value that is written like `old` is."""
    try:
        if isinstance(old, tuple):
            parts = text.split(between) if text else []
            alike = len(parts) != len(old) or between == ":"
            kinds = old[:1] * len(parts) if alike else old
            return tuple(
                None if part == "None" else read(kind, part, name, "x")
                for kind, part in zip(kinds, parts, strict=True)
            )
        if is_dataclass(old):
            return read_parts(old, text, name)
        if isinstance(old, bool):
            return {"True": True, "False": False, "1": True, "0": False}[text]
        return type(old)(text)
    except InputError:
        raise
    except (ValueError, KeyError, IndexError, TypeError):
        raise InputError(f"{name} must be like {written(old, between)!r}, not {text!r}.") from None


def read_parts(old: Any, text: str, name: str) -> Any:
    """Return parameters whose values are written one after the other."""
    parts = text.split("x")
    try:
        found = take_parts(old, parts, name)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}, {text!r}: {error}.") from None
    if parts:
        raise IndexError
    return found


def take_parts(old: Any, parts: list[str], name: str) -> Any:
    """Return parameters made of the first of some values; those are taken away."""
    values = {}
    for field in fields(old):
        value = getattr(old, field.name)
        inner = is_dataclass(value)
        values[field.name] = (
            take_parts(value, parts, name) if inner else read(value, parts.pop(0), name)
        )
    return replace(old, **values)
