import pytest

from goldspike.cosim.imc.sum_packer import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.sum_packer import SumPacker

STILL = r"(ends_word|lane|lane_[01])\[0\]"
"""Bits that stay as they are in `top`: there is one sum per word."""

FAULTS = [
    ("three-a-word", "with m.If(places[1] == 0):", "with m.If((places[1] == 0) & pixel_ends[1]):"),
]


def test_packer_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 50


@bug_in(SumPacker)
def forgets_the_sign(m, dut, inside):
    """Bug: a sum is not extended by its sign."""
    bits = dut.params.sum_bits
    with m.If(inside("widened")):
        place = inside("lane_1")
        m.d.sync += dut.word.word_select(place, 8 * dut.params.sum_bytes)[bits:].eq(0)


@bug_in(SumPacker)
def takes_the_next_channel(m, dut, inside):
    """Bug: lane k holds channel k + 1."""
    number, channel = inside("number"), inside("channel")
    m.d.sync += number.eq(dut.sums.word_select(channel + 1, dut.params.sum_bits))


@bug_in(SumPacker)
def saturates(m, dut, inside):
    """Bug: a sum is held within one bit less on the way."""
    number, bits = inside("number"), dut.params.sum_bits
    chosen = dut.sums.word_select(inside("channel"), bits).as_signed()
    with m.If(chosen >= 1 << (bits - 2)):
        m.d.sync += number.eq((1 << (bits - 2)) - 1)


@pytest.mark.parametrize("rtl", [forgets_the_sign, takes_the_next_channel, saturates])
def test_wrong_lanes_are_caught(rtl, caught):
    caught(rtl, "two-a-word", r"word\[")
