import pytest
from amaranth.hdl import Const, Mux

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.neuron import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.neuron import Neuron

SLOW = ("test_controls",)


def test_neuron_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(Neuron, Neuron.wrap_and_clamp)
def loses_remainder(self, m, remainder, carry, negative):
    """Bug: a neuron loses the remainder when it fires."""
    Neuron.wrap_and_clamp(self, m, Mux(carry, 0, remainder), carry, negative)


@bug_in(Neuron, Neuron.wrap_and_clamp)
def never_clamps(self, m, remainder, carry, negative):
    """Bug: a neuron does not stay at zero."""
    Neuron.wrap_and_clamp(self, m, remainder, carry & ~negative, Const(0))


@bug_in(Neuron, Neuron.scaled)
def ignores_scale(self):
    """Bug: a neuron ignores *scale*."""
    return self.weight


@pytest.mark.parametrize("rtl", [loses_remainder, never_clamps, ignores_scale])
def test_a_wrong_sum_is_caught(rtl, caught):
    caught(rtl, "published", "potential", driver="cocotb")
