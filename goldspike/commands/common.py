"""What several commands share: settings, numbers and seeds from the command line."""

import argparse
from pathlib import Path
from typing import TypeAlias

from goldspike.model.errors import InputError

__all__ = [
    "Commands",
    "add_circuits",
    "add_settings",
    "add_workload",
    "chosen_seed",
    "print_report_paths",
    "whole",
]

LARGEST = (1 << 63) - 1
"""What fits where a number goes, whatever counts it."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command adds its parser."""


def add_circuits(
    parser: argparse.ArgumentParser,
    *,
    every: str = "default: all",
    config: str = "one configuration (see goldspike list CIRCUIT)",
    seed: str = "seed of the stimulus; default 1",
) -> None:
    """Add what commands about circuits take: circuits, ``--config`` and, unless empty, ``--seed``.

    Parameters
    ----------
    every, config, seed : str
        What the help says of each.
    """
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help=every)
    parser.add_argument("--config", help=config)
    if seed:
        parser.add_argument("--seed", metavar="N", help=seed)


def add_workload(parser: argparse.ArgumentParser) -> None:
    """Add ``--workload``."""
    parser.add_argument(
        "--workload", metavar="NAME", help="what runs, if the chip has several kinds of work"
    )


def add_settings(parser: argparse.ArgumentParser, *, config: bool = True) -> None:
    """Add ``--config`` and ``--set``, which read the same for all chips."""
    if config:
        parser.add_argument("--config", metavar="NAME", help="a named configuration of the chip")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="a setting, of those below; may be repeated, in any order",
    )  # fmt: skip


def print_report_paths(given: str | None, default: str, *others: str) -> None:
    """Print where a report is (`given`, or `default` in the build folder) and what lies beside it.

    Each of `others` replaces the suffix ``.json``.
    """
    from goldspike.model.paths import BUILD

    path = Path(given) if given else BUILD / default
    print(path, *(path.with_name(path.stem + other) for other in others), sep="\n")


def whole(text: str | None, what: str, low: int | None = None, high: int = LARGEST) -> int | None:
    """Read a whole number that was given, or pass on that none was.

    Parameters
    ----------
    text : str, optional
    what : str
        What it is, for the sentence.
    low, high : int
        The range that it must lie in.

    Raises
    ------
    InputError
        If it is no whole number, or out of its range.
    """
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        raise InputError(f"{what} must be a whole number, not {text!r}.") from None
    if low is not None and number < low:
        raise InputError(f"{what} must be at least {low}, not {number}.")
    if number > high:
        raise InputError(f"{what} must be at most {high}, not {number}.")
    return number


def chosen_seed(arguments: argparse.Namespace) -> int:
    """Return the seed that was asked for, or the default."""
    from goldspike.cosim.lockstep.runner import default_seed

    seed = whole(arguments.seed, "The seed", 0)
    return default_seed() if seed is None else seed
