import pytest
from amaranth.hdl import Mux, Signal

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.truenorth.core_sram import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.core_sram import CoreSram

APART = {("write", "load")}
"""Rows are loaded at rest."""

FAULTS = [("5x3", "Signal(2 * axons, reset_less=True)", "Signal(2 * axons)")]


def test_core_sram_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 2000


@bug_in(CoreSram)
def neighbours_type(m, dut, inside):
    """Bug: an axon has its neighbour's type."""
    m.d.comb += dut.axon_type.eq(inside("kept").word_select(dut.axon + 1, 2))


@bug_in(CoreSram)
def types_forgotten(m, dut, inside):
    """Bug: types are not loaded on the tick of a row."""
    with m.If(dut.load):
        m.d.sync += inside("kept").eq(inside("kept"))


@bug_in(CoreSram, CoreSram.memory)
def writes_through(self, m, name, store, neuron, value):
    """Bug: a read gives what is stored on the same tick."""
    word = CoreSram.memory(self, m, name, store, neuron, value)
    fresh, stored = Signal(), Signal(len(value))
    with m.If(self.read):
        m.d.sync += [fresh.eq(store & (neuron == self.read_neuron)), stored.eq(value)]
    return Mux(fresh, stored, word)


@bug_in(CoreSram, CoreSram.memory)
def writes_where_it_reads(self, m, name, store, neuron, value):
    """Bug: potentials are written to the row that is read."""
    return CoreSram.memory(self, m, name, store, Mux(self.load, neuron, self.read_neuron), value)


@pytest.mark.parametrize(
    "rtl", [neighbours_type, types_forgotten, writes_through, writes_where_it_reads]
)
def test_a_wrong_row_is_caught(rtl, caught):
    caught(rtl, "5x3", "")
