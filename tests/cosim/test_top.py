"""Circuits whose parameters are near their largest legal values, those that take long to build."""

import re

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.signoff.coverage.goals import shares_of
from goldspike.signoff.coverage.measure import measure_one

TOP = [circuit for circuit in circuits() if "top" in load_bench(circuit).large]

STEPS = {"alwayson/aer_output": 4, "alwayson/synapse_arbiter": 4, "imc/input_memory": 10}
"""How much longer than a bench's own runs take to use all bits."""

STILL = {
    "alwayson/aer_input": r"invalid\[0\]",  # all addresses name a neuron
    "imc/dataflow_controller": r"(ahead|behind)\[[2-4]\]|count\[4\]|pixel\[1\]",  # room to spare
    "imc/input_memory": r"word_[rsw]\[0\]|addr_[rsw]_0\[[0-3]\]",  # one word; multiples of 16
    "imc/output_memory": r"(entering|leaving)\[0\]",  # one word
    "imc/partial_adder": r"(ends_word|lane)\[0\]",  # one sum per word
    "imc/sum_packer": r"(ends_word|lane|lane_[01])\[0\]",
}
"""Bits that stay as they are with these parameters."""


@pytest.mark.slow
@pytest.mark.parametrize("circuit", TOP)
def test_every_bit_is_used_near_the_top(circuit: str) -> None:
    bench = load_bench(circuit)
    coverage = measure_one(bench("top"), 1, STEPS.get(circuit, 1) * bench.steps)
    missed = [what.partition(".")[2] for what in shares_of(circuit, coverage)["bits"].missed]
    still = re.compile(STILL.get(circuit, "nothing"))
    assert [bit for bit in missed if not still.fullmatch(bit)] == []
    assert coverage.bins  # records were compared, all equal
