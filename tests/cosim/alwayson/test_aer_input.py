import pytest

from goldspike.cosim.alwayson.aer_input import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.aer_input import AerInput
from goldspike.hdl.bugs import bug_in

STILL = r"invalid\[0\]"
"""Bits that stay as they are in `top`: all addresses name a neuron."""


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(AerInput, AerInput.on_line)
def wraps_address(self, event):
    """Bug: an address beyond the lines names the first ones again."""
    return event << self.address % self.params.lines


@bug_in(AerInput)
def swaps_signs(m, dut, inside):
    """Bug: Spk+1 and Spk-1 are exchanged."""
    with m.If(dut.busy):
        rises = inside("rises")
        m.d.sync += [
            dut.plus.eq((rises & dut.negative) << dut.address),
            dut.minus.eq((rises & ~dut.negative) << dut.address),
        ]


@bug_in(AerInput)
def invalid_negatives_only(m, dut, inside):
    """Bug: an invalid address is reported with a negative sign only."""
    beyond = dut.address >= dut.params.lines
    m.d.sync += dut.invalid.eq(inside("rises") & beyond & dut.negative)


@bug_in(AerInput)
def repeats(m, dut, inside):
    """Bug: a strobe launches a spike per tick."""
    m.d.comb += inside("rises").eq(dut.strobe)


@pytest.mark.parametrize(
    ("rtl", "field"),
    [
        (wraps_address, "plus|minus"),
        (swaps_signs, "plus|minus"),
        (invalid_negatives_only, "invalid"),
        (repeats, "plus|minus"),
    ],
)
def test_a_wrong_input_is_caught(rtl, field, caught):
    caught(rtl, "5", f"(record|{field})")
