import pytest
from amaranth.hdl import Mux

from goldspike.cosim.imc.partial_adder import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.partial_adder import PartialAdder

WRONG_ANSWERS = [
    (
        "narrow",
        "self.room.eq(queue.room)",
        "self.room.eq(Mux(queue.room == 0, 1, queue.room))",
        r"pixel \d+, channel \d: the sum is 0x\w+, not 0x\w+",
    ),
    (
        "narrow",
        "self.waits.eq(queue.valid)",
        "self.waits.eq(1)",
        r"pixel \d+ waits, though it has not come",
    ),
    (
        "narrow",
        "self.waits.eq(queue.valid)",
        "self.waits.eq(queue.valid & (queue.room != params.pixels - 1))",
        r"nothing moves for 1000 ticks: 120 of 120 pixels sent, 119 added",
    ),
]

STILL = r"(ends_word|lane)\[0\]"
"""Bits that stay as they are in `top`: there is one sum per word."""

SLOW = ("test_controls",)


def test_adder_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


@bug_in(PartialAdder, PartialAdder.added)
def adds_twice(self, lane):
    """Bug: a partial sum is added twice."""
    return PartialAdder.added(self, lane) << 1


@bug_in(PartialAdder, PartialAdder.added)
def forgets_the_sign(self, lane):
    """Bug: a partial sum is taken for a number without a sign."""
    return lane[: self.params.partial_bits]


@bug_in(PartialAdder, PartialAdder.added)
def saturates(self, lane):
    """Bug: a partial sum is held within one bit less on the way."""
    value, most = PartialAdder.added(self, lane), (1 << (self.params.partial_bits - 2)) - 1
    return Mux(value > most, most, Mux(value < -most - 1, -most - 1, value))


@bug_in(PartialAdder)
def forgets(m, dut, inside):
    """Bug: the partial sum is not added."""
    own = dut.sums.word_select(inside("channel"), dut.params.own_bits)
    m.d.comb += dut.sum.eq(own.as_signed())


@pytest.mark.parametrize("rtl", [adds_twice, forgets_the_sign, saturates, forgets])
def test_wrong_sums_are_caught(rtl, caught):
    caught(rtl, "two-a-word", ".*pin sum")


@bug_in(PartialAdder)
def leaves_early(m, dut, inside):
    """Bug: a word leaves with its first lane."""
    lane = inside("lane")
    m.d.comb += inside("ends_word").eq(inside("ends_pixel") | (lane == 0))


@bug_in(PartialAdder, OutputMemory.free_pixels)
def promises_too_much(self, held):
    """Bug: the queue takes a pixel more than there is room for."""
    return self.params.pixels - held + (held == self.params.pixels)


@pytest.mark.parametrize("rtl", [leaves_early, promises_too_much])
def test_a_wrong_queue_is_caught(rtl, caught):
    caught(rtl, "two-a-word", "")
