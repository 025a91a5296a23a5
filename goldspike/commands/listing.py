"""``goldspike list``."""

import argparse

from goldspike.commands.common import Commands, chips

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("list", help="chips, circuits, networks")
    parser.add_argument("circuit", nargs="*", metavar="CIRCUIT", help="its configurations")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike list``."""
    from goldspike.cosim.bench.circuits import circuits, load_bench
    from goldspike.model.paths import ROOT

    if arguments.circuit:
        for circuit in arguments.circuit:
            bench = load_bench(circuit)
            print(circuit, *bench.configs, *bench.large, sep="\n  ")
        return 0
    print("chips", *chips(), sep="\n  ")
    print("circuits", *circuits(), sep="\n  ")
    nets = sorted(path.relative_to(ROOT) for path in (ROOT / "nets").glob("*.npz"))
    print("networks", *nets, sep="\n  ")
    return 0
