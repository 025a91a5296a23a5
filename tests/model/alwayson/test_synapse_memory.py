import numpy as np
import pytest

from goldspike.model.alwayson.synapse_memory import (
    SynapseMemoryModel,
    SynapseMemoryParams,
    bits_of,
)


def test_rows_come_back_and_the_last_word_stays():
    params = SynapseMemoryParams(rows=3, columns=11)
    model, rng = SynapseMemoryModel(params), np.random.default_rng(1)
    weights = rng.choice([-1, 1], (3, 11))
    for row, word in enumerate(bits_of(weights)):
        model.write(row, word)
    traced = model.read(1)
    assert np.array_equal(np.unpackbits(traced["word"], bitorder="little")[:11], weights[1] == 1)
    model.write(1, np.zeros(11, bool))
    assert np.array_equal(model.word, weights[1] == 1)
    model.read(1)
    assert not model.word.any()


def test_only_binary_weights():
    with pytest.raises(ValueError, match=r"^weights must be -1 or \+1, not 0$"):
        bits_of(np.array([1, -1, 0]))


def test_params():
    assert SynapseMemoryParams(rows=256).synapses == 32_768
    with pytest.raises(ValueError, match=r"^storage must be registers or memory, not 'x'$"):
        SynapseMemoryParams(storage="x")  # type: ignore[arg-type]
