"""VCDs as they are handed out: one scope named after the module, state names, a window in time.

Verilator calls the outermost scope ``$rootio``, repeats every port there, and keeps temporaries
whose names begin with ``$``; a reader that takes such a word for a keyword stops at it. Both are
left out here. Beside a state register there is a string variable, ``NAME_name``, with the names of
its states, which GTKWave and Surfer show as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from goldspike.cosim.bench.view import View
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically

__all__ = ["NAMES", "States", "Variable", "cut", "state_names", "tidy", "variables"]

NAMES = "_name"
"""Ending of the variable that holds a state's name."""

States = Mapping[str, Mapping[int, str]]
"""The names of states, by the register's name below the top module."""


@dataclass(frozen=True)
class Variable:
    """A variable of a VCD: its full name, with its range, and its width in bits."""

    name: str
    width: int


def state_names(view: View) -> States:
    """Return the names of states that a view shows."""
    return {wave.path: wave.names for wave in view.waves if wave.names}


def cut(source: Path, target: Path, first: int, last: int | None, states: States) -> None:
    """Write the changes of `source` from time `first` to `last` (its own unit) to `target`.

    The window opens with the value that every variable has by then. Without a `last` it is open.
    """
    with source.open() as lines:
        tidied = tidy(lines, states)
        text = "".join(window(tidied, first, last) if last is not None else tidied)
    write_atomically(target, lambda stream: stream.write(text.encode()))


def tidy(lines: Iterable[str], states: States) -> Iterator[str]:
    """Yield the lines of Verilator's VCD without what has no name, and with the names of states."""
    scopes: list[str] = []
    kept: set[str] = set()
    named: dict[str, list[tuple[str, Mapping[int, str]]]] = {}
    header = True
    for line in lines:
        words = line.split()
        if not header:
            yield from changed(line, kept, named)
        elif words[:1] == ["$scope"]:
            scopes.append(words[2])
            if scopes[0] != "$rootio":
                yield line
        elif words[:1] == ["$upscope"]:
            if scopes[0] != "$rootio":
                yield line
            scopes.pop()
        elif words[:1] == ["$var"]:
            code, name = words[3], words[4]
            if scopes[0] == "$rootio" or name.startswith("$"):
                continue
            yield line
            kept.add(code)
            path = ".".join([*scopes[1:], name])
            if path in states:
                own = f"{code}{NAMES}"
                named.setdefault(code, []).append((own, states[path]))
                yield f"  $var string 1 {own} {name}{NAMES} $end\n"
        else:
            yield line
            header = words[:1] != ["$enddefinitions"]


def changed(
    line: str, kept: set[str], named: Mapping[str, list[tuple[str, Mapping[int, str]]]]
) -> Iterator[str]:
    """Yield a line below the header, if it is of a variable that is kept, and its state's name."""
    if line.startswith(("#", "$")) or not line.strip():
        yield line
        return
    value, code = line.split() if line[0] in "bBrR" else (line[0], line[1:].strip())
    if code not in kept:
        return
    yield line
    for own, names in named.get(code, ()):
        bits = value.lstrip("bB").replace("x", "0").replace("z", "0")
        number = int(bits, 2)
        name = names.get(number, str(number))
        yield f"s{'_'.join(name.split())} {own}\n"  # a value has no blanks


def window(lines: Iterable[str], first: int, last: int) -> Iterator[str]:
    """Yield the lines of a VCD's header, of its state at `first`, and of its changes to `last`."""
    values: dict[str, str] = {}
    header, inside = True, False
    for line in lines:
        if header:
            yield line
            header = not line.startswith("$enddefinitions")
        elif line.startswith("#"):
            time = int(line[1:])
            if time > last:
                break
            if inside:
                yield line
            elif time >= first:
                inside = True
                yield f"#{time}\n"
                yield from values.values()
        elif inside:
            yield line
        elif not line.startswith("$") and line.strip():
            name = line.split()[-1] if line[0] in "bBrRs" else line[1:].strip()
            values[name] = line
    if not inside:
        yield f"#{first}\n"
        yield from values.values()


def variables(path: Path, top: str) -> dict[str, Variable]:
    """Return the variables of a VCD by their names below the top module.

    Raises
    ------
    InputError
        If the file has no such module.
    """
    from vcd.reader import TokenKind, tokenize

    found: dict[str, Variable] = {}
    scopes: list[str] = []
    with path.open("rb") as stream:
        for token in tokenize(stream):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR and scopes[:1] == [top]:
                plain = ".".join([*scopes, token.var.reference])
                name = f"{plain}{token.var.ref_str.removeprefix(token.var.reference)}"
                found[plain.removeprefix(f"{top}.")] = Variable(name, token.var.size)
            elif token.kind is TokenKind.ENDDEFINITIONS:
                break
    if not found:
        raise InputError(f"{path}: expected a VCD of {top}, but it has no such module.")
    return found
