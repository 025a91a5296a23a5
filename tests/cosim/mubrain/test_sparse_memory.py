import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.sparse_memory import BENCH
from goldspike.hdl.mubrain.sparse_memory import SparseMemory


def test_sparse_memory_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 800


class MaskOffByOne(SparseMemory):
    """Bug: synapses belong to the next neuron (mask off by one)."""

    def targets(self, source):
        n = self.params.neurons
        return sorted((neuron + 1) % n for neuron in super().targets(source))


class OneRegisterShort(SparseMemory):
    """Bug: the last synapse has no register."""

    def targets(self, source):
        last = self.params.sources - 1
        return super().targets(source)[: None if source < last else -1]


@pytest.mark.parametrize("rtl", [MaskOffByOne, OneRegisterShort])
def test_wrong_places_of_synapses_are_caught(rtl):
    with pytest.raises(LockstepError, match=r"\(16-77\), tick \d+, field word\[\d+\]: expected"):
        run_bench(BENCH, "16-77", rtl=rtl, driver="arrays")
