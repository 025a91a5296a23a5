"""``goldspike export``."""

import argparse

from goldspike.chip import ExportsNetworks
from goldspike.chips import DEFAULT_CHIP, find_chip
from goldspike.commands.common import Commands

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("export", help="a network of a chip as a NIR file")
    parser.add_argument("net", nargs="?", metavar="NET", help="default: the one that ships")
    parser.add_argument("--chip", metavar="CHIP", default=DEFAULT_CHIP, help="default: %(default)s")
    parser.add_argument("--out", metavar="FILE", required=True, help="NIR file to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike export``."""
    chip = find_chip(arguments.chip, ExportsNetworks)
    print(chip.export_net(arguments.net, arguments.out))
    return 0
