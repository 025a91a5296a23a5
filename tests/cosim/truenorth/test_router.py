import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.router import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.packet_queue import PacketQueue
from goldspike.hdl.truenorth.router import Router
from goldspike.model.truenorth.router import NORTH

WRONG_ANSWERS = [
    (
        "2x6",
        "self.in_ready[k].eq(queue.in_ready)",
        "self.in_ready[k].eq(1)",
        r"to \w+: 0x\w+ leaves, where 0x\w+ of its input is due",
    ),
    (
        "2x6",
        "taken.append(Mux(leaves[k], shown, 0))",
        "taken.append(Mux(leaves[k] & (shown != 4), shown, 0))",
        r"to \w+: 0x\w+ leaves, where (none|0x\w+) of its input is due",
    ),
    (
        "2x6",
        "self.out_valid[k].eq(asking.any())",
        "self.out_valid[k].eq(asking[:4].any())",
        r"nothing moves for 1000 ticks: to local: .*",
    ),
]


def test_router_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(Router, Router.turns_east)
def y_before_x(self, dx, dy):
    """Bug: a packet goes north before it goes east."""
    return (dx > 0) & (dy <= 0)


@bug_in(Router, at=PacketQueue)
def full_queue_ignored(m, queue, inside):
    """Bug: no queue of a router ever refuses a packet."""
    m.d.comb += queue.in_ready.eq(1)


@bug_in(Router)
def stuck_pointer(m, dut, inside):
    """Bug: the search for the next packet always begins at the same input."""
    m.d.sync += inside("sent_last_east").eq(NORTH)


@bug_in(Router)
def hop_not_counted(m, dut, inside):
    """Bug: a packet that goes back to the west keeps its dx."""
    m.d.comb += inside("west_from_west").eq(0)


@bug_in(Router)
def waits_for_the_others(m, dut, inside):
    """Bug: a packet is taken from its queue only when every output would send."""
    m.d.comb += inside("leaves").eq((dut.out_valid & dut.out_ready) & dut.out_ready.all())


BUGS = [y_before_x, full_queue_ignored, stuck_pointer, hop_not_counted, waits_for_the_others]


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_router_is_caught(rtl, caught):
    caught(rtl, "2x6", "")
