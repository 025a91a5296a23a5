"""Whether two forms of a circuit show the same, whatever comes in.

Registers of the same name are supposed to be equal. What a run from reset or an induction refutes
is dropped, until the rest stands by itself: if the outputs are then still equal, they always are.
Both solvers confirm the last step. States that cannot be reached may stand in the way; then the
question stays open.
"""

import re
from pathlib import Path

from hdl.yosys import run_yosys
from proofs.smt import SOLVERS, ask

__all__ = ["always_equal"]

TRANSLATE = """
read_rtlil gold.il
hierarchy -top {top}
design -stash gold
read_rtlil gate.il
hierarchy -top {top}
design -stash gate
design -copy-from gold -as gold {top}
design -copy-from gate -as gate {top}
miter -equiv -flatten gold gate miter
hierarchy -top miter
memory_map
opt_clean
techmap
opt
simplemap
dffunmap
opt_clean
write_smt2 -stbv miter.smt2
"""

DEPTH = 8
"""Ticks of induction, so that states that cannot be reached have time to fade."""

FROM_RESET = 12
TIMEOUT = 60.0


def always_equal(top: str, folder: Path) -> bool:
    """Return whether ``gold.il`` and ``gate.il`` in `folder` can be shown to be equal."""
    run_yosys(TRANSLATE.format(top=top), folder)
    text = (folder / "miter.smt2").read_text()
    names = set(re.findall(r"^; yosys-smt2-register (\S+) \d+", text, re.MULTILINE))
    pairs = {
        name.removeprefix(
            "gold."
        ): f"(= (|miter_n {name}| s{{0}}) (|miter_n gate.{name[5:]}| s{{0}}))"
        for name in names
        if name.startswith("gold.") and f"gate.{name[5:]}" in names
    }
    claims = {"": "(not (|miter_n trigger| s{0}))", **pairs}
    for depth, from_reset in ((FROM_RESET, True), (DEPTH, False)):
        while True:
            question = search(text, claims, depth, from_reset)
            last = range(depth + 1) if from_reset else (depth,)
            terms = [claim.format(k) for claim in claims.values() for k in last]
            answer = ask(SOLVERS[0], question, folder, timeout=TIMEOUT, terms=terms)
            if answer.verdict != "sat":
                break
            values = iter(answer.values)
            broken = {name for name in claims for _ in last if next(values) == "false"}
            if "" in broken:
                return False
            claims = {name: claim for name, claim in claims.items() if name not in broken}
        if any(
            ask(solver, question, folder, timeout=TIMEOUT).verdict != "unsat" for solver in SOLVERS
        ):
            return False
    return True


def search(text: str, claims: dict[str, str], depth: int, from_reset: bool) -> str:
    """Return the question whether a claim can break, from reset on or after `depth` good ticks."""
    lines = ["(set-option :produce-models true)", "(set-logic QF_UFBV)", text]
    lines += [f"(declare-fun s{k} () |miter_s|)" for k in range(depth + 1)]
    lines += [f"(assert (|miter_t| s{k} s{k + 1}))" for k in range(depth)]
    states = range(depth + 1)
    if from_reset:
        lines.append("(assert (|miter_i| s0))")
    else:
        good = [claim.format(k) for k in range(depth) for claim in claims.values()]
        lines += [f"(assert {claim})" for claim in good]
        states = range(depth, depth + 1)
    bad = " ".join(f"(not {claim.format(k)})" for k in states for claim in claims.values())
    return "\n".join([*lines, f"(assert (or false {bad}))", "(check-sat)"])
