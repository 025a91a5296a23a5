import numpy as np
import pytest
from amaranth.hdl import Cat

from cosim.batch import BatchSimulator
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from cosim.timing.delay_cell import BENCH
from hdl.timing.delay_cell import DelayCell


@pytest.mark.parametrize("config", BENCH.configs)
def test_in_lockstep(config):
    run_bench(BENCH, config)


class Inertial(DelayCell):
    def advance(self, inside):
        width = self.params.width
        return Cat(self.level, inside[:width] & (self.level | inside[width:]))


def test_a_cell_that_swallows_pulses_of_one_tick_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "7x2", rtl=Inertial)


@pytest.mark.parametrize("config", BENCH.configs)
def test_the_clock_may_stop_while_nothing_is_busy(config):
    bench = BENCH(config)
    rows = bench.stimulus(np.random.default_rng(2), bench.steps)
    rows["tick"] += 500 * np.arange(rows.size)  # long silences
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        assert np.array_equal(simulator.run(rows), bench.expect(rows))
        assert simulator.evaluated < 0.8 * simulator.tick
