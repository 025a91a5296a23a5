import numpy as np
import pytest

from cosim.batch import BatchSimulator
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from cosim.timing.oscillator import BENCH
from hdl.timing.oscillator import Oscillator


@pytest.mark.parametrize("config", BENCH.configs)
def test_in_lockstep(config):
    run_bench(BENCH, config)


class StopsWithTheEnable(Oscillator):
    def runs(self, under_way):
        return self.enable


def test_an_oscillator_that_stops_inside_a_period_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "synapse-divided", rtl=StopsWithTheEnable)


@pytest.mark.parametrize("config", BENCH.configs)
def test_the_clock_may_stop_while_nothing_is_busy(config):
    bench = BENCH(config)
    rows = bench.stimulus(np.random.default_rng(2), bench.steps)
    rows["tick"] += 500 * np.arange(rows.size)  # long silences
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        assert np.array_equal(simulator.run(rows), bench.expect(rows))
        assert simulator.evaluated < 0.8 * simulator.tick
