"""The command line: ``goldspike``."""

import argparse
import sys
from pathlib import Path

from model.errors import InputError

__all__ = ["main"]

CHIPS = ("mubrain",)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a check failed, or 2 on bad input."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except InputError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("goldspike: interrupted", file=sys.stderr)
        return 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Report a wrong argument and end with exit code 2."""
        print(f"{self.prog}: {message}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def parser() -> Parser:
    """Return the parser of all commands."""
    top = Parser(prog="goldspike", description="Simulate published neuromorphic chips.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    sim = commands.add_parser("sim", help="run a network on a chip")
    sim.add_argument("chip", metavar="CHIP", help=f"one of {', '.join(CHIPS)}")
    sim.add_argument("--net", metavar="FILE", help="network (.npz); default: the shipped digits")
    sim.add_argument("--data", metavar="PATH", help="folder of IDX files, or .npz with x, y")
    sim.add_argument("--engine", default="model", help="model (default) or rtl")
    sim.add_argument("--samples", metavar="N", help="how many samples from the start")
    sim.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="assignments",
        help="override a setting; may be repeated",
    )  # fmt: skip
    sim.add_argument("--json", metavar="FILE", help="report; default build/sim/CHIP.json")
    sim.set_defaults(run=run_sim)
    return top


def whole(text: str | None, what: str) -> int | None:
    """Read a whole number that was given, or pass on that none was."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{what} must be a whole number, not {text!r}.") from None


def run_sim(arguments: argparse.Namespace) -> int:
    """``goldspike sim``."""
    if arguments.chip not in CHIPS:
        raise InputError(f"{arguments.chip!r} is no chip; known are {', '.join(CHIPS)}.")
    from cosim.mubrain.simulate import simulate, table

    report = simulate(
        net=arguments.net,
        data=arguments.data,
        engine=arguments.engine,
        samples=whole(arguments.samples, "The number of samples"),
        assignments=arguments.assignments,
        out=Path(arguments.json) if arguments.json else None,
    )
    print(table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
