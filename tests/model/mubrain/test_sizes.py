"""Sizes that circuit and golden model both take from the parameters: docs/shared_logic.md."""

import numpy as np
import pytest

from goldspike.model.mubrain.aer_input import AerInputParams
from goldspike.model.mubrain.arbiter import ArbiterParams
from goldspike.model.mubrain.chip import ChipParams, layer_names
from goldspike.model.mubrain.readout import ReadoutParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import SparseMemoryParams
from goldspike.model.mubrain.weight_memory import WeightMemoryParams

BITS = {
    "a line of the AER input": lambda n: AerInputParams(lines=n).address_bits,
    "an input of an arbiter": lambda n: ArbiterParams(inputs=n).address_bits,
    "a source of a memory": lambda n: WeightMemoryParams(sources=n).address_bits,
    "a class": lambda n: ReadoutParams(classes=n).class_bits,
}


@pytest.mark.parametrize("of", BITS)
def test_a_number_has_the_digits_that_the_highest_one_takes(of: str) -> None:
    for count in (*range(1, 70), 255, 256, 257, 511, 512):
        assert BITS[of](count) == len(f"{count - 1:b}")


@pytest.mark.parametrize("neurons", range(1, 9))
def test_a_source_of_a_sparse_memory_is_an_input_or_a_neuron(neurons: int) -> None:
    lateral = Connectivity(neurons=neurons, synapses=neurons**2 // 2)
    params = SparseMemoryParams(lateral=lateral)
    own = np.eye(neurons, dtype=bool)
    assert np.array_equal(params.mask, np.vstack([own, lateral.mask]))
    assert params.sources == len(params.mask) and params.neurons == neurons
    assert params.address_bits == len(f"{2 * neurons - 1:b}")
    assert params.synapses == neurons + neurons**2 // 2 == params.mask.sum()


def test_an_answer_is_three_classes_and_what_speaks_for_each() -> None:
    fields = ReadoutParams(classes=10, time_bits=37, count_bits=16).answer_fields
    assert [bits for _, bits in fields] == [4, 37, 4, 37, 4, 16]
    said = ["shortest class", "shortest interval", "first class", "first time"]
    assert [name.replace("_", " ") for name, _ in fields] == [*said, "most class", "most count"]


def test_a_bias_is_one_more_input_and_one_scale_serves_all_layers() -> None:
    params = ChipParams(sizes=(7, 5, 3, 2), bias=(False, True, True), scale=(True,))
    assert [layer.inputs for layer in params.layers] == [7, 5 + 1, 3 + 1]
    assert [layer.neurons for layer in params.layers] == [5, 3, 2]
    assert params.synapses == 7 * 5 + 6 * 3 + 4 * 2
    assert params.scales == (True, True, True)
    assert ChipParams(sizes=(7, 5, 3)).biases == (False, False)
    assert layer_names(params) == ("layer1", "layer2", "layer3")
    assert (params.aer_input.lines, params.aer_output.lines, params.readout.classes) == (7, 2, 2)
