import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.packet_queue import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.packet_queue import PacketQueue

WRONG_ANSWERS = [
    (
        "3x28",
        "self.in_ready.eq(self.fill < depth)",
        "self.in_ready.eq(1)",
        r"fill is 0, but 4 packets are inside",
    ),
    (
        "3x28",
        "self.out_valid.eq(self.fill != 0)",
        "self.out_valid.eq(self.fill > 1)",
        r"nothing moves for 1000 ticks: queue: 1000 in, 999 out of 1000",
    ),
    (
        "3x28",
        "leaves.eq(self.out_valid & self.out_ready)",
        "leaves.eq(self.out_valid)",
        r"fill is \d, but \d packets are inside",
    ),
]

FAULTS = [
    (
        "3x28",
        "m.d.sync += self.fill.eq(last + takes)",
        "m.d.sync += self.fill.eq(last + takes)\n"
        "    late = Signal(10)\n"
        "    waits = self.out_valid & ~self.out_ready\n"
        "    m.d.sync += late.eq((late + (late != 1023)) & waits.replicate(10))\n"
        "    with m.If(late == 1023):\n"
        "        m.d.sync += self.fill.eq(0)",
    ),
]


def test_packet_queue_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(PacketQueue)
def full_queue_ignored(m, dut, inside):
    """Bug: a packet is said to be taken while the queue is full."""
    m.d.comb += dut.in_ready.eq(1)


@bug_in(PacketQueue)
def overtakes(m, dut, inside):
    """Bug: a packet that comes as another leaves goes to the end of the packets before it left."""
    with m.If(inside("leaves") & (dut.fill == 1)):
        m.d.comb += inside("last").eq(1)


@bug_in(PacketQueue)
def room_at_once(m, dut, inside):
    """Bug: a full queue takes a packet as another one leaves."""
    m.d.comb += dut.in_ready.eq((dut.fill < dut.params.depth) | dut.out_ready)


@bug_in(PacketQueue)
def leaves_something_behind(m, dut, inside):
    """Bug: an empty queue shows the packet that left last."""
    with m.If(inside("leaves") & (dut.fill == 1)):
        m.d.sync += inside("packet_0").eq(inside("packet_0"))


BUGS = [full_queue_ignored, overtakes, room_at_once, leaves_something_behind]


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_queue_is_caught(rtl, caught):
    caught(rtl, "3x28", "")
