"""Hold coverage against its goals; what need not be covered, a bench says (``checks``)."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from goldspike.cosim.bench.checks import Exclusion
from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.model.files import read_kept, write_json
from goldspike.model.paths import BUILD, ROOT
from goldspike.signoff.coverage.measure import KINDS, Coverage

__all__ = ["GOALS", "Share", "exclusions", "kept", "needless", "shares_of", "summary"]

FOLDER = BUILD / "coverage"

GOALS = {"lines": 98.0, "states": 100.0, "transitions": 100.0, "bits": 95.0, "bins": 100.0}
"""Percent of what is not excluded."""


@dataclass
class Share:
    """How much of one kind is covered.

    Attributes
    ----------
    covered, total : int
        Without what is excluded.
    missed : list of str
        What is neither covered nor excluded.
    excluded : dict of str to str
        What was not covered and need not be; the reasons.
    """

    covered: int
    total: int
    missed: list[str]
    excluded: dict[str, str]

    @property
    def percent(self) -> float:
        """The share in percent; 100 of nothing."""
        return 100 * self.covered / self.total if self.total else 100.0


def exclusions(circuit: str) -> tuple[Exclusion, ...]:
    """Return what a circuit's bench leaves out of the account."""
    return load_bench(circuit).checks.exclusions


def covers(exclusion: Exclusion, circuit: str, kind: str, what: str) -> bool:
    """Return whether an exclusion is about `what` of a circuit."""
    if exclusion.kind != kind:
        return False
    if kind == "lines":
        return what in places(circuit, exclusion.what)
    return re.fullmatch(exclusion.what, what) is not None


@cache
def places(circuit: str, text: str) -> frozenset[str]:
    """Return where lines stand in the file of a circuit, one after the other."""
    wanted = [line.strip() for line in text.strip().splitlines()]
    file = f"hdl/{circuit}.py"
    lines = [line.strip() for line in (ROOT / file).read_text().splitlines()]
    return frozenset(
        f"{file}:{first + k + 1}"
        for first in range(len(lines))
        if lines[first : first + len(wanted)] == wanted
        for k in range(len(wanted))
    )


def shares_of(circuit: str, coverage: Coverage) -> dict[str, Share]:
    """Return how much of each kind is covered."""
    shares = {}
    for kind, counter in coverage.kinds().items():
        missed, excluded = [], {}
        for what in (what for what, hits in counter.items() if not hits):
            matches = (e for e in exclusions(circuit) if covers(e, circuit, kind, what))
            reason = next((exclusion.reason for exclusion in matches), None)
            if reason is None:
                missed.append(what)
            else:
                excluded[what] = reason
        total = len(counter) - len(excluded)
        shares[kind] = Share(total - len(missed), total, missed, excluded)
    return shares


def needless(circuit: str, coverage: Coverage) -> list[Exclusion]:
    """Return the exclusions of a circuit that exclude nothing."""
    missed = [
        (kind, what)
        for kind, counter in coverage.kinds().items()
        for what, hits in counter.items()
        if not hits
    ]
    return [
        exclusion
        for exclusion in exclusions(circuit)
        if not any(covers(exclusion, circuit, kind, what) for kind, what in missed)
    ]


def percents(shares: Mapping[str, Share]) -> dict[str, float]:
    """Return the shares in percent, without those of kinds that a circuit does not have."""
    names = {"bits": "toggle"}
    return {
        names.get(kind, kind): 100.0 if not share.missed else round(min(share.percent, 99.9), 1)
        for kind, share in shares.items()
        if share.total
    }


def summary(shares: Mapping[str, Share]) -> str:
    """Return the shares in one line."""
    return ", ".join(f"{kind} {percent:g} %" for kind, percent in percents(shares).items())


def percent(share: Share) -> str:
    """Return a share in percent; 100 only if nothing is missing."""
    return "100 %" if not share.missed else f"{min(share.percent, 99.9):.1f} %"


def keep(circuit: str, coverage: Coverage) -> None:
    """Keep what was measured of a circuit, for the page of all."""
    write_json(
        FOLDER / f"{circuit.replace('/', '-')}.json",
        {**coverage.kinds(), "configs": coverage.configs},
    )


def kept() -> dict[str, Coverage]:
    """Return what was measured last of every circuit that was."""
    files = {circuit: FOLDER / f"{circuit.replace('/', '-')}.json" for circuit in circuits()}
    found = {circuit: read_kept(path, parsed) for circuit, path in files.items()}
    return {circuit: coverage for circuit, coverage in found.items() if coverage}


def parsed(data: Mapping[str, Any]) -> Coverage:
    """Return what :func:`keep` has kept."""
    counters = {
        kind: Counter({str(what): int(hits) for what, hits in data[kind].items()}) for kind in KINDS
    }
    return Coverage(**counters, configs=[str(config) for config in data["configs"]])
