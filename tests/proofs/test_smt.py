"""Solvers answer every question, each in the time that it has."""

from pathlib import Path

import pytest

from goldspike.proofs.smt import SOLVERS, Answer, ask, missing_tools

pytestmark = pytest.mark.skipif(bool(missing_tools()), reason="a solver or Yosys is missing")

HEAD = "(set-option :produce-models true)\n(set-logic QF_BV)\n"
EASY = HEAD + "(declare-fun a () Bool)\n(assert {})\n(check-sat)"
HARD = HEAD + (
    "(declare-fun a () (_ BitVec 128))\n(declare-fun b () (_ BitVec 128))\n"
    "(assert (= (bvmul a b) (_ bv170141183460469231731687303715884105727 128)))\n"
    "(assert (bvult a (_ bv18446744073709551616 128)))\n"
    "(assert (bvult b (_ bv18446744073709551616 128)))\n"
    "(assert (bvugt a (_ bv1 128)))\n(assert (bvugt b (_ bv1 128)))\n(check-sat)"
)
"""Two factors of a prime."""


@pytest.mark.parametrize("solver", SOLVERS)
def test_questions_are_answered_in_turn(solver: str, tmp_path: Path) -> None:
    questions = [EASY.format(term) for term in ("a", "(and a (not a))", "(not a)")]
    answers = ask(solver, questions, tmp_path, timeout=60)
    assert [answer.verdict for answer in answers] == ["sat", "unsat", "sat"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_values_are_those_of_an_answer(solver: str, tmp_path: Path) -> None:
    questions = [EASY.format(term) for term in ("(not a)", "(and a (not a))", "a")]
    answers = ask(solver, questions, tmp_path, timeout=60, terms=["a", "(not a)"])
    none = Answer("unsat", [])
    assert answers == [Answer("sat", ["false", "true"]), none, Answer("sat", ["true", "false"])]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_question_out_of_time_is_left_open(solver: str, tmp_path: Path) -> None:
    questions = [HARD, EASY.format("a")]
    answers = ask(solver, questions, tmp_path, timeout=0.5)
    assert [answer.verdict for answer in answers] == ["unknown", "sat"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_a_solver_cannot_read_is_an_error(solver: str, tmp_path: Path) -> None:
    questions = [EASY.format("a"), EASY.format("b")]
    with pytest.raises(RuntimeError, match=solver):
        ask(solver, questions, tmp_path, timeout=60)
