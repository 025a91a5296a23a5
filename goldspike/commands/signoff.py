"""``goldspike signoff``."""

import argparse
import os

from goldspike.commands.common import Commands

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("signoff", help="what verify, prove, mutate ... found last")
    parser.add_argument("--short", action="store_true", help="circuits in groups, worst results")
    parser.add_argument("--new", action="store_true", help="show what is in build/ only")
    parser.add_argument(
        "--write", action="store_true", help="also write the tables into README and docs/signoff.md"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike signoff``."""
    from goldspike.signoff.results import checked_in, known, together
    from goldspike.signoff.status import status, table, write_tables

    results = known() if arguments.new else together(checked_in(), known())
    print(status(results) if arguments.short else table(results))
    if arguments.write:
        for path in write_tables():
            print(f"  written: {os.path.relpath(path)}")
    return 0
