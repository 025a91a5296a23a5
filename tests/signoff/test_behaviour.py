"""Results outlive sources that were only rewritten, and nothing else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from goldspike.cosim.bench.checks import Exclusion
from goldspike.cosim.bench.circuits import load_bench
from goldspike.model.timing.delay_cell import DelayCellParams
from goldspike.proofs.circuits import load_proof
from goldspike.signoff import behaviour as module
from goldspike.signoff import results
from goldspike.signoff.behaviour import behaviour, kept_for, renewed, statement
from goldspike.signoff.results import COLUMNS, is_stale, sources

CIRCUIT = "timing/delay_cell"
BENCH = load_bench(CIRCUIT)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget()


def forget() -> None:
    behaviour.cache_clear()
    statement.cache_clear()


def found(column: str, *, kept: bool = True) -> results.Results:
    """Return a result as it was before the sources changed."""
    result = {"sources": "earlier"} | ({"behaviour": kept_for(CIRCUIT, column)} if kept else {})
    forget()
    return {CIRCUIT: {column: result}}


def stale(column: str, before: results.Results) -> bool:
    return is_stale(CIRCUIT, column, renewed(before)[CIRCUIT][column])


@pytest.mark.parametrize("column", COLUMNS[1:])
def test_what_is_written_in_another_way_is_as_before(column: str) -> None:
    before = found(column)
    assert not stale(column, before)
    assert before[CIRCUIT][column]["sources"] == "earlier"


def test_what_does_not_say_what_was_done_stays_stale() -> None:
    assert stale("gates", found("gates", kept=False))


def changed(name: str) -> Any:
    """Return what stands for a part of the bench, and does a little more."""
    plain = getattr(BENCH, name)
    if name == "coverage":
        return lambda self, *given: {**plain(self, *given), "another bin": 1}
    if name == "expect":
        return lambda self, rows: np.concatenate([found := plain(self, rows), found[-1:]])
    return lambda self, rng, steps: plain(self, rng, steps + 1)


@pytest.mark.parametrize("name", ["stimulus", "expect", "coverage"])
def test_a_bench_that_does_something_else_is_another(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found("netlist mutants")
    monkeypatch.setattr(BENCH, name, changed(name))
    assert stale("netlist mutants", before)


def test_a_further_configuration_makes_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    before = found("gates")
    configs = {**BENCH.configs, "another": DelayCellParams(width=5)}
    monkeypatch.setattr(BENCH, "configs", configs)
    assert stale("gates", before)


def test_a_proof_of_something_else_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before, proof = found("proofs"), load_proof(CIRCUIT)
    plain = proof.properties

    def less(self: Any, m: Any) -> None:
        plain(self, m)
        self.assumes("nothing ever comes", ~self.dut.level.any())

    monkeypatch.setattr(proof, "properties", less)
    assert stale("proofs", before)


def test_mutants_of_the_source_are_of_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    before, others = found("source mutants"), found("netlist mutants")
    plain = module.code
    monkeypatch.setattr(module, "code", lambda file: plain(file).replace("m.d.", "m.d . "))
    assert stale("source mutants", before)
    assert not stale("netlist mutants", others)


def test_only_coverage_is_of_what_it_excludes(monkeypatch: pytest.MonkeyPatch) -> None:
    before, others = found("coverage"), found("gates")
    exclusions = (Exclusion("bits", r"DelayCell\.out\[0\]", "nobody asks"),)
    monkeypatch.setattr(BENCH, "checks", replace(BENCH.checks, exclusions=exclusions))
    assert stale("coverage", before)
    assert not stale("gates", others)


def test_a_result_of_today_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "behaviour", lambda _: pytest.fail("nothing has changed"))
    today = {CIRCUIT: {"gates": {"sources": sources(CIRCUIT, "gates"), "behaviour": "any"}}}
    assert renewed(today) == today
