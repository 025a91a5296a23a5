from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.clock_gate import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.clock_gate import ClockGate

APART = {("clock_rises", "clock_falls")}
"""Edges of one clock."""


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(ClockGate, ClockGate.next_gated)
def and_without_latch(self):
    """Bug: a clock gate without its latch cuts a pulse."""
    return ClockGate.next_gated(self) & self.enable


def test_a_gate_that_cuts_a_pulse_when_its_enable_goes_is_caught(caught):
    caught(and_without_latch, "7", "")
