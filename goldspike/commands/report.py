"""``goldspike report``."""

import argparse
from pathlib import Path

from goldspike.chips import chip_names, load_chip
from goldspike.commands.common import Commands
from goldspike.model.errors import unknown
from goldspike.progress import waiting

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("report", help="published numbers beside ours; CSV and PNG")
    parser.add_argument("name", nargs="*", metavar="REPORT", help="default: all")
    parser.add_argument("-o", "--out", metavar="DIR", help="default build/reports")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike report``: each writes its files and returns its tables as text."""
    from goldspike.model.guard import guard_files
    from goldspike.model.paths import BUILD

    chips = [load_chip(name) for name in chip_names()]
    known = {f"{chip.name}-{name}": (chip, name) for chip in chips for name in chip.reports}
    for name in arguments.name:
        if name not in known:
            raise unknown("report", name, known)
    folder = Path(arguments.out) if arguments.out else BUILD / "reports"
    guard_files(folders=[folder / name for name in arguments.name or known])
    for full in arguments.name or known:
        chip, name = known[full]
        with waiting(full):
            said = chip.report(name, folder / full)
        print(said)
    return 0
