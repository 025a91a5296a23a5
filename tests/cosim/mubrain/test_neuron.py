import pytest
from amaranth.hdl import Const, Mux

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.neuron import BENCH
from goldspike.hdl.mubrain.neuron import Neuron


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


def test_neuron_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


class LosesRemainder(Neuron):
    """Bug: a neuron loses the remainder when it fires."""

    def wrap_and_clamp(self, m, remainder, carry, negative):
        super().wrap_and_clamp(m, Mux(carry, 0, remainder), carry, negative)


class NeverClamps(Neuron):
    """Bug: a neuron does not stay at zero."""

    def wrap_and_clamp(self, m, remainder, carry, negative):
        super().wrap_and_clamp(m, remainder, carry & ~negative, Const(0))


class IgnoresScale(Neuron):
    """Bug: a neuron ignores *scale*."""

    def scaled(self):
        return self.weight


@pytest.mark.parametrize("rtl", [LosesRemainder, NeverClamps, IgnoresScale])
def test_a_wrong_sum_is_caught(rtl):
    with pytest.raises(LockstepError, match=message("published", "potential")):
        run_bench(BENCH, "published", rtl=rtl)
