"""Prove, search and cover: what is asked of the solvers about one configuration of one circuit."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from goldspike.proofs.nets import wire
from goldspike.proofs.proof import Proof
from goldspike.proofs.smt import SOLVERS, Answer, Design, ask

__all__ = ["Check", "Violation", "find_violation", "prove"]

SHORT = (4, 12)
"""Lengths of runs, in states, that are searched before those of a proof's full length."""

TIMEOUT = 900.0
"""Seconds that a solver has for one question."""


@dataclass(frozen=True)
class Check:
    """One question and what each solver said.

    Attributes
    ----------
    name : str
        What was asked.
    wanted : str
        ``sat`` or ``unsat``.
    answers : dict of str to Answer
    """

    name: str
    wanted: str
    answers: dict[str, Answer]

    @property
    def passed(self) -> bool:
        """Whether all solvers say what was wanted."""
        return all(answer.verdict == self.wanted for answer in self.answers.values())

    @property
    def undecided(self) -> bool:
        """Whether some solver ran out of time, and none says the opposite."""
        said = {answer.verdict for answer in self.answers.values()}
        return "unknown" in said and said <= {"unknown", self.wanted}


@dataclass(frozen=True)
class Violation:
    """A run from reset that breaks a property.

    Attributes
    ----------
    name : str
        The property.
    ticks : int
        Ticks from reset to the state that breaks it.
    ports : dict of str to list of int
        The circuit's ports in every state of the run.
    """

    name: str
    ticks: int
    ports: dict[str, list[int]] = field(repr=False)


def broken(names: list[str], state: int) -> str:
    """Return the condition that some property is broken in a state."""
    return f"(or false {' '.join(f'(not {wire(name, state)})' for name in names)})"


def prove(proof: Proof, folder: Path, *, covers: bool, timeout: float = TIMEOUT) -> Iterator[Check]:
    """Yield the checks of a proof: from reset, by induction, from any state, and the covers."""
    asked = list(questions(Design.of(proof, folder), covers=covers))
    texts = [question for _, _, question in asked]
    with ThreadPoolExecutor(len(SOLVERS)) as pool:
        answers = pool.map(lambda solver: ask(solver, texts, folder, timeout=timeout), SOLVERS)
        for (name, wanted, _), *said in zip(asked, *answers, strict=True):
            yield Check(name, wanted, dict(zip(SOLVERS, said, strict=True)))


def questions(design: Design, *, covers: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the names of checks, the answers wanted, and the questions."""
    proof = design.proof
    claims = list(proof.names("holds", "helps").values())
    depth = proof.ticks_of_induction()

    some = " ".join(broken(claims, k) for k in range(depth))
    question = design.question(depth, f"(or false {some})", from_reset=True)
    yield f"true on the first {depth} ticks", "unsat", question

    good = " ".join(wire(name, k) for k in range(depth) for name in claims)
    question = design.question(
        depth + 1, f"(and true {good} {broken(claims, depth)})", from_reset=False
    )
    yield f"true on the next tick ({depth} before)", "unsat", question

    for name, ticks in proof.patience.items():
        yield f"{name}, {ticks} ticks from any state", "unsat", never_left(design, name)
    if covers:
        for name, signal in proof.names("reaches").items():
            some = " ".join(wire(signal, k) for k in range(proof.search))
            question = design.question(proof.search, f"(or false {some})", from_reset=True)
            yield f"reached: {name}", "sat", question


def never_left(design: Design, name: str, terms: Iterable[str] = ()) -> str:
    """Return the question whether a property can be false so many ticks after some state."""
    ticks, signal = design.proof.patience[name], design.proof.names("leaves")[name]
    wrong = f"(not {wire(signal, ticks)})"
    return design.question(ticks + 1, wrong, from_reset=False, resets=False, terms=terms)


def find_violation(proof: Proof, name: str, folder: Path) -> Violation | None:
    """Search for a run that breaks one property; all solvers must find one, or none.

    Short runs come first: most bugs show soon, and a solver may take minutes for long ones.
    """
    design = Design.of(proof, folder)
    if name in proof.patience:
        return violation(design, name, proof.patience[name] + 1)
    for length in SHORT:
        if length < proof.search and (found := violation(design, name, length, short=True)):
            return found
    return violation(design, name, proof.search)


def violation(design: Design, name: str, length: int, *, short: bool = False) -> Violation | None:
    """Search runs of so many states; that there is none in `short` ones, one solver may say."""
    proof, folder, states = design.proof, design.folder, range(length)
    leaves = name in proof.patience
    signal = proof.names("holds", "leaves")[name]

    def question(terms: Iterable[str]) -> str:
        if leaves:
            return never_left(design, name, terms)
        some = " ".join(broken([signal], k) for k in states)
        return design.question(len(states), f"(or false {some})", from_reset=True, terms=terms)

    ports = [port.name for port in proof.ports()]
    terms = [wire(port, k) for port in (signal, *ports) for k in states]
    first, *others = SOLVERS
    (answer,) = ask(first, [question(terms)], folder, timeout=TIMEOUT, terms=terms)
    if short and answer.verdict != "sat":
        return None
    for solver in others:
        (other,) = ask(solver, [question(())], folder, timeout=TIMEOUT)
        assert other.verdict == answer.verdict
    if answer.verdict != "sat":
        return None
    bits = [as_int(value) for value in answer.values]
    true, *columns = (bits[k : k + len(states)] for k in range(0, len(bits), len(states)))
    tick = states[-1] if leaves else true.index(0)
    return Violation(name, tick, {n: c[: tick + 1] for n, c in zip(ports, columns, strict=True)})


def as_int(value: str) -> int:
    """Return a solver's value as a number."""
    return int(value == "true") if value in ("true", "false") else int(value[2:], 2)
