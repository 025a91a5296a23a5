"""``goldspike train``."""

import argparse
from importlib import import_module
from pathlib import Path

from goldspike.commands.common import Commands, chips, whole
from goldspike.model.errors import InputError

__all__ = ["add", "run"]


def add(commands: Commands) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("train", help="train a network for a chip")
    parser.add_argument("chip", metavar="CHIP", help=f"one of {', '.join(chips('train'))}")
    parser.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    parser.add_argument("--out", metavar="FILE", required=True, help="network to write (.npz)")
    parser.add_argument("--seed", metavar="N", default="0", help="default 0")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="override a setting of the trainer; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint of an interrupted run"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``goldspike train``."""
    if arguments.chip not in chips("train"):
        known = ", ".join(chips("train"))
        raise InputError(f"{arguments.chip!r} is no chip with a trainer; known are {known}.")
    seed = whole(arguments.seed, "The seed")
    print(
        import_module(f"goldspike.{arguments.chip}.train").train_network(
            data=arguments.data,
            out=Path(arguments.out),
            seed=seed,
            assignments=arguments.assignments,
            resume=arguments.resume,
        )
    )
    return 0
