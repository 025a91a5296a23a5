"""``goldspike report``."""

import argparse
from importlib import import_module
from pathlib import Path

from goldspike.commands.common import Commands, reports
from goldspike.model.errors import InputError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("report", help="published numbers beside ours; CSV and PNG")
    parser.add_argument("name", nargs="*", metavar="REPORT", help="default: all")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/reports")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike report``: each writes its files and returns its tables as text."""
    from goldspike.model.paths import BUILD

    known = reports()
    for name in arguments.name:
        if name not in known:
            raise InputError(f"{name!r} is no report; known are {', '.join(known)}.")
    folder = Path(arguments.out) if arguments.out else BUILD / "reports"
    for name in arguments.name or known:
        print(import_module(known[name]).write(folder / name))
    return 0
