"""``goldspike sim``."""

import argparse
import sys
from pathlib import Path

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.commands.common import (
    Commands,
    add_settings,
    add_workload,
    print_report_paths,
    whole,
)
from goldspike.commands.events import add_event_options, run_events
from goldspike.model.errors import LockstepError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("sim", help="run a network on a chip")
    parser.add_argument("chip", metavar="CHIP", help="goldspike list shows them")
    add_workload(parser)
    parser.add_argument("--net", metavar="FILE", help="network (.npz); default: the one that ships")
    parser.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    parser.add_argument("--engine", default="model", help="model (default), rtl or lockstep")
    parser.add_argument("--samples", metavar="N", help="how many samples from the start")
    add_settings(parser)
    parser.add_argument("--jobs", metavar="N", help="processes; default: one per core")
    parser.add_argument(
        "--report", action="store_true", help="confusion, spikes, latency: CSV and PNG beside it"
    )
    parser.add_argument("--json", metavar="FILE", help="report; default build/sim/CHIP.json")
    add_event_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike sim``."""
    chip = find_chip(arguments.chip, RunsNetworks, arguments.workload)
    from goldspike.simulation import simulate, table

    try:
        if run_events(chip, arguments):
            return 0
        report = simulate(
            chip,
            net=arguments.net,
            data=arguments.data,
            engine=arguments.engine,
            samples=whole(arguments.samples, "The number of samples"),
            config=arguments.config,
            assignments=arguments.assignments,
            out=Path(arguments.json) if arguments.json else None,
            jobs=whole(arguments.jobs, "The number of jobs"),
            report=arguments.report,
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
    print(table(chip, report))
    folder = ["_report"] if arguments.report else []
    print_report_paths(arguments.json, f"sim/{chip.name}.json", ".npz", *folder)
    return 0
