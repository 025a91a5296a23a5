"""What was found of every circuit, by column, each result tied to the sources that it is of.

Two files: what was found on this machine since ``build/`` was made is in ``build/signoff.json``;
``signoff/results.json`` is checked in, and takes the former up when the tables are written. The
sources of a result are the files of chips' folders that its bench (or its proof) imports, directly
or not, comments and docstrings aside. A result of other sources is stale: it says what was true of
a circuit, a model or a bench that has changed since.
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from goldspike.cosim.bench.circuits import circuits
from goldspike.cosim.simulator.lock import locked
from goldspike.hdl.cells import CELLS
from goldspike.model.errors import InputError
from goldspike.model.files import read_kept, write_json
from goldspike.model.paths import BUILD, ROOT

__all__ = ["COLUMNS", "Results", "checked_in", "is_stale", "known", "note", "sources", "together"]

PATH = BUILD / "signoff.json"
CHECKED_IN = ROOT / "signoff" / "results.json"

COLUMNS = ("lockstep", "proofs", "netlist mutants", "source mutants", "coverage", "gates")

Results = dict[str, dict[str, Any]]
"""What was found, by circuit and column."""


FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "lockstep": {"tests": (int,), "passed": (bool,)},
    "proofs": {"properties": (int,), "configs": (dict, str)},
    "netlist mutants": {"killed": (int,), "survived": (int,)},
    "source mutants": {"killed": (int,), "survived": (int,)},
    "coverage": {"shares": (dict, int, float)},
    "gates": {"targets": (list, str), "equal": (dict, str), "published": (str,)},
}
"""What the tables need of a result, by column: the type of each field, and of what is in it."""


def read(path: Path) -> Results:
    """Return the results in a file; none if there is no such file.

    Raises
    ------
    InputError
        If the file is damaged, or holds something else.
    """
    return read_kept(path, parsed) or {}


def parsed(found: Any) -> Results:
    """Return results, or raise a ValueError if they are not as :func:`note` writes them."""
    for columns in found.values():
        for column, result in columns.items():
            for name, (kind, *inner) in FIELDS.get(column, {}).items():
                value = result[name]
                held = value.values() if kind is dict and isinstance(value, dict) else value
                if not isinstance(value, kind) or (
                    inner and not all(isinstance(item, tuple(inner)) for item in held)
                ):
                    raise ValueError(name)
    return found


def known() -> Results:
    """Return what was found on this machine."""
    return read(PATH)


def checked_in() -> Results:
    """Return the results that come with the project."""
    return read(CHECKED_IN)


def note(circuit: str, column: str, result: Mapping[str, Any]) -> None:
    """Keep a result, with the hash of its sources. Two runs at once lose nothing.

    A file that cannot be read is put aside: it must not cost what a long run has found.
    """
    with locked(PATH.with_suffix(".lock")):
        try:
            results = known()
        except InputError:
            PATH.replace(PATH.with_suffix(".damaged"))
            results = {}
        found = {**result, "sources": sources(circuit, column)}
        results.setdefault(circuit, {})[column] = found
        write_json(PATH, results)


def together(before: Results, now: Results) -> Results:
    """Return the results of all circuits that there are; of two about the same, the later one."""
    both = {name: before.get(name, {}) | now.get(name, {}) for name in circuits()}
    return {name: found for name, found in both.items() if found}


def is_stale(circuit: str, column: str, result: Mapping[str, Any]) -> bool:
    """Return whether a result is of other sources than today's."""
    return result.get("sources") != sources(circuit, column)


def sources(circuit: str, column: str) -> str:
    """Return the hash of what a column's result of a circuit depends on.

    That is the circuit, its model and its bench; of proofs, the circuit and the proof.
    """
    wing = "proofs" if column == "proofs" else "cosim"
    waiting, found = [f"{wing}/{circuit}.py"], set[str]()
    while waiting:
        file = waiting.pop()
        if file not in found and (ROOT / file).exists():
            found.add(file)
            waiting += imported(file)
    texts = [f"{file}\n{code(file)}" for file in sorted(found)]
    texts += [CELLS.read_text()] if "/cell/" in circuit else []
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@cache
def tree(file: str) -> ast.Module:
    """Return a source file of the project, parsed, without docstrings."""
    parsed = ast.parse((ROOT / file).read_text())
    for node in ast.walk(parsed):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not is_text(statement)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return parsed


@cache
def code(file: str) -> str:
    """Return a source file without comments and docstrings."""
    return ast.unparse(tree(file))


def is_text(statement: ast.AST) -> bool:
    """Return whether a statement is a string that nothing is done with."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def imported(file: str) -> tuple[str, ...]:
    """Return the files in chips' folders that a file imports."""
    names = set[str]()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return tuple(sorted(chip_files(names)))


def chip_files(names: set[str]) -> Iterator[str]:
    """Yield the files of modules that lie in a chip's folder of any wing."""
    chips = {circuit.partition("/")[0] for circuit in circuits()}
    for name in names:
        parts = name.split(".")
        file = "/".join(parts[1:]) + ".py"
        in_chip = parts[0] == "goldspike" and len(parts) > 3 and parts[2] in chips
        if in_chip and (ROOT / file).is_file():
            yield file
