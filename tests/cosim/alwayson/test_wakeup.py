import pytest

from goldspike.cosim.alwayson.wakeup import BENCH
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.wakeup import Wakeup


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class SleepsOverASpike(Wakeup):
    """Bug: a wake-up circuit sleeps over a spike."""

    def waits(self):
        return super().waits() & ~self.sleep


class UngatesAtRest(Wakeup):
    """Bug: a falling edge un-gates a neuron that nothing woke."""

    def ungates(self):
        return self.falls


@pytest.mark.parametrize(
    ("rtl", "field"), [(SleepsOverASpike, "clock_enable"), (UngatesAtRest, "(clock_ungate|record)")]
)
def test_a_wrong_wake_up_is_caught(rtl, field):
    with pytest.raises(LockstepError, match=rf", tick \d+, field {field}"):
        run_bench(BENCH, "published", rtl=rtl, driver="arrays")
