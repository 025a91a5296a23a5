"""``goldspike sim``."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from goldspike.commands.common import Commands, chips, whole
from goldspike.commands.events import add_event_options, run_events
from goldspike.model.errors import InputError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("sim", help="run a network on a chip")
    parser.add_argument("chip", metavar="CHIP", help=f"one of {', '.join(chips())}")
    parser.add_argument("--net", metavar="FILE", help="network (.npz); default: the one that ships")
    parser.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    parser.add_argument("--engine", default="model", help="model (default), rtl or lockstep")
    parser.add_argument("--samples", metavar="N", help="how many samples from the start")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="override a setting; may be repeated",
    )  # fmt: skip
    parser.add_argument("--jobs", metavar="N", help="processes; default: one per core")
    parser.add_argument(
        "--report", action="store_true", help="confusion, spikes, latency: CSV and PNG beside it"
    )
    parser.add_argument("--json", metavar="FILE", help="report; default build/sim/CHIP.json")
    add_event_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike sim``."""
    if arguments.chip not in chips():
        raise InputError(f"{arguments.chip!r} is no chip; known are {', '.join(chips())}.")
    from goldspike.cosim.bench.scoreboard import LockstepError

    chip = import_module(f"goldspike.{arguments.chip}.simulate")
    try:
        if run_events(arguments):
            return 0
        report = chip.simulate(
            net=arguments.net,
            data=arguments.data,
            engine=arguments.engine,
            samples=whole(arguments.samples, "The number of samples"),
            assignments=arguments.assignments,
            out=Path(arguments.json) if arguments.json else None,
            **further(
                chip.simulate,
                jobs=whole(arguments.jobs, "The number of jobs"),
                report=arguments.report,
            ),
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
    print(chip.table(report))
    return 0


def further(simulate: Callable[..., Any], **options: Any) -> dict[str, Any]:
    """Return the options that were given, among those that not every chip knows."""
    given = {
        name: value for name, value in options.items() if value is not None and value is not False
    }
    for name in given.keys() - signature(simulate).parameters.keys():
        raise InputError(f"This chip takes no --{name}.")
    return given
