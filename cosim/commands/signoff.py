"""``goldspike signoff``."""

import argparse

from cosim.commands.common import Commands

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("signoff", help="table of what prove, gates and mutate found")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike signoff``."""
    from cosim.signoff import table

    print(table())
    return 0
