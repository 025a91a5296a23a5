"""``goldspike sweep``."""

import argparse
import sys
from pathlib import Path

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.commands.common import Commands, add_workload, print_report_paths, whole
from goldspike.model.errors import LockstepError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("sweep", help="run a network over a grid of settings")
    parser.add_argument("chip", metavar="CHIP", help="goldspike list shows them")
    add_workload(parser)
    parser.add_argument(
        "--set", metavar="NAME=VALUE,...", action="append", default=[], dest="assignments",
        help="values of a setting; those of sizes and other lists are separated by /",
    )  # fmt: skip
    parser.add_argument("--config", metavar="NAME,...", help="named configurations")
    parser.add_argument("--net", metavar="FILE", help="network (.npz); default: the one that ships")
    parser.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    parser.add_argument("--engine", default="model", help="model (default), rtl or lockstep")
    parser.add_argument("--samples", metavar="N", help="how many samples from the start")
    parser.add_argument("--jobs", metavar="N", help="processes; default: one per core")
    parser.add_argument("--json", metavar="FILE", help="report; default build/sweep/CHIP.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike sweep``."""
    chip = find_chip(arguments.chip, RunsNetworks, arguments.workload)
    from goldspike.grid import sweep, table

    try:
        result = sweep(
            chip,
            assignments=arguments.assignments,
            configs=arguments.config,
            net=arguments.net,
            data=arguments.data,
            engine=arguments.engine,
            samples=whole(arguments.samples, "The number of samples"),
            jobs=whole(arguments.jobs, "The number of jobs"),
            out=Path(arguments.json) if arguments.json else None,
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
    print(table(result))
    print_report_paths(arguments.json, f"sweep/{chip.name}.json")
    return 0
