"""The command line: ``goldspike``."""

import argparse
import os
import sys
from importlib import import_module

from goldspike.model.errors import InputError, one_line
from goldspike.model.limits import limit_memory
from goldspike.model.paths import user_path

__all__ = ["main"]

COMMANDS = (
    "sim",
    "train",
    "listing",
    "verify",
    "verilog",
    "vectors",
    "waves",
    "report",
    "import_net",
    "export_net",
    "prove",
    "gates",
    "mutate",
    "coverage",
    "signoff",
)
"""The modules of :mod:`goldspike.commands`, in the order of the help."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a check failed, or 2 on bad input."""
    if argv is None:  # this process is the program's own
        limit_memory()
    arguments = parser().parse_args(argv)
    for name, value in vars(arguments).items():
        if isinstance(value, str) and value.startswith("~"):  # the shell leaves --data=~/x alone
            setattr(arguments, name, str(user_path(value)))
    try:
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
    except KeyboardInterrupt:
        print("goldspike: interrupted", file=sys.stderr)
        return 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Report a wrong argument and end with exit code 2."""
        print(f"{self.prog}: {one_line(message)}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def parser() -> Parser:
    """Return the parser of all commands."""
    top = Parser(prog="goldspike", description="Simulate published neuromorphic chips.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        import_module(f"goldspike.commands.{name}").add(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
