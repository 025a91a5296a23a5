import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.clock_gate import BENCH
from goldspike.hdl.timing.clock_gate import ClockGate


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class AndWithoutLatch(ClockGate):
    """Bug: a clock gate without its latch cuts a pulse."""

    def next_gated(self):
        return super().next_gated() & self.enable


def test_a_gate_that_cuts_a_pulse_when_its_enable_goes_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "7", rtl=AndWithoutLatch, driver="arrays")
