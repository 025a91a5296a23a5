"""Settings of a trainer, made of the dataclass of its parameters: names, defaults, readers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from goldspike.model.errors import InputError
from goldspike.workloads.settings import Setting, Settings, read_settings, real, whole, wholes

__all__ = ["made_by", "parse_params", "settings_of"]

P = TypeVar("P")

READERS: dict[type, Callable[[str], Any]] = {int: whole, float: real, tuple: wholes}


def written(value: Any) -> str:
    """Return a default as it would be written."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def settings_of(params: Any, help_of: Mapping[str, str]) -> Settings:
    """Return what may be set, by name.

    Parameters
    ----------
    params : dataclass
        The parameters' class; every field has a default.
    help_of : mapping of str to str
        What each setting is; the seed has an option of its own.
    """
    return {
        item.name: Setting(
            read=READERS[type(item.default)],
            default=written(item.default),
            help=help_of[item.name],
        )
        for item in fields(params)
        if item.name in help_of
    }


def parse_params(
    make: Callable[..., P], settings: Settings, assignments: Sequence[str], seed: int
) -> P:
    """Return the parameters that ``NAME=VALUE`` assignments ask for, in any order.

    Raises
    ------
    InputError
        If a name is unknown or a value cannot be used.
    """
    chosen = read_settings(assignments, settings, "the trainer")
    try:
        return make(**chosen, seed=seed)
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}") from None


def made_by(chip: str, params: Any) -> str:
    """Return the command that trains with these parameters: the seed and what is no default."""
    words = [f"goldspike train {chip} --seed {params.seed}"]
    for item in fields(params):
        value = getattr(params, item.name)
        if item.name != "seed" and value != item.default:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words.append(f"--set {item.name}={text}")
    return " ".join(words)
