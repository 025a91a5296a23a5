"""``goldspike export``."""

import argparse

from goldspike.commands.common import Commands

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("export", help="a network of µBrain as a NIR file")
    parser.add_argument("net", nargs="?", metavar="NET", help="default: the one that ships")
    parser.add_argument("--out", metavar="FILE", required=True, help="NIR file to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike export``."""
    from goldspike.mubrain.nir import export_nir

    result = export_nir(arguments.net, arguments.out)
    sizes = "-".join(map(str, result["sizes"]))
    print(f"{arguments.out}: {sizes}, integrate-and-fire")
    return 0
