from amaranth.hdl import Const

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.power_gate import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.power_gate import PowerGate

FAULTS = [
    ("longest", "count.eq(after)", "count.eq(after & 63)"),
]


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(PowerGate, PowerGate.comes_back)
def lets_go(self):
    """Bug: a power gate ignores a request while going off."""
    return Const(0)


def test_a_request_that_is_not_heard_while_going_off_is_caught(caught):
    caught(lets_go, "ordered", "")
