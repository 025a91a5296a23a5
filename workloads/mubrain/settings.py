"""Everything that a user may set for a run of µBrain, by one name each."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipParams
from goldspike.workloads.mubrain.encoding import CodingPhase, EncodingParams

__all__ = ["SETTINGS", "Settings", "apply_settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A chip and how its input is coded."""

    chip: ChipParams = MUBRAIN_MNIST
    encoding: EncodingParams = field(default_factory=EncodingParams)


def switches(text: str) -> tuple[bool, ...]:
    """Read one switch or one per layer: ``1`` or ``0,1``."""
    parts = [part.strip() for part in text.split(",")]
    if not set(parts) <= {"0", "1"}:
        raise ValueError("0 or 1 expected, or one of them per layer")
    return tuple(part == "1" for part in parts)


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


READERS: dict[type, Callable[[str], Any]] = {int: whole, float: real, CodingPhase: str}

SETTINGS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "policy": ("chip", "policy", str),
    "scale": ("chip", "scale", switches),
    "storage": ("chip", "storage", str),
    "hold": ("chip", "hold", whole),
    "delay_load": ("oscillator", "load", whole),
    "delay_select": ("oscillator", "select", whole),
    "delay_access": ("oscillator", "access", whole),
    "delay_recover": ("oscillator", "recover", whole),
    **{
        item.name: ("encoding", item.name, READERS[type(item.default)])
        for item in fields(EncodingParams)
    },
}
"""Name to (part, field of its parameters, how its text is read)."""


def apply_settings(settings: Settings, assignments: list[str]) -> Settings:
    """Return `settings` with ``NAME=VALUE`` assignments applied.

    Raises
    ------
    InputError
        If a name is unknown or a value is not one.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(f"A setting must read NAME=VALUE, not {assignment!r}.")
        if name not in SETTINGS:
            raise InputError(f"{name!r} is no setting of mubrain; known are {', '.join(SETTINGS)}.")
        part, key, read = SETTINGS[name]
        try:
            change = {key: read(text)}
            if part == "oscillator":
                change = {"oscillator": replace(settings.chip.oscillator, **change)}
            owner = "encoding" if part == "encoding" else "chip"
            settings = replace(settings, **{owner: replace(getattr(settings, owner), **change)})
        except (ValueError, TypeError) as error:
            raise InputError(f"The setting {assignment!r} cannot be used: {error}.") from None
    return settings
