import pytest

from goldspike.cosim.alwayson.wakeup import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.hdl.bugs import bug_in


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(Wakeup, Wakeup.waits)
def sleeps_over_a_spike(self):
    """Bug: a wake-up circuit sleeps over a spike."""
    return Wakeup.waits(self) & ~self.sleep


@bug_in(Wakeup, Wakeup.ungates)
def ungates_at_rest(self):
    """Bug: a falling edge un-gates a neuron that nothing woke."""
    return self.falls


@pytest.mark.parametrize(
    ("rtl", "field"),
    [(sleeps_over_a_spike, "clock_enable"), (ungates_at_rest, "(clock_ungate|record)")],
)
def test_a_wrong_wake_up_is_caught(rtl, field, caught):
    caught(rtl, "published", field)
