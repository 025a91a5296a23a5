import numpy as np
import pytest

from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import (
    SparseMemoryModel,
    SparseMemoryParams,
    loading_order,
)
from goldspike.model.mubrain.weight_memory import Storage

PARAMS = SparseMemoryParams(lateral=Connectivity(neurons=3, synapses=4))


def test_inputs_have_one_synapse_each_and_neurons_their_pattern():
    assert PARAMS.mask[:3].tolist() == np.eye(3, dtype=bool).tolist()
    assert (PARAMS.mask[3:] == PARAMS.lateral.mask).all()
    assert (PARAMS.sources, PARAMS.synapses, PARAMS.address_bits) == (6, 7, 3)


def test_the_published_layer_has_19878_weights():
    params = SparseMemoryParams()
    assert params.synapses == params.mask.sum() == 19_878
    assert params.storage is Storage.REGISTERS


def test_weights_are_loaded_from_the_last_synapse_and_move_past_absent_ones():
    places = np.argwhere(PARAMS.mask)  # source by source
    model = SparseMemoryModel(PARAMS)
    for count, weight in enumerate((1, 2, 3, 4, 5, 6, 7), start=1):
        model.shift(weight)
        held = [int(model.weights[tuple(place)]) for place in places]
        assert held == [*range(count, 0, -1), *[0] * (7 - count)]
    assert not model.weights[~PARAMS.mask].any()


def test_a_matrix_goes_in_by_its_loading_order():
    matrix = np.arange(1, 19).reshape(6, 3) % 7 * PARAMS.mask
    stream = loading_order(matrix, PARAMS.mask)
    assert stream.size == 7 and stream[0] == matrix[tuple(np.argwhere(PARAMS.mask)[-1])]
    model = SparseMemoryModel(PARAMS)
    model.shift_all(stream)
    assert (model.weights == matrix).all()


def test_absent_synapses_read_as_zero():
    model = SparseMemoryModel(PARAMS)
    model.shift_all(np.full(7, -1))
    for source in range(6):
        assert model.read(source)["word"].tolist() == (15 * PARAMS.mask[source]).tolist()


def test_the_mask_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        PARAMS.mask[0, 0] = False
