import pytest
from amaranth.hdl import Mux

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.neuron import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.neuron import Neuron

APART = {("integrate", "fire")}
"""An event, or none."""


def test_neuron_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 4000


@bug_in(Neuron, Neuron.summed)
def leaks_first(self, m, field, before):
    """Bug: the leak comes before the synapses."""
    weights = [field[f"weight_{k}"] for k in range(4)]
    weight = sum(Mux(self.axon_type == k, weights[k], 0) for k in range(4))
    leak = Mux(self.first, field["leak"], 0)
    return self.saturated(before + leak + Mux(self.integrate, weight, 0))


@bug_in(Neuron)
def fires_above(m, dut, inside):
    """Bug: a neuron fires above its threshold only: > for >=."""
    with m.If(inside("over") == 0):
        m.d.comb += [dut.fired.eq(0), dut.result.eq(Mux(dut.fire, inside("leaked"), 0))]


@bug_in(Neuron)
def resets_without_eta(m, dut, inside):
    """Bug: eta is left out of the linear reset."""
    with m.If(dut.fired & (dut.fields[-3:-1] == 1)):
        m.d.comb += dut.result.eq(inside("over") + inside("eta"))


@bug_in(Neuron)
def draws_for_no_mask(m, dut, inside):
    """Bug: a draw too many, for a mask of 0."""
    with m.If(dut.fire & ~inside("stochastic")):
        m.d.comb += dut.draws.eq(1)


@bug_in(Neuron, Neuron.stopped)
def rings(self, field, before, leaked):
    """Bug: a leak with reversal goes beyond 0, and back on the next step."""
    return leaked


@bug_in(Neuron, Neuron.saturated)
def wraps(self, total):
    """Bug: saturation wraps."""
    return total[: self.params.potential_bits].as_signed()


@bug_in(Neuron)
def stays_in_debt(m, dut, inside):
    """Bug: with kappa, eta lowers the threshold below as well."""
    below = inside("leaked") + dut.fields[69:87] + inside("eta") < 0
    with m.If(dut.fire & ~dut.fired & dut.fields[-1] & ~below):
        m.d.comb += dut.result.eq(inside("leaked"))


@pytest.mark.parametrize(
    "rtl",
    [leaks_first, fires_above, resets_without_eta, draws_for_no_mask, rings, wraps, stays_in_debt],
)
def test_a_wrong_neuron_is_caught(rtl, caught):
    caught(rtl, "20", "")
