"""``goldspike sim``."""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from cosim.commands.common import Commands, chips, whole
from model.errors import InputError

__all__ = ["add", "run"]

EVENT_OPTIONS = ("unit", "sensor", "polarity", "out_events", "raster")


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
    parser.add_argument("--json", metavar="FILE", help="report; default build/sim/CHIP.json")
    group = parser.add_argument_group("recorded events instead of a data set")
    group.add_argument("--events", metavar="FILE", help=".csv, .npz, .aedat or .aedat4")
    group.add_argument("--unit", metavar="U", help="of times without one: s, ms, us (default), ns")
    group.add_argument("--sensor", metavar="WxH", help="camera's size, where the file has none")
    group.add_argument("--polarity", metavar="P", help="both (default), on or off")
    group.add_argument("--out-events", metavar="FILE", help="output spikes, .csv or .npz")
    group.add_argument("--raster", metavar="FILE", help="PNG of all spikes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike sim``."""
    if arguments.chip not in chips():
        raise InputError(f"{arguments.chip!r} is no chip; known are {', '.join(chips())}.")
    from cosim.scoreboard import LockstepError

    if arguments.events is not None:
        return run_events(arguments)
    for name in EVENT_OPTIONS:
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name.replace('_', '-')} needs --events.")
    chip = import_module(f"cosim.{arguments.chip}.simulate")
    try:
        report = chip.simulate(
            net=arguments.net,
            data=arguments.data,
            engine=arguments.engine,
            samples=whole(arguments.samples, "The number of samples"),
            assignments=arguments.assignments,
            out=Path(arguments.json) if arguments.json else None,
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
    print(chip.table(report))
    return 0


def run_events(arguments: argparse.Namespace) -> int:
    """Run ``goldspike sim CHIP --events FILE``."""
    from cosim.scoreboard import LockstepError

    for name in ("data", "samples"):
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name} and --events exclude each other.")
    if find_spec(f"cosim.{arguments.chip}.events") is None:
        raise InputError(f"{arguments.chip} takes no event files.")
    chip = import_module(f"cosim.{arguments.chip}.events")
    try:
        report = chip.simulate_events(
            events=arguments.events,
            net=arguments.net,
            engine=arguments.engine,
            assignments=arguments.assignments,
            unit=arguments.unit,
            sensor=pixels(arguments.sensor),
            polarity=arguments.polarity or "both",
            out=Path(arguments.json) if arguments.json else None,
            out_events=Path(arguments.out_events) if arguments.out_events else None,
            raster=Path(arguments.raster) if arguments.raster else None,
        )
    except LockstepError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 1
    print(chip.table(report))
    return 0


def pixels(text: str | None) -> tuple[int, int] | None:
    """Read a sensor's size."""
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"A sensor's size must read WIDTHxHEIGHT, such as 128x128, not {text!r}.")
    return int(width), int(height)
