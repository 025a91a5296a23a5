import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.token_controller import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.token_controller import TokenController

WRONG_ANSWERS = [
    (
        "5x3",
        "self.fire & self.send & ~self.out_ready",
        "self.fire & self.send & ~self.out_ready & self.first",
        r"neuron \d is written before its spike is taken",
    ),
    (
        "5x3",
        "self.fire & self.send & ~self.out_ready",
        "self.fire & self.send",
        r"nothing moves for 1000 ticks: \d of 80 steps, .*",
    ),
    (
        "5x3",
        "with m.Case(State.ERASE), m.If(last):",
        "with m.Case(State.ERASE), m.If(last & ~self.sync):",
        r"busy is 1 with neurons \[\] left",
    ),
    (
        "5x3",
        "m.d.sync += phase.eq(Mux(last, State.STANDBY, State.FETCH))",
        "m.d.sync += phase.eq(Mux(last & ~self.sync, State.STANDBY, State.FETCH))",
        r"busy is 1 with neurons \[\] left",
    ),
]

FAULTS = [
    (
        "5x3",
        "runs = Signal()",
        "runs = Signal()\n"
        "    late = Signal(10)\n"
        "    m.d.sync += late.eq(Mux(self.stall, late + (late != 1023), 0))\n"
        "    with m.If(late == 1023):\n"
        "        m.d.sync += phase.eq(State.STANDBY)",
    ),
    (
        "5x3",
        "runs = Signal()",
        "runs = Signal()\n"
        "    begun = Signal()\n"
        "    m.d.sync += begun.eq(begun | self.busy)\n"
        "    with m.If(self.send & ~begun):\n"
        "        m.d.sync += phase.eq(State.FETCH)",
    ),
]


def test_token_controller_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(TokenController)
def stall_ignored(m, dut, inside):
    """Bug: the token goes on while a spike waits."""
    m.d.comb += dut.write_back.eq(dut.fire)


@bug_in(TokenController)
def event_twice(m, dut, inside):
    """Bug: the last event of a group is left."""
    with m.If(inside("runs") & (inside("searched") == inside("lowest"))):
        m.d.sync += inside("left_0").eq(inside("left_0"))


@bug_in(TokenController)
def late_events(m, dut, inside):
    """Bug: events that come after the first tick count, too."""
    m.d.comb += inside("group_0").eq(inside("left_0") | dut.events)


@bug_in(TokenController)
def sync_wins(m, dut, inside):
    """Bug: a sync wins over a clear."""
    with m.If(dut.sync & ~dut.busy):
        m.d.sync += inside("phase").eq(1)


@bug_in(TokenController)
def restarts(m, dut, inside):
    """Bug: a clear is not ignored while busy."""
    with m.If(dut.clear & dut.fetch):
        m.d.sync += inside("phase").eq(3)


@pytest.mark.parametrize("rtl", [stall_ignored, event_twice, late_events, sync_wins, restarts])
def test_a_wrong_controller_is_caught(rtl, caught):
    caught(rtl, "5x3", "")
