"""The command line: ``goldspike``."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from importlib import import_module
from typing import Any

from goldspike.model.errors import InputError, nearest, one_line
from goldspike.model.limits import limit_memory
from goldspike.model.paths import ROOT, user_path
from goldspike.model.reading import reason
from goldspike.progress import without_progress
from goldspike.surroundings import Terminated, drop_output, output_lost, prepare, terminable

__all__ = ["main"]

COMMANDS = {
    "sim": "sim",
    "sweep": "sweep",
    "train": "train",
    "list": "listing",
    "verify": "verify",
    "verilog": "verilog",
    "vectors": "vectors",
    "waves": "waves",
    "report": "report",
    "import": "import_net",
    "export": "export_net",
    "prove": "prove",
    "gates": "gates",
    "mutate": "mutate",
    "coverage": "coverage",
    "signoff": "signoff",
}
"""Commands in the order of the help, each with its module in :mod:`goldspike.commands`."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a check failed, or 2 on bad input.

    Without `argv` this process is the program's own, and is made ready for it.
    """
    if argv is not None:
        return run(argv)
    try:
        prepare()
        limit_memory()
    except InputError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 2
    code: int | str | None = 0
    lost = output_lost()
    if lost is None:
        try:
            with terminable():
                code = run(sys.argv[1:])
        except SystemExit as end:  # --help
            code = end.code
        lost = output_lost()
    if lost is not None:
        print(f"goldspike: what it has to say could not be printed ({lost}).", file=sys.stderr)
        drop_output()
        return 1
    return code if isinstance(code, int) else 0


def run(argv: list[str]) -> int:
    """Run one command; return its exit code."""
    arguments = parser(argv[0] if argv else "").parse_args(argv)
    for name, value in vars(arguments).items():
        if isinstance(value, str) and value.startswith("~"):  # the shell leaves --data=~/x alone
            setattr(arguments, name, str(user_path(value)))
        elif name in ("net", "data") and isinstance(value, str):
            setattr(arguments, name, shipped(value))
    try:
        with quiet() if getattr(arguments, "quiet", False) else nullcontext():
            return arguments.run(arguments)
    except InputError as error:
        print(f"goldspike: {error}", file=sys.stderr)
        return 2
    except MemoryError:  # what needs much is refused where it is asked for; this is for the rest
        print("goldspike: there is not enough memory for what was asked for.", file=sys.stderr)
        return 2
    except ArithmeticError as error:
        said = one_line(str(error)) or type(error).__name__
        print(
            f"goldspike: a number is too large or small to calculate with ({said}).",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:  # somebody reads no further, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # what is foreseen is said where it happens; this is for the rest
        if output_lost() is not None:
            raise SystemExit(1) from None
        name = f"{error.filename}: " if error.filename else ""
        print(f"goldspike: {name}the system said: {reason(error)}.", file=sys.stderr)
        return 2
    except Terminated as end:
        print("goldspike: terminated", file=sys.stderr)
        return 128 + end.args[0]
    except KeyboardInterrupt:
        print("goldspike: interrupted", file=sys.stderr)
        return 130


def shipped(name: str) -> str:
    """Return a file's name, or the path of what ships with the program under this name.

    ``goldspike list`` names the networks so; outside of a checkout they lie elsewhere.
    """
    ours = name.startswith(("nets/", "data/")) and not os.path.exists(name)
    return str(ROOT / name) if ours and (ROOT / name).exists() else name


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and in its help what can be set.

    Attributes
    ----------
    given : sequence of str
        The words that it was asked to parse.
    """

    given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Remember the words, for hints and for the help."""
        self.given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """Return the help, and behind it the settings of the chip that was named, or of all."""
        text = super().format_help()
        if not any("--set" in action.option_strings for action in self._actions):
            return text
        listing = import_module("goldspike.commands.listing")
        return f"{text}\n{listing.help_text(self.given, trainer=self.prog.endswith('train'))}\n"

    def error(self, message: str) -> None:  # type: ignore[override]
        """Report a wrong argument and end with exit code 2."""
        near = self.meant(message)
        hint = f"did you mean {near!r}? See" if near else "see"
        print(f"{self.prog}: {one_line(message)}; {hint} {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Refuse ``--option=--``: Python before 3.12 makes an empty list of it."""
        values = super()._get_values(action, arg_strings)  # type: ignore[misc]
        if action.nargs is None and isinstance(values, list):
            raise argparse.ArgumentError(action, "expected one argument")
        return values

    def meant(self, message: str) -> str | None:
        """Return the command or option that was meant instead of one that does not exist."""
        wrong = re.search(r"invalid choice: '(.*?)'|unrecognized arguments: (--[^ =]+)", message)
        if not wrong:
            return None
        choices = (action.choices for action in self._actions)
        parts = [part for part in choices if isinstance(part, dict)]
        commands = {name: parser for part in parts for name, parser in part.items()}
        named = [parser for name, parser in commands.items() if name in self.given[:2]]
        options = (
            option
            for parser in named or commands.values()
            for action in parser._actions
            for option in action.option_strings
        )
        return nearest(wrong[1], commands) if wrong[1] else nearest(wrong[2], set(options))


class Version(argparse.Action):
    """Prints the version that is installed."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"goldspike {version('goldspike')}")
        except PackageNotFoundError:  # found by PYTHONPATH alone
            print("goldspike, not installed")
        parser.exit()


@contextmanager
def quiet() -> Iterator[None]:
    """Print nothing but errors: no tables, no progress; files are written as ever."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), without_progress():
        yield


def parser(command: str) -> Parser:
    """Return the parser of one command; of all, if there is none of that name.

    To import the others takes as long as a data set takes to read.
    """
    top = Parser(prog="goldspike", description="Simulate published neuromorphic chips.")
    top.add_argument("--version", action=Version, nargs=0, help="print the version and end")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name in [command] if command in COMMANDS else COMMANDS:
        import_module(f"goldspike.commands.{COMMANDS[name]}").add(commands)
    for any_of_them in (top, *commands.choices.values()):
        any_of_them.add_argument(
            "--quiet", action="store_true", default=argparse.SUPPRESS, help="print errors only"
        )
    return top


if __name__ == "__main__":
    sys.exit(main())
