import re

import numpy as np
import pytest

from goldspike.model.mubrain.weight_memory import (
    Storage,
    WeightMemoryModel,
    WeightMemoryParams,
    loading_order,
)

MATRIX = np.array([[1, -2], [3, -4], [5, -6]])


def loaded(count=6):
    model = WeightMemoryModel(WeightMemoryParams(sources=3, neurons=2))
    for weight in loading_order(MATRIX)[:count]:
        model.shift(int(weight))
    return model


def test_a_matrix_is_loaded_from_its_end():
    assert loading_order(MATRIX).tolist() == [-6, 5, -4, 3, -2, 1]
    assert loaded().weights.tolist() == MATRIX.tolist()


def test_a_weight_moves_from_neuron_to_neuron_and_on_to_the_next_source():
    assert loaded(1).weights.tolist() == [[-6, 0], [0, 0], [0, 0]]
    assert loaded(2).weights.tolist() == [[5, -6], [0, 0], [0, 0]]
    assert loaded(3).weights.tolist() == [[-4, 5], [-6, 0], [0, 0]]


def test_a_word_holds_the_bits_of_twos_complement():
    assert loaded().read(1)["word"].tolist() == [3, 0b1100]
    assert loaded().read(2)["word"].tolist() == [5, 0b1010]


def test_storage_may_be_named():
    assert WeightMemoryParams(storage="memory").storage is Storage.MEMORY  # type: ignore[arg-type]


@pytest.mark.parametrize(("sources", "bits"), [(1, 1), (2, 1), (3, 2), (256, 8), (257, 9)])
def test_an_address_is_as_wide_as_it_must_be(sources, bits):
    assert WeightMemoryParams(sources=sources).address_bits == bits


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"sources": 0}, ValueError, "sources must be in 1..1024, not 0"),
        ({"neurons": 513}, ValueError, "neurons must be in 1..512, not 513"),
        ({"neurons": 1.5}, TypeError, "neurons must be an integer in 1..512, not 1.5"),
        ({"storage": "disk"}, ValueError, "storage must be registers or memory, not 'disk'"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        WeightMemoryParams(**change)
