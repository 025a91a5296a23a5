from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.timing.cell.delay_cell import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.cells import delayed
from goldspike.hdl.timing.cell.delay_cell import DelayCell


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(DelayCell, DelayCell.entering)
def short_pulse(self, m):
    """Bug: `cell`: a delay cell swallows short pulses.

    Swallows pulses of less than 100 ps.
    """
    return self.level & delayed(m, "filter", self.level, 100)


def test_a_cell_that_swallows_short_pulses_is_caught(caught):
    caught(short_pulse, "7x26731", "(output|record)")
