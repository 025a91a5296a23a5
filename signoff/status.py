"""The status tables of README and sign-off page, made of the results that are checked in.

A result of sources that have changed since (:func:`goldspike.signoff.results.is_stale`) is marked.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from goldspike.cosim.bench.circuits import chip_label, circuits, load_bench
from goldspike.model.errors import InputError
from goldspike.model.files import write_atomically, write_json
from goldspike.model.paths import ROOT
from goldspike.signoff.behaviour import renewed
from goldspike.signoff.results import COLUMNS, Results, checked_in, is_stale, known, together

__all__ = ["PAGE", "groups", "shown_mutants", "status", "table", "wilson", "write_tables"]

PAGE = "docs/signoff.md"
RESULTS = "signoff/results.json"
NOT_RUN = "–"
STALE = " †"
FOOTNOTE = "† of earlier sources: circuit, model, bench or proof have changed since."
BEGIN, END = "<!-- goldspike signoff -->\n", "<!-- end -->\n"

Result = Mapping[str, Any]


def table(results: Results) -> str:
    """Return the table of all circuits, in Markdown; a dash stands for what was not run."""
    rows = [
        [f"`{circuit}`", *(cell(results, circuit, column) for column in COLUMNS)]
        for circuit in circuits()
    ]
    return markdown(["circuit", *COLUMNS], rows)


def cell(results: Results, circuit: str, column: str) -> str:
    """Return what was found of a circuit in a column."""
    result = results.get(circuit, {}).get(column)
    if result is None:
        return NOT_RUN
    return SHOWN[column](result) + (STALE if is_stale(circuit, column, result) else "")


def status(results: Results) -> str:
    """Return the short table: circuits in groups, with the worst result of each group."""
    rows = []
    for label, group in groups().items():
        both = [name for name in group if cell_of(name) in circuits("cell")]
        rtl = "`tick`" + (", `cell`" if len(both) == len(group) else "")
        if both and len(both) < len(group):
            rtl += f"; `cell`: {', '.join(words(name) for name in both)}"
        everything = [*group, *map(cell_of, both)]
        lockstep, *others = COLUMNS
        cells = [worst(results, everything, lockstep)]
        cells += [worst(results, group, column) for column in others]
        rows.append([label, "yes", rtl, *cells])
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


def worst(results: Results, group: Iterable[str], column: str) -> str:
    """Return the worst result of some circuits; those without one are named."""
    found = {name: results.get(name, {}).get(column) for name in group}
    there = {name: result for name, result in found.items() if result is not None}
    if not there:
        return NOT_RUN
    missing = [words(name) for name in found if name not in there]
    stale = any(is_stale(name, column, result) for name, result in there.items())
    said = WORST[column](list(there.values())) + (STALE if stale else "")
    return said + (f"; not {', '.join(missing)}" if missing else "")


def shown_lockstep(result: Result) -> str:
    """Return how many tests of the bench passed."""
    return f"{result['tests']} tests" if result["passed"] else "fails"


def worst_lockstep(results: list[Result]) -> str:
    """Return whether all benches passed."""
    return "yes" if all(result["passed"] for result in results) else "fails"


def shown_proofs(result: Result) -> str:
    """Return the number of properties, and for how many configurations they are proved."""
    outcomes = result["configs"]
    return f"{result['properties']} properties, {proved(result)} of {len(outcomes)} configurations"


def worst_proofs(results: list[Result]) -> str:
    """Return how many properties there are, and whether all of them are proved."""
    done, total = sum(map(proved, results)), sum(len(result["configs"]) for result in results)
    properties = sum(result["properties"] for result in results)
    return f"{properties} properties" + (f", {done} of {total} sizes" if done < total else "")


def proved(result: Result) -> int:
    """Return for how many configurations the properties are proved."""
    return sum(outcome == "proved" for outcome in result["configs"].values())


def shown_mutants(result: Result) -> str:
    """Return the score, what it is of, and the interval that it stands for."""
    tried = result["killed"] + result["survived"]
    low, high = wilson(result["killed"], tried)
    return f"{score(result):.1f} % of {tried} ({100 * low:.0f} to {100 * high:.0f})"


def worst_mutants(results: list[Result]) -> str:
    """Return the lowest score, and how many mutants were tried."""
    tried = sum(result["killed"] + result["survived"] for result in results)
    return f"{'≥ ' if len(results) > 1 else ''}{min(map(score, results)):.1f} % of {tried}"


def score(result: Result) -> float:
    """Return which share of the mutants was killed, in percent; 100 only if all were."""
    share = 100 * result["killed"] / max(1, result["killed"] + result["survived"])
    return min(share, 99.9) if result["survived"] else share


def wilson(good: int, tried: int, z: float = 1.96) -> tuple[float, float]:
    """Return between which shares the true one lies, by Wilson's score; `z` = 1.96 is 95 %."""
    if not tried:
        return 0.0, 1.0
    share, spread = good / tried, z * z / tried
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / tried + spread / (4 * tried)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def shown_coverage(result: Result) -> str:
    """Return the share of each kind."""
    return ", ".join(f"{kind} {share:g} %" for kind, share in result["shares"].items())


def worst_coverage(results: list[Result]) -> str:
    """Return the lowest share of each kind."""
    lowest: dict[str, float] = {}
    for result in results:
        for kind, share in result["shares"].items():
            lowest[kind] = min(share, lowest.get(kind, 100))
    less = {kind: share for kind, share in lowest.items() if share < 100}
    return shown_coverage({"shares": less}) if less else "100 %"


def shown_gates(result: Result) -> str:
    """Return the targets that run, and the size at which their netlists equal the RTL."""
    said = ", ".join(result["targets"]) or "fails"
    sizes = sorted({f"`{size}`" for size in result["equal"].values()})
    whole = result["equal"].keys() >= set(result["targets"])
    return said + (f"; = RTL at {' and '.join(sizes)}" if sizes and whole else "")


def worst_gates(results: list[Result]) -> str:
    """Return the targets on which all run, and whether all equal their RTL."""
    targets = [name for name in TARGETS if all(name in result["targets"] for result in results)]
    equal = all(result["equal"].keys() >= set(TARGETS) for result in results)
    small = any(
        size != result["published"] for result in results for size in result["equal"].values()
    )
    said = ", = RTL" + (" (small sizes)" if small else "") if equal else ""
    return (", ".join(targets) or "fails") + said


TARGETS = ("ecp5", "ice40")

SHOWN = {
    "lockstep": shown_lockstep,
    "proofs": shown_proofs,
    "netlist mutants": shown_mutants,
    "source mutants": shown_mutants,
    "coverage": shown_coverage,
    "gates": shown_gates,
}

WORST = {
    "lockstep": worst_lockstep,
    "proofs": worst_proofs,
    "netlist mutants": worst_mutants,
    "source mutants": worst_mutants,
    "coverage": worst_coverage,
    "gates": worst_gates,
}


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown, with a footnote if something in it is stale."""
    lines = [heads, ["---"] * len(heads), *rows]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace(" --- ", "---")
    return f"{text}\n\n{FOOTNOTE}" if STALE in text else text


def write_tables(root: Path = ROOT) -> list[Path]:
    """Take what was found here into the results that are checked in, and write the tables of them.

    The short one into the README, the whole one into its page; return the files written. Results of
    sources that were only rewritten are of today's (:mod:`goldspike.signoff.behaviour`).

    Raises
    ------
    InputError
        If a file has no place for it.
    """
    results = renewed(together(checked_in(), known()))
    written = []
    for name, text in (("README.md", status(results)), (PAGE, table(results))):
        path = root / name
        before, begin, rest = path.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end):
            raise InputError(f"{name} has no lines {BEGIN.strip()} and {END.strip()}.")
        content = f"{before}{BEGIN}\n{text}\n\n{END}{after}"
        write_atomically(path, lambda stream, content=content: stream.write(content.encode()))
        written.append(path)
    write_json(root / RESULTS, results)
    return [root / RESULTS, *written]
