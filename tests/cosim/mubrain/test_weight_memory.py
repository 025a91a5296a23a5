import pytest
from amaranth.hdl import Cat

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.weight_memory import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.weight_memory import WeightMemory

APART = {("load", "read")}
"""Weights are loaded at rest."""

FAULTS = [
    (
        "memory-65x5",
        "Signal(range(max(2, self.params.neurons)))",
        "Signal(range(max(2, self.params.neurons)), reset_less=True)",
    ),
    (
        "memory-65x5",
        "Signal(range(max(2, self.params.sources)), init=last)",
        "Signal(range(max(2, self.params.sources)), init=last, reset_less=True)",
    ),
    ("registers-7x3", "reset_less=True", "reset_less=False"),
]


def test_weight_memory_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 800


@bug_in(WeightMemory, WeightMemory.shifted)
def reversed_words(self, weight, row):
    """Bug: words of weights are reversed."""
    bits = self.params.neuron.weight_bits
    return Cat(row[-bits * (self.params.neurons - 1) :], weight)


@pytest.mark.parametrize("config", ["registers-7x3", "memory-65x5"])
def test_words_in_reverse_order_are_caught(config, caught):
    caught(reversed_words, config, "word")
