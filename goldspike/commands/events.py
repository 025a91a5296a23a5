"""The options of ``goldspike sim`` for recorded events."""

import argparse
from pathlib import Path

from goldspike.chip import Chip, Recording, TakesEvents
from goldspike.chips import need
from goldspike.commands.common import print_report_paths
from goldspike.model.errors import InputError

__all__ = ["add_event_options", "run_events"]

READING = ("unit", "sensor", "polarity", "columns", "begin", "end", "sort")
"""Options that say how to read a recording."""
OPTIONS = {"begin": "from", "end": "to", "out_events": "out-events"}
"""Those whose name on the command line is another."""
OF_EVENTS = (*READING, "out_events", "raster")
OF_DATA_SETS = ("data", "jobs", "report")


def add_event_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to the command."""
    group = parser.add_argument_group("recorded events instead of a data set")
    group.add_argument(
        "--events", metavar="PATH",
        help="recording (table, arrays, AEDAT, HDF5, N-MNIST), or a labelled set: a folder with a "
        "folder per class, a CSV of file and label, an SHD file",
    )  # fmt: skip
    group.add_argument("--unit", metavar="U", help="of times without one: s, ms, us (default), ns")
    group.add_argument("--sensor", metavar="WxH", help="camera's size, where the file has none")
    group.add_argument("--polarity", metavar="P", help="both (default), on or off")
    group.add_argument("--columns", metavar="X,Y,P,T", help="names of a table without a header")
    group.add_argument(
        "--from", metavar="T", dest="begin", help="first time, such as 20ms; +20ms: since the start"
    )
    group.add_argument("--to", metavar="T", dest="end", help="time from which on events are cut")
    group.add_argument("--sort", action="store_const", const="1", help="sort events by time")
    group.add_argument("--out-events", metavar="FILE", help="output spikes, .csv or .npz")
    group.add_argument("--raster", metavar="FILE", help="PNG of all spikes")


def run_events(chip: Chip, arguments: argparse.Namespace) -> bool:
    """Run recorded events and print the report; False if none were given.

    Raises
    ------
    InputError
        If options are mixed that exclude each other, or the chip takes no events.
    LockstepError
        If the circuit differs from its model.
    """
    if arguments.events is None:
        for name in OF_EVENTS:
            if getattr(arguments, name) is not None:
                raise InputError(f"--{OPTIONS.get(name, name)} needs --events.")
        return False
    for name in OF_DATA_SETS:
        if getattr(arguments, name, None):
            raise InputError(f"--{name} and --events exclude each other.")
    from goldspike.charts import described

    able = need(chip, TakesEvents)
    given = {name: getattr(arguments, name) for name in (*READING, "samples")}
    report = able.run_events(
        Recording(
            path=arguments.events,
            options={name: value for name, value in given.items() if value is not None},
        ),
        net=arguments.net,
        engine=arguments.engine,
        config=arguments.config,
        assignments=arguments.assignments,
        out=Path(arguments.json) if arguments.json else None,
        out_events=Path(arguments.out_events) if arguments.out_events else None,
        raster=Path(arguments.raster) if arguments.raster else None,
    )
    print(described(able.event_rows(report)))
    beside = [".npz"] if "accuracy" in report else []
    print_report_paths(arguments.json, f"sim/{chip.name}-events.json", *beside)
    return True
