"""What a large array is held against: values and timesteps of all that its cores make."""

from dataclasses import replace

import numpy as np
import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.array import ArrayBench
from goldspike.cosim.imc.shared.array_events import Made, difference
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.array import Array
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.imc.circuit import check_outputs
from goldspike.imc.engine import run_model, total

ONE = Made(np.array([3, 4]), np.array([[1, -2], [5, 6]]))


def test_equal_is_no_difference() -> None:
    assert difference([ONE], [ONE]) is None


def test_a_value_and_a_timestep_that_differ_are_named() -> None:
    other = ONE._replace(values=np.array([[1, -2], [5, 7]]))
    assert difference([ONE], [other]) == "core 0, output 1: expected [5 6], not [5 7]"
    late = ONE._replace(timestep=np.array([3, 5]))
    said = difference([ONE, ONE], [ONE, late])
    assert said == "core 1, output 1: the timesteps in which it was made differ"


def test_what_is_missing_is_a_difference() -> None:
    short = Made(ONE.timestep[:1], ONE.values[:1])
    assert difference([ONE], [short]) is not None


@bug_in(Array, PartialAdder.added)
def forgets_partial_sums(self, lane):
    """Bug: what the cores before found is not added."""
    return lane[:1] & 0


@pytest.mark.parametrize("rtl", [None, forgets_partial_sums])
def test_outputs_of_an_array_are_compared(rtl, monkeypatch) -> None:
    params = replace(ArrayBench.configs["rows2"], brief=True)
    bench, rng = ArrayBench("compared", params), np.random.default_rng(3)
    weights = bench.draw(rng)
    images = rng.integers(-128, 128, (2, *params.stages[0].taken)).astype(np.int8)
    result = total([*run_model(params, weights, images)])
    if rtl is None:
        check_outputs(params, weights, images, result)
        return
    monkeypatch.setattr(ArrayBench, "make", lambda self: rtl(self.params, trace=True))
    with pytest.raises(LockstepError, match=r"^imc/array, core 1, output \d+: expected"):
        check_outputs(params, weights, images, result)
