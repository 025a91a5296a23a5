"""One page on coverage: every circuit, its source lines with their hits, and what is missing."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from goldspike.model.files import write_atomically
from goldspike.model.paths import ROOT
from goldspike.signoff.coverage.goals import FOLDER, GOALS, Share, percent, shares_of
from goldspike.signoff.coverage.measure import Coverage

__all__ = ["write_page"]

TITLES = {
    "lines": "lines", "states": "FSM states", "transitions": "FSM transitions",
    "bits": "bits toggled", "bins": "functional bins",
}  # fmt: skip

STYLE = """
body { font: 15px sans-serif; margin: 2em; max-width: 75em }
table { border-collapse: collapse } td, th { padding: .15em .7em; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) { background: #f4f4f4 }
pre { font-size: 13px; line-height: 1.35; border: 1px solid #ddd; padding: .5em }
pre b { font-weight: normal; color: #888 } .hit { background: #e3f4e3 }
.missed { background: #f9d4d4 } .excluded { background: #eee; color: #666 }
summary { font-size: 1.1em; margin-top: 1em; cursor: pointer }
"""


def write_page(found: Mapping[str, Coverage]) -> Path:
    """Write the page; return where it is."""
    shares = {circuit: shares_of(circuit, coverage) for circuit, coverage in found.items()}
    heads = "".join(f"<th>{TITLES[kind]}, goal {goal:.0f} %</th>" for kind, goal in GOALS.items())
    rows = "".join(
        f'<tr><td><a href="#{circuit}">{circuit}</a></td>'
        + "".join(cell(kind, share) for kind, share in of.items())
        + "</tr>\n"
        for circuit, of in shares.items()
    )
    circuits = "".join(
        section(circuit, coverage, shares[circuit]) for circuit, coverage in found.items()
    )
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>goldspike: coverage</title>'
        f"<style>{STYLE}</style><h1>Coverage</h1>"
        "<p>Of a line: ticks on which it was executed, all configurations together. A bit counts "
        "once it has risen and fallen. Grey is excluded, with a reason.</p>"
        f"<table><tr><th>circuit</th>{heads}</tr>\n{rows}</table>\n{circuits}</html>\n"
    )
    path = FOLDER / "index.html"
    write_atomically(path, lambda stream: stream.write(text.encode()))
    return path


def cell(kind: str, share: Share) -> str:
    """Return a share as a cell of the table."""
    if not share.total:
        return "<td>–</td>"
    bad = ' class="missed"' if share.percent < GOALS[kind] else ""
    return f"<td{bad}>{percent(share)} of {share.total}</td>"


def section(circuit: str, coverage: Coverage, shares: Mapping[str, Share]) -> str:
    """Return what is known of one circuit."""
    lists = "".join(
        listing(kind, coverage, shares[kind]) for kind in ("states", "transitions", "bins")
    )
    missed = "".join(f'<li class="missed">{escape(bit)}</li>' for bit in shares["bits"].missed)
    reasons = "".join(
        f'<li class="excluded">{escape(what)}: {escape(reason)}</li>'
        for share in shares.values()
        for what, reason in share.excluded.items()
    )
    return (
        f'<details id="{circuit}"><summary>{circuit}</summary>'
        f"<p>Configurations: {escape(', '.join(coverage.configs))}</p>"
        f"<pre>{''.join(source(circuit, coverage, shares['lines']))}</pre>{lists}"
        + (f"<h4>bits that did not toggle</h4><ul>{missed}</ul>" if missed else "")
        + (f"<h4>excluded</h4><ul>{reasons}</ul>" if reasons else "")
        + "</details>\n"
    )


def listing(kind: str, coverage: Coverage, share: Share) -> str:
    """Return everything of a kind, with its hits."""
    rows = "".join(
        f'<tr class="{style(what, hits, share)}"><td>{escape(what)}</td><td>{hits}</td></tr>'
        for what, hits in coverage.kinds()[kind].items()
    )
    return f"<h4>{TITLES[kind]}</h4><table>{rows}</table>" if rows else ""


def style(what: str, hits: int, share: Share) -> str:
    """Return how something is shown."""
    return "excluded" if what in share.excluded else "hit" if hits else "missed"


def source(circuit: str, coverage: Coverage, share: Share) -> Iterator[str]:
    """Yield the source lines of a circuit, with the hits of those that are executed."""
    file = f"hdl/{circuit}.py"
    for number, line in enumerate((ROOT / file).read_text().splitlines(), start=1):
        at = f"{file}:{number}"
        if at in coverage.lines:
            hits = coverage.lines[at]
            text = f"<b>{number:4} {hits:>9}</b> {escape(line)}"
            yield f'<span class="{style(at, hits, share)}">{text}</span>\n'
        else:
            yield f"<b>{number:4} {'':>9}</b> {escape(line)}\n"
