from dataclasses import replace

import numpy as np
import pytest

from goldspike.cosim.mubrain.cell.arbiter import ArbiterBench
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.model.mubrain.arbiter import ArbiterParams
from goldspike.model.mubrain.multi_phase_oscillator import OSCILLATION_100NS
from goldspike.mubrain.variation import PATHS, SettlingArbiter, Variation, correct


def test_an_arbiter_is_right_exactly_as_long_as_its_phases_wait_long_enough():
    rng = np.random.default_rng(17)
    drawn = [Variation.drawn(rng, 0.1, speed) for speed in (1.0, 1.3, 1.6, 2.0) for _ in range(15)]
    ordered = [variation.ordered for variation in drawn]
    assert [correct(variation) for variation in drawn] == ordered
    assert 15 <= sum(ordered) <= 45


@pytest.mark.parametrize(("phase", "path"), [("select", "encoder"), ("recover", "request")])
def test_the_margin_ends_at_the_delay_of_the_path(phase, path):
    for ps, right in ((PATHS[path] + 1, True), (PATHS[path] - 1, False)):
        oscillator = replace(OSCILLATION_100NS, **{phase: ps})
        assert correct(Variation(oscillator)) is right


@pytest.mark.parametrize("phase", ["load", "access"])
def test_phases_that_wait_for_no_path_may_be_of_any_length(phase):
    for ps in (1, 1000, 500_000):
        assert correct(Variation(replace(OSCILLATION_100NS, **{phase: ps})))


def test_slower_cells_are_always_right():
    rng = np.random.default_rng(3)
    assert all(correct(Variation.drawn(rng, 0.05, speed)) for speed in (0.1, 0.5, 0.9))


def test_a_delay_of_a_cell_that_is_not_there_is_refused():
    params = ArbiterParams(inputs=7, oscillator=OSCILLATION_100NS)
    bench = ArbiterBench("", params)
    with pytest.raises(ValueError, match=r"^mubrain_cell_arbiter has no delay cell 'flux'$"):
        BatchSimulator(SettlingArbiter(params, trace=True), bench.layout, delays={"flux": 3})
