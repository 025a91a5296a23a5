"""What is known of every circuit: results of benches, proofs, gates, mutants and coverage.

They are kept between runs in ``build/signoff.json``. The status tables are made of them and, for
what was not run since ``build/`` was made, of what the page of tables says already.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from goldspike.cosim.bench.circuits import chip_label, circuits, load_bench
from goldspike.cosim.simulator.lock import locked
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically, write_json
from goldspike.model.paths import BUILD, ROOT

__all__ = [
    "PAGE",
    "earlier",
    "groups",
    "known",
    "note",
    "status",
    "table",
    "together",
    "write_tables",
]

PATH = BUILD / "signoff.json"
PAGE = "docs/signoff.md"
COLUMNS = ("lockstep", "proofs", "mutants", "coverage", "gates")
NOT_RUN = "–"
BEGIN, END = "<!-- goldspike signoff -->\n", "<!-- end -->\n"

Results = dict[str, dict[str, Any]]
"""What was found, by circuit and column."""


def known() -> Results:
    """Return the results so far, by circuit and column; none if there is no such file."""
    try:
        return json.loads(PATH.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def note(circuit: str, column: str, result: Mapping[str, Any]) -> None:
    """Keep a result; `summary` in it is what the table shows. Two runs at once lose nothing."""
    with locked(PATH.with_suffix(".lock")):
        results = known()
        results.setdefault(circuit, {})[column] = dict(result)
        write_json(PATH, results)


def earlier(page: Path) -> Results:
    """Return the results in the table on a page."""
    _, _, rest = page.read_text().partition(BEGIN)
    found: Results = {}
    for line in rest.partition(END)[0].splitlines():
        circuit, *texts = (cell.strip() for cell in line.strip("| ").split(" | "))
        if circuit.startswith("`"):
            found[circuit.strip("`")] = {
                column: {"summary": text}
                for column, text in zip(COLUMNS, texts, strict=True)
                if text != NOT_RUN
            }
    return found


def together(before: Results, now: Results) -> Results:
    """Return all results; of two about the same, the later one."""
    return {name: before.get(name, {}) | now.get(name, {}) for name in before | now}


def table(results: Results) -> str:
    """Return the table of all circuits, in Markdown; a dash stands for what was not run."""
    rows = [
        [f"`{circuit}`", *(summary(results, circuit, column) or NOT_RUN for column in COLUMNS)]
        for circuit in circuits()
    ]
    return markdown(["circuit", *COLUMNS], rows)


def status(results: Results) -> str:
    """Return the short table: circuits in groups, with the worst result of each group."""
    rows = []
    for label, group in groups().items():
        both = [name for name in group if cell_of(name) in circuits("cell")]
        rtl = "`tick`" + (", `cell`" if len(both) == len(group) else "")
        if both and len(both) < len(group):
            rtl += f"; `cell`: {', '.join(words(name) for name in both)}"
        everything = [*group, *map(cell_of, both)]
        lockstep = worst(results, everything, "lockstep")
        worsts = [worst(results, group, column) for column in ("proofs", "mutants", "coverage")]
        rows.append([label, "yes", rtl, lockstep, *worsts, worst(results, group, "gates")])
    return markdown(["circuits", "model", "RTL", *COLUMNS], rows)


def groups() -> dict[str, list[str]]:
    """Return the circuits of each row of the short table, by its label."""
    rows: dict[str, list[str]] = {}
    for name in circuits("tick"):
        group = load_bench(name).checks.group or words(name)
        rows.setdefault(f"{chip_label(name)}: {group}", []).append(name)
    return rows


def cell_of(circuit: str) -> str:
    """Return the name that a circuit of ``tick`` has in ``cell``."""
    return circuit.replace("/", "/cell/")


def words(circuit: str) -> str:
    """Return a circuit's name as one says it."""
    return circuit.rpartition("/")[2].replace("_", " ")


def summary(results: Mapping[str, Any], circuit: str, column: str) -> str:
    """Return what was found last; nothing if it was not run."""
    return str(results.get(circuit, {}).get(column, {}).get("summary", ""))


def worst(results: Mapping[str, Any], group: Iterable[str], column: str) -> str:
    """Return the worst result of some circuits; those without one are named."""
    found = {name: summary(results, name, column) for name in group}
    missing = [name for name, text in found.items() if not text]
    if len(missing) == len(found):
        return NOT_RUN
    said = WORST[column]([text for text in found.values() if text])
    return said + (f"; not {', '.join(map(words, missing))}" if missing else "")


def worst_lockstep(texts: list[str]) -> str:
    """Return whether all benches passed."""
    return "fails" if any("fails" in text for text in texts) else "yes"


def worst_proofs(texts: list[str]) -> str:
    """Return how many properties there are, and whether all of them are proved."""
    found = [re.match(r"(\d+) properties, (\d+) of (\d+)", text) for text in texts]
    properties, done, total = (sum(int(m[k]) for m in found if m) for k in (1, 2, 3))
    return f"{properties} properties" + (f", {done} of {total} sizes" if done < total else "")


def worst_mutants(texts: list[str]) -> str:
    """Return the lowest score."""
    lowest = min(float(text.partition(" ")[0]) for text in texts)
    return f"{'≥ ' if len(texts) > 1 else ''}{lowest:g} %"


def worst_coverage(texts: list[str]) -> str:
    """Return the lowest share of each kind."""
    shares: dict[str, list[float]] = {}
    for kind, share in re.findall(r"(\w+) ([\d.]+) %", ", ".join(texts)):
        shares.setdefault(kind, []).append(float(share))
    lowest = {kind: min(values) for kind, values in shares.items()}
    if all(share == 100 for share in lowest.values()):
        return "100 %"
    return ", ".join(f"{kind} {share:g} %" for kind, share in lowest.items() if share < 100)


def worst_gates(texts: list[str]) -> str:
    """Return the targets on which all run, and whether all equal their RTL."""
    if any("fails" in text for text in texts):
        return "fails"
    equal = all("equal to RTL" in text for text in texts)
    targets = [name for name in ("ecp5", "ice40") if all(name in text for text in texts)]
    return ", ".join(targets) + (", = RTL" if equal else "")


WORST = {
    "lockstep": worst_lockstep,
    "proofs": worst_proofs,
    "mutants": worst_mutants,
    "coverage": worst_coverage,
    "gates": worst_gates,
}


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace(" --- ", "---")


def write_tables(root: Path = ROOT) -> list[Path]:
    """Write the short table into the README and the whole one into its page; return both files.

    What was not run stays as the page has it.

    Raises
    ------
    InputError
        If a file has no place for it.
    """
    written = []
    results = together(earlier(root / PAGE), known())
    for name, text in (("README.md", status(results)), (PAGE, table(results))):
        path = root / name
        before, begin, rest = path.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end):
            raise InputError(f"{name} has no lines {BEGIN.strip()} and {END.strip()}.")
        content = f"{before}{BEGIN}\n{text}\n\n{END}{after}"
        write_atomically(path, lambda stream, content=content: stream.write(content.encode()))
        written.append(path)
    return written
