import numpy as np
import pytest
from amaranth.hdl import Const

from cosim.batch import BatchSimulator
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from cosim.timing.power_gate import BENCH
from hdl.timing.power_gate import PowerGate


@pytest.mark.parametrize("config", BENCH.configs)
def test_in_lockstep(config):
    run_bench(BENCH, config)


class LetsGo(PowerGate):
    def comes_back(self):
        return Const(0)


def test_a_request_that_is_not_heard_while_going_off_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "ordered", rtl=LetsGo)


@pytest.mark.parametrize("config", BENCH.configs)
def test_the_clock_may_stop_while_nothing_is_busy(config):
    bench = BENCH(config)
    rows = bench.stimulus(np.random.default_rng(2), bench.steps)
    rows["tick"] += 500 * np.arange(rows.size)  # long silences
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        assert np.array_equal(simulator.run(rows), bench.expect(rows))
        assert simulator.evaluated < 0.8 * simulator.tick
