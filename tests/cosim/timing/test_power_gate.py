import pytest
from amaranth.hdl import Const

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.power_gate import BENCH
from goldspike.hdl.timing.power_gate import PowerGate


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


class LetsGo(PowerGate):
    """Bug: a power gate ignores a request while going off."""

    def comes_back(self):
        return Const(0)


def test_a_request_that_is_not_heard_while_going_off_is_caught():
    with pytest.raises(LockstepError, match=r", tick \d+, field "):
        run_bench(BENCH, "ordered", rtl=LetsGo, driver="arrays")
