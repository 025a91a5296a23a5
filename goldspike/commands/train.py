"""``goldspike train``."""

import argparse
from pathlib import Path

from goldspike.chip import Trains
from goldspike.chips import find_chip
from goldspike.commands.common import Commands, add_settings, add_workload, whole

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("train", help="train a network for a chip")
    parser.add_argument("chip", metavar="CHIP", help="goldspike list shows them")
    add_workload(parser)
    parser.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    parser.add_argument("--out", metavar="FILE", required=True, help="network to write (.npz)")
    parser.add_argument("--seed", metavar="N", default="0", help="default 0")
    add_settings(parser, config=False)
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint of an interrupted run"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike train``."""
    chip = find_chip(arguments.chip, Trains, arguments.workload)
    from goldspike.charts import described

    rows = chip.trainer.run(
        data=arguments.data,
        out=Path(arguments.out),
        seed=whole(arguments.seed, "The seed") or 0,
        assignments=arguments.assignments,
        resume=arguments.resume,
    )
    print(described(rows))
    return 0
