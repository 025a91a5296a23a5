import pytest

from goldspike.cosim.imc.digital_processor import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.digital_processor import DigitalProcessor

FAULTS = [
    (
        "signed",
        "scale[MULTIPLIER_BITS:].as_signed()",
        "scale[MULTIPLIER_BITS : MULTIPLIER_BITS + 25].as_signed()",
    ),
    (
        "56",
        "scale[:MULTIPLIER_BITS].as_signed()",
        "Mux(scale[:MULTIPLIER_BITS] == 1 << 15, 1 - (1 << 15), "
        "scale[:MULTIPLIER_BITS].as_signed())",
    ),
    ("signed", "BIAS_BITS, GAIN_BITS + 8) + 2", "BIAS_BITS, GAIN_BITS + 8)"),
    ("signed", "write.en.eq(self.program_scale)", "write.en.eq(self.program_scale & ~self.start)"),
]

SLOW = ("test_controls",)


def test_processor_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 100


@bug_in(DigitalProcessor, DigitalProcessor.rounded)
def rounds_down(self, total):
    """Bug: halves are rounded down."""
    return total >> self.params.shift


@bug_in(DigitalProcessor, DigitalProcessor.saturated)
def wraps_around(self, value):
    """Bug: activations wrap instead of saturating."""
    return value


@bug_in(DigitalProcessor, DigitalProcessor.total)
def adds_the_residual_twice(self, number, scale, residual):
    """Bug: the residual counts once too often."""
    return DigitalProcessor.total(self, number, scale, residual) + residual


@pytest.mark.parametrize("rtl", [rounds_down, wraps_around, adds_the_residual_twice])
def test_wrong_arithmetic_is_caught(rtl, caught):
    caught(rtl, "signed", r"word\[")
