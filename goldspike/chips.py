"""Which chips there are, read off the folders, and which of them can do what."""

from importlib import import_module
from pathlib import Path
from typing import TypeVar

from goldspike.chip import Capability, Chip, ImportsNetworks
from goldspike.model.errors import InputError, unknown

__all__ = ["DEFAULT_CHIP", "able", "chip_names", "find_chip", "importer", "load_chip", "need"]

C = TypeVar("C", bound=Capability)

DEFAULT_CHIP = "mubrain"
"""Whose networks are read and written for other tools where no chip is named."""


def chip_names() -> list[str]:
    """Return all chips: the folders that hold a ``chip.py``."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/chip.py"))


def load_chip(name: str) -> Chip:
    """Return a chip.

    Raises
    ------
    InputError
        If there is no such chip.
    """
    if name not in chip_names():
        raise unknown("chip", name, chip_names())
    return import_module(f"goldspike.{name}.chip").CHIP()


def able(capability: type[C]) -> list[C]:
    """Return the chips that can do something."""
    return [chip for chip in map(load_chip, chip_names()) if isinstance(chip, capability)]


def need(chip: Chip, capability: type[C]) -> C:
    """Return `chip` as one that can do something.

    Parameters
    ----------
    chip : Chip
    capability : type
        One of this module's classes, such as :class:`Trains`.

    Raises
    ------
    InputError
        If it cannot.
    """
    if isinstance(chip, capability):
        return chip
    others = ", ".join(chip.name for chip in able(capability))
    name = f"{chip.name}'s {chip.workload}" if chip.workload else chip.name
    raise InputError(f"{name} {capability.lacking}; choose from {others}.")


def find_chip(name: str, capability: type[C], workload: str | None = None) -> C:
    """Return the chip of a name, which must be able to do something.

    Parameters
    ----------
    name : str
    capability : type
    workload : str, optional
        Which of its workloads; the default one without it.

    Raises
    ------
    InputError
        If there is no such chip or workload, or it lacks that.
    """
    chip = load_chip(name)
    if workload is not None:
        if not chip.workloads:
            raise InputError(f"{name} has one kind of work only; leave out --workload.")
        if workload not in chip.workloads:
            raise unknown(f"workload of {name}", workload, chip.workloads)
        chip = chip.workloads[workload]()
    return need(chip, capability)


def importer(name: str | None, path: str) -> ImportsNetworks:
    """Return the chip of a name; without one, a chip that reads files such as `path`.

    Raises
    ------
    InputError
        If there is no such chip, or it imports no networks.
    """
    default = find_chip(name or DEFAULT_CHIP, ImportsNetworks)
    if name or path.endswith(default.imports):
        return default
    return next((c for c in able(ImportsNetworks) if path.endswith(c.imports)), default)
