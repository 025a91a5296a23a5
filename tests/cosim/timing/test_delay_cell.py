from amaranth.hdl import Cat

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.delay_cell import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.delay_cell import DelayCell


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(DelayCell, DelayCell.advance)
def inertial(self, inside):
    """Bug: a delay cell swallows pulses of one tick."""
    width = self.params.width
    return Cat(self.level, inside[:width] & (self.level | inside[width:]))


def test_a_cell_that_swallows_pulses_of_one_tick_is_caught(caught):
    caught(inertial, "7x2", "")
