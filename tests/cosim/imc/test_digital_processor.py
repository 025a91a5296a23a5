import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.digital_processor import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.imc.digital_processor import DigitalProcessor


def test_processor_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 100


class RoundsDown(DigitalProcessor):
    """Bug: halves are rounded down."""

    def rounded(self, total):
        return total >> self.params.shift


class WrapsAround(DigitalProcessor):
    """Bug: activations wrap instead of saturating."""

    def saturated(self, value):
        return value


class AddsTheResidualTwice(DigitalProcessor):
    """Bug: the residual counts once too often."""

    def total(self, number, scale, residual):
        return super().total(number, scale, residual) + residual


@pytest.mark.parametrize("rtl", [RoundsDown, WrapsAround, AddsTheResidualTwice])
def test_wrong_arithmetic_is_caught(rtl):
    with pytest.raises(LockstepError, match=r"^imc/digital_processor \(signed\), .* field word\["):
        run_bench(BENCH, "signed", rtl=rtl, driver="arrays")
