"""Nets by name are what Yosys' functions of states are, and nothing goes in that is not needed."""

import random
from pathlib import Path

import pytest

from goldspike.proofs.circuits import load_proof
from goldspike.proofs.nets import Nets, wire
from goldspike.proofs.smt import Design, ask, missing_tools

pytestmark = pytest.mark.skipif(bool(missing_tools()), reason="a solver or Yosys is missing")

STATES = 4
HEAD = "(define-sort |top_s| () (_ BitVec 3))"


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    """Return a design with inputs, constants, assumptions and registers, some without a reset."""
    return Design.of(load_proof("mubrain/arbiter")("linear-2-uneven"), tmp_path_factory.mktemp("d"))


def by_functions(design: Design, condition: str, *, from_reset: bool, resets: bool) -> str:
    """Return a question in Yosys' own terms: functions over a state."""

    def there(name: str, state: int) -> str:
        return f"(|top{name if name.startswith('#') else f'_n {name}'}| s{state})"

    lines = ["(set-logic QF_UFBV)", (design.folder / "design.smt2").read_text()]
    lines += [f"(declare-fun s{state} () |top_s|)" for state in range(STATES)]
    lines += ["(assert (|top_i| s0))"] if from_reset else []
    for state in range(STATES):
        lines += [f"(assert {there(a, state)})" for a in design.proof.names("assumes").values()]
        lines += [] if resets else [f"(assert (not {there('rst', state)}))"]
        lines += [f"(assert (|top_t| s{state - 1} s{state}))"] if state else []
        for constant in design.proof.constants:
            lines.append(f"(assert (= {there(constant.name, state)} {there(constant.name, 0)}))")
    for name in design.nets.numbers:
        for state in range(STATES):
            condition = condition.replace(wire(name, state), there(name, state))
    return "\n".join([*lines, f"(assert {condition})", "(check-sat)"])


def disagreements(design: Design, folder: Path) -> tuple[int, set[str]]:
    """Return how many of many random questions have another answer by functions, and all answers.

    A question is whether some registers can have some values in turn.
    """
    rng = random.Random("nets")
    registers = [design.nets.names[number] for number in design.nets.drivers]
    wrong, said = 0, set()
    for _ in range(60):
        names = rng.sample(registers, 3)
        bits = [wire(name, state) for name in names for state in range(1, STATES)]
        terms = [bit if rng.random() < 0.5 else f"(not {bit})" for bit in bits]
        condition = f"(and {' '.join(terms)})"
        reset, resets = rng.random() < 0.5, rng.random() < 0.5
        named = design.question(STATES, condition, from_reset=reset, resets=resets)
        called = by_functions(design, condition, from_reset=reset, resets=resets)
        verdicts = [said.verdict for said in ask("yices", [named, called], folder, timeout=60)]
        wrong += verdicts[0] != verdicts[1]
        said |= set(verdicts)
    return wrong, said


def test_names_and_functions_have_the_same_answers(design: Design, tmp_path: Path) -> None:
    assert disagreements(design, tmp_path) == (0, {"sat", "unsat"})


def test_a_wrong_translation_has_others(design: Design, tmp_path: Path) -> None:
    """Two registers get each other's value, or reset sets none."""
    text = (design.folder / "design.smt2").read_text()
    exchanged, unset = Nets(text), Nets(text)
    one, other, *_ = exchanged.drivers
    drivers = exchanged.drivers
    drivers[one], drivers[other] = drivers[other], drivers[one]
    unset.initial.clear()
    for nets in (exchanged, unset):
        assert disagreements(Design(design.proof, design.folder, nets), tmp_path)[0]


def test_a_constant_stays(design: Design, tmp_path: Path) -> None:
    name = design.proof.constants[0].name
    changes = f"(distinct {wire(name, 0)} {wire(name, 2)})"
    for constants, verdict in ((design.proof.constants, "unsat"), ([], "sat")):
        design.proof.constants = constants
        question = design.question(STATES, changes, from_reset=False)
        (said,) = ask("yices", [question], tmp_path, timeout=60)
        assert said.verdict == verdict


def test_a_question_holds_what_it_depends_on_and_no_more(design: Design) -> None:
    every = "\n".join(wire("rst", state) for state in range(STATES))
    text = design.question(STATES, f"(or {every})", from_reset=True)
    used = {line.split()[1] for line in text.splitlines() if line.startswith("(define-fun")}
    assert not used & {f"|{name}" for name in design.proof.names("holds").values()}


def test_what_is_not_understood_is_refused() -> None:
    leaf = "(define-fun |top#0| ((state |top_s|)) Bool (= ((_ extract 0 0) state) #b1))"
    assert Nets(f"{HEAD}\n{leaf}\n").numbers == {"#0": 0}
    for line in (
        leaf.replace("#0", "#1"),
        "(define-fun |top#1| ((state |top_s|)) Bool (= ((_ extract 1 1) (bvnot state)) #b1))",
        "(declare-fun |top#1| (|top_s|) Bool)",
    ):
        with pytest.raises(ValueError, match=r"not understood|one part"):
            Nets(f"{HEAD}\n{leaf}\n{line}\n")
