"""What several commands share: names of chips, numbers and seeds from the command line."""

import argparse
from pathlib import Path
from typing import TypeAlias

from goldspike.model.errors import InputError

__all__ = ["Commands", "chips", "chosen_seed", "reports", "whole"]

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command adds its parser."""


def chips(module: str = "simulate") -> list[str]:
    """Return the chips that run a network: those with a ``cosim/CHIP/simulate.py``.

    Those whose networks can be trained have a ``train.py`` too.
    """
    found = {path.parent for path in Path(__file__).parent.parent.glob(f"*/{module}.py")}
    return sorted(folder.name for folder in found - {Path(__file__).parent})


def reports() -> dict[str, str]:
    """Return the reports by name: ``imc-mapping`` is the module ``cosim.imc.report_mapping``."""
    found = sorted(Path(__file__).parent.parent.glob("*/report_*.py"))
    return {
        f"{path.parent.name}-{path.stem.removeprefix('report_').replace('_', '-')}":
        f"goldspike.{path.parent.name}.{path.stem}" for path in found
    }  # fmt: skip


def whole(text: str | None, what: str) -> int | None:
    """Read a whole number that was given, or pass on that none was."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{what} must be a whole number, not {text!r}.") from None


def chosen_seed(arguments: argparse.Namespace) -> int:
    """Return the seed that was asked for, or the default."""
    from goldspike.cosim.lockstep.runner import default_seed

    seed = whole(arguments.seed, "The seed")
    if seed is not None and seed < 0:
        raise InputError(f"The seed must be at least 0, not {seed}.")
    return default_seed() if seed is None else seed
