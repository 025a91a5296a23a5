"""What a large array is held against: values and timesteps of all that its cores make."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.array import ArrayBench
from goldspike.cosim.imc.chain import ChainBench
from goldspike.cosim.imc.shared.array_events import Made, difference
from goldspike.cosim.simulator import batch
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.imc.circuit import check_outputs, run_rtl
from goldspike.imc.engine import run_model, total
from goldspike.imc.lockstep import Cores, Ticks
from goldspike.model.imc.array import ArrayParams

ONE = Made(np.array([3, 4]), np.array([[1, -2], [5, 6]]))


def test_equal_is_no_difference() -> None:
    assert difference([ONE], [ONE]) is None


def test_a_value_and_a_timestep_that_differ_are_named() -> None:
    other = ONE._replace(values=np.array([[1, -2], [5, 7]]))
    assert difference([ONE], [other]) == "core 0, output 1, timestep 4: expected [5 6], not [5 7]"
    late = ONE._replace(timestep=np.array([3, 5]))
    said = difference([ONE, ONE], [ONE, late], [0, 7])
    assert said == "core 1, output 8: the timesteps in which it was made differ"


def test_what_is_missing_is_a_difference() -> None:
    short = Made(ONE.timestep[:1], ONE.values[:1])
    assert difference([ONE], [short]) is not None


@bug_in(Array, PartialAdder.added)
def forgets_partial_sums(self, lane):
    """Bug: what the cores before found is not added."""
    return lane[:1] & 0


def check(config: str) -> None:
    """Hold what the circuit's cores make of two images against the timestep model."""
    params = replace(ArrayBench.configs[config], brief=True)
    bench, rng = ArrayBench("compared", params), np.random.default_rng(3)
    weights = bench.draw(rng)
    images = rng.integers(-128, 128, (2, *params.stages[0].taken)).astype(np.int8)
    assert total([*check_outputs(params, weights, images)]).answers


QUICK = ("cut", "narrow", "shortcut")
CASES = [
    pytest.param(k, marks=[] if k in QUICK else pytest.mark.slow)
    for k, params in ArrayBench.configs.items()
    if params.classes  # the engine's networks answer
]


@pytest.mark.parametrize("config", CASES)
def test_cores_make_what_the_timestep_model_says_when_it_says(config: str) -> None:
    check(config)


def test_forgotten_partial_sums_are_noticed(monkeypatch) -> None:
    monkeypatch.setattr(
        ArrayBench, "make", lambda self: forgets_partial_sums(self.params, trace=True)
    )
    with pytest.raises(LockstepError, match=r"^imc/array, core 1, output \d+, timestep"):
        check("rows2")


def test_an_array_of_one_core_per_stage_is_the_chain() -> None:
    for chain in ChainBench.configs.values():
        params = ArrayParams.of(chain)
        assert params.circuits == chain.cores
        assert (params.window, params.timestep) == (chain.window, chain.timestep)


def test_an_array_that_cannot_take_a_pixel_every_timestep_runs_as_its_model_does() -> None:
    params = ArrayBench.configs["stalling"]
    bench, rng = ArrayBench("stalling"), np.random.default_rng(3)
    weights = bench.draw(rng)
    images = rng.integers(-128, 128, (4, *params.stages[0].taken)).astype(np.int8)
    expected = total([*run_model(params, weights, images)])
    parts = [*run_rtl(params, weights, images, compared=True)]
    assert np.diff(expected.starts).max() > 4  # pixels of an image
    assert total(parts) == expected
    assert [part.samples for part in parts] == [1, 1, 1, 1, 0]  # each is seen as it comes


@pytest.mark.parametrize("whole", [True, False])
def test_nothing_that_was_compared_is_kept(whole: bool, monkeypatch) -> None:
    params = replace(ArrayBench.configs["stalling"], brief=not whole)
    bench, rng, kept = ArrayBench("stalling", params), np.random.default_rng(3), list[int]()
    judge = Ticks if whole else Cores
    compare: Any = judge.compare

    def counted(self: Any, *given: Any, **named: Any) -> Any:
        found = compare(self, *given, **named)
        kept.append(self.kept)
        return found

    monkeypatch.setattr(judge, "compare", counted)
    monkeypatch.setattr(batch, "SLICE_RECORDS", 64)
    images = rng.integers(-128, 128, (24, *params.stages[0].taken)).astype(np.int8)
    run: Any = partial(run_rtl, compared=True) if whole else check_outputs
    assert len(total([*run(params, bench.draw(rng), images)]).answers) == len(images)
    third = len(kept) // 3
    assert max(kept[third:]) <= max(kept[:third]) + 4
    assert kept[-1] <= 2  # the last answer
