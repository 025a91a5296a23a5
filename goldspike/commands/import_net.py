"""``goldspike import``."""

import argparse

from goldspike.chip import ImportJob
from goldspike.chips import importer
from goldspike.commands.common import Commands, add_settings, whole
from goldspike.model.errors import InputError
from goldspike.progress import waiting

__all__ = ["add", "run"]

READING = ("gain", "drop_leak")
"""Options that say how to read the file, besides those in seconds."""
SECONDS = ("dt", "time_step")


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "import", help="a network from a NIR or ONNX file, rounded for a chip"
    )
    parser.add_argument("file", metavar="FILE", help="graph (.nir: it spikes; .onnx: a CNN)")
    parser.add_argument("--chip", metavar="CHIP", help="default: mubrain; imc for .onnx")
    parser.add_argument("--out", metavar="FILE", required=True, help="network to write (.npz)")
    parser.add_argument("--data", metavar="PATH", help="for the accuracy, and to calibrate a CNN")
    parser.add_argument("--samples", metavar="N", help="how many samples from the start")
    parser.add_argument("--gain", metavar="G,...", help="factor per layer, or fit; default 1")
    parser.add_argument("--dt", metavar="S", help="a spike's current into LIF lasts S; 1e-4 s")
    parser.add_argument("--time-step", metavar="S", help="times in the file are in steps of S")
    parser.add_argument("--drop-leak", action="store_true", help="drop a leak that would matter")
    add_settings(parser)
    parser.add_argument("--json", metavar="FILE", help="write the report here too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike import``."""
    if arguments.samples is not None and arguments.data is None:
        raise InputError("--samples needs --data.")
    given = {name: getattr(arguments, name) for name in READING}
    given |= {name: seconds(name, getattr(arguments, name)) for name in SECONDS}
    job = ImportJob(
        path=arguments.file,
        out=arguments.out,
        data=arguments.data,
        samples=whole(arguments.samples, "The number of samples"),
        report=arguments.json,
        config=arguments.config,
        assignments=arguments.assignments,
        options={name: value for name, value in given.items() if value is not None},
    )
    chip = importer(arguments.chip, arguments.file)
    with waiting(f"importing {arguments.file}"):
        text = chip.import_net(job)
    print(text, *(path for path in (arguments.out, arguments.json) if path), sep="\n")
    return 0


def seconds(name: str, text: str | None) -> float | None:
    """Return the value of an option in seconds."""
    try:
        return None if text is None else float(text)
    except ValueError:
        option = f"--{name.replace('_', '-')}"
        raise InputError(f"{option} must be a number of seconds, not {text!r}.") from None
