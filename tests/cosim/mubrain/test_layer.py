import pytest
from amaranth.hdl import Const

from goldspike.cosim.bench.scoreboard import LockstepError
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
]

SLOW = ("test_hand_faults",)


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


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


def test_a_search_that_goes_on_after_a_clear_is_caught():
    with pytest.raises(LockstepError, match=message("registers-16x10", "source")):
        run_bench(BENCH, "registers-16x10", rtl=keeps_turn, driver="arrays")


@pytest.mark.parametrize("rtl", [integrates_the_word_before, forgets_clear])
def test_wrong_potentials_are_caught(rtl):
    with pytest.raises(LockstepError, match=message("registers-16x10", "potential")):
        run_bench(BENCH, "registers-16x10", rtl=rtl, driver="arrays")
