import pytest
from amaranth.hdl import Mux

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.scheduler import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.scheduler import Scheduler

FAULTS = [
    (
        "5",
        "with m.If(self.sync):",
        "still = Signal(10)\n"
        "        m.d.sync += still.eq(Mux(self.sync | self.write, 0, still + 1))\n"
        "        with m.If(still == 1023):\n"
        "            m.d.sync += self.active.eq(0)\n"
        "        with m.If(self.sync):",
    ),
]


def test_scheduler_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 3000


@bug_in(Scheduler)
def delay_off_by_one(m, dut, inside):
    """Bug: delays are off by one: a step begins with the slot of the one before."""
    m.d.comb += inside("due__addr").eq(dut.sync_slot - 1)


@bug_in(Scheduler)
def wrong_slot_cleared(m, dut, inside):
    """Bug: the wrong slot is cleared, that of the next step."""
    with m.If(dut.sync & ~dut.write & ~dut.clear):
        counts = inside("counts")
        m.d.sync += counts.eq(counts & ~(1 << ((dut.sync_slot + 1)[:4])))


@bug_in(Scheduler)
def merge_uncounted(m, dut, inside):
    """Bug: a merge is not counted when another slot is taken on its tick."""
    with m.If(dut.sync):
        m.d.comb += dut.merged.eq(0)


@bug_in(Scheduler)
def write_wins(m, dut, inside):
    """Bug: a spike survives a clear of its tick."""
    with m.If(dut.clear & dut.write):
        m.d.sync += inside("counts").eq(Mux(dut.write, 1 << dut.slot, 0))


@bug_in(Scheduler)
def keeps_what_is_taken(m, dut, inside):
    """Bug: a spike that comes as its slot is taken finds what was in it."""
    m.d.comb += inside("taken").eq(0)


@pytest.mark.parametrize(
    "rtl",
    [delay_off_by_one, wrong_slot_cleared, merge_uncounted, write_wins, keeps_what_is_taken],
)
def test_a_wrong_slot_is_caught(rtl, caught):
    caught(rtl, "5", "")
