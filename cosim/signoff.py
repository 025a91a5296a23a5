"""What is known of every circuit: results of proofs, gates and mutants, kept between runs."""

import json
from collections.abc import Mapping
from typing import Any

from cosim.circuits import circuits
from cosim.verilator import BUILD
from model.files import write_json

__all__ = ["known", "note", "table"]

PATH = BUILD / "signoff.json"
COLUMNS = ("proofs", "gates", "mutants", "coverage")


def known() -> dict[str, dict[str, Any]]:
    """Return the results so far, by circuit and column; none if there is no such file."""
    try:
        return json.loads(PATH.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def note(circuit: str, column: str, result: Mapping[str, Any]) -> None:
    """Keep a result; `summary` in it is what the table shows."""
    results = known()
    results.setdefault(circuit, {})[column] = dict(result)
    write_json(PATH, results)


def table() -> str:
    """Return the table of all circuits, in Markdown; a dash stands for what was not run."""
    results = known()
    lines = [
        f"| circuit | {' | '.join(COLUMNS)} |",
        f"|---|{'---|' * len(COLUMNS)}",
    ]
    for circuit in circuits():
        found = results.get(circuit, {})
        cells = [str(found.get(column, {}).get("summary", "–")) for column in COLUMNS]
        lines.append(f"| `{circuit}` | {' | '.join(cells)} |")
    return "\n".join(lines)
