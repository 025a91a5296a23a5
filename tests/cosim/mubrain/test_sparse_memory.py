import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.sparse_memory import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.sparse_memory import SparseMemory

APART = {("load", "read")}
"""Weights are loaded at rest."""


def test_sparse_memory_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 800


@bug_in(SparseMemory, SparseMemory.targets)
def mask_off_by_one(self, source):
    """Bug: synapses belong to the next neuron (mask off by one)."""
    n = self.params.neurons
    return sorted((neuron + 1) % n for neuron in SparseMemory.targets(self, source))


@bug_in(SparseMemory, SparseMemory.targets)
def one_register_short(self, source):
    """Bug: the last synapse has no register."""
    last = self.params.sources - 1
    return SparseMemory.targets(self, source)[: None if source < last else -1]


@pytest.mark.parametrize("rtl", [mask_off_by_one, one_register_short])
def test_wrong_places_of_synapses_are_caught(rtl, caught):
    caught(rtl, "16-77", r"word\[\d+\]")
