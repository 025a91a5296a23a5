"""``goldspike import``."""

import argparse

from goldspike.commands.common import Commands, whole
from goldspike.model.errors import InputError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("import", help="a network from a NIR file, rounded for µBrain")
    parser.add_argument("file", metavar="FILE", help="graph of Linear and IF or LIF nodes (.nir)")
    parser.add_argument("--out", metavar="FILE", required=True, help="network to write (.npz)")
    parser.add_argument("--data", metavar="PATH", help="measure the accuracy before and after")
    parser.add_argument("--samples", metavar="N", help="how many samples from the start")
    parser.add_argument("--gain", metavar="G,...", help="factor per layer, or fit; default 1")
    parser.add_argument("--dt", metavar="S", help="a spike's current into LIF lasts S; 1e-4 s")
    parser.add_argument("--drop-leak", action="store_true", help="drop a leak that would matter")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="override a setting; may be repeated",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="write the report here too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike import``."""
    from goldspike.mubrain.nir import import_nir, table
    from goldspike.workloads.nir_graph import DEFAULT_DT

    if arguments.samples is not None and arguments.data is None:
        raise InputError("--samples needs --data.")
    try:
        dt = DEFAULT_DT if arguments.dt is None else float(arguments.dt)
    except ValueError:
        raise InputError(f"--dt must be a number of seconds, not {arguments.dt!r}.") from None
    result = import_nir(
        arguments.file,
        arguments.out,
        data=arguments.data,
        samples=whole(arguments.samples, "The number of samples"),
        gains=arguments.gain,
        dt=dt,
        drop_leak=arguments.drop_leak,
        assignments=arguments.assignments,
        report=arguments.json,
    )
    print(table(result))
    return 0
