import pytest
from amaranth.hdl import Const

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.layer import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.neuron import Neuron

FAULTS = [
    ("registers-7x3-linear", "neuron.clear.eq(self.clear)", "neuron.clear.eq(0)"),
    ("registers-7x3", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(self.fired)"),
    (
        "registers-7x3",
        "memory.load.eq(self.load)",
        "memory.load.eq(self.load & ~self.spikes.any())",
    ),
    ("registers-7x3", "memory.load.eq(self.load)", "memory.load.eq(self.load & ~self.clear)"),
    ("registers-7x3", "neuron.clear.eq(self.clear)", "neuron.clear.eq(self.clear | self.load)"),
    ("registers-7x3", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(self.clear | self.load)"),
    ("registers-7x3", "lines.eq(self.lines())", "lines.eq(Mux(self.load, 0, self.lines()))"),
    (
        "registers-16x10",
        "Cat(neuron.fire for neuron in neurons)",
        "Cat(neuron.fire for neuron in neurons) "
        "& ~(Cat(neuron.fire for neuron in neurons).all() << 9)",
    ),
]

SLOW = ("test_hand_faults",)


def test_layer_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 400


@bug_in(Layer, Layer.integrates)
def integrates_the_word_before(self):
    """Bug: a layer integrates the word before."""
    return self.arbiter.access_phase  # in the tick of the grant, while that word is still there


@bug_in(Layer, Neuron.cleared)
def forgets_clear(self):
    """Bug: a layer forgets to clear its potentials."""
    return Const(0)


@bug_in(Layer)
def keeps_turn(m, dut, inside):
    """Bug: a layer does not restart its search."""
    m.d.comb += dut.arbiter.clear.eq(0)


def test_a_search_that_goes_on_after_a_clear_is_caught(caught):
    caught(keeps_turn, "registers-16x10", "source")


@pytest.mark.parametrize("rtl", [integrates_the_word_before, forgets_clear])
def test_wrong_potentials_are_caught(rtl, caught):
    caught(rtl, "registers-16x10", "potential")
