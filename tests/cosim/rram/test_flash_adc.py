import pytest
from amaranth.hdl import Cat, Const

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.flash_adc import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.flash_adc import FlashAdc


def test_flash_adc_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


@bug_in(FlashAdc, FlashAdc.above)
def reference_too_high(self, levels, reference):
    """Bug: every reference is one level too high, a bubble at the lowest amplifier."""
    return FlashAdc.above(self, levels, min(reference + 1, self.params.amplifiers - 1))


@bug_in(FlashAdc, FlashAdc.chosen)
def columns_in_reverse(self, served):
    """Bug: the multiplexers go through their columns in the opposite order."""
    return FlashAdc.chosen(self, Cat(*reversed(served)))


@bug_in(FlashAdc, FlashAdc.encode)
def last_amplifier_unused(self, m, amplifiers):
    """Bug: the highest sense amplifier does not count."""
    return FlashAdc.encode(self, m, [*amplifiers[:-1], Const(0, self.params.adcs)])


BUGS = {
    reference_too_high: "thermometers",
    columns_in_reverse: "thermometers",
    last_amplifier_unused: "codes",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_conversion_is_caught(rtl, caught):
    caught(rtl, "3x2", rf"{BUGS[rtl]}\[\d\]")
