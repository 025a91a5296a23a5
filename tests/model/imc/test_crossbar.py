import numpy as np
import pytest

from goldspike.model.imc.crossbar import CrossbarModel, CrossbarParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams


def params(**change):
    layer = LayerParams(height=5, width=5, channels=5, outputs=4)
    return CrossbarParams(memory=InputMemoryParams(layer=layer, word_bits=16), **change)


def load(crossbar, row):
    """Load a kernel row of pixels, int8 (3, 5), as three words each."""
    for pixel in row:
        raw = np.zeros(6, np.uint8)
        raw[:5] = pixel.view(np.uint8)
        for word in raw.reshape(3, 2):
            crossbar.load(word)


@pytest.mark.parametrize("weight_bits", [2, 5, 8])
def test_a_computation_is_the_product_with_the_kernel_matrix(weight_bits):
    rng = np.random.default_rng(1)
    half = 1 << (weight_bits - 1)
    weights = rng.integers(-half, half, (45, 4)).astype(np.int8)
    crossbar = CrossbarModel(params(weight_bits=weight_bits), weights)
    rows = rng.integers(-128, 128, (6, 3, 5)).astype(np.int8)
    for k, row in enumerate(rows):
        load(crossbar, row)
        if k >= 2:
            window = rows[k - 2 : k + 1].reshape(-1).astype(np.int64)
            assert np.array_equal(crossbar.compute(), window @ weights.astype(np.int64))


def test_weights_are_programmed_row_by_row():
    weights = np.arange(45 * 4).reshape(45, 4) % 251 - 125
    crossbar = CrossbarModel(params(rows_per_tick=9))
    for weight in weights.flat:
        crossbar.program(int(weight))
    assert np.array_equal(crossbar.weights, weights)


def test_sums_fit():
    crossbar = CrossbarModel(params(), np.full((45, 4), -128, np.int8))
    for _ in range(3):
        load(crossbar, np.full((3, 5), -128, np.int8))
    assert crossbar.compute()[0] == 45 * 2**14 < 1 << (crossbar.params.sum_bits - 1)


def test_ticks_follow_from_the_rows_per_tick():
    assert [params(rows_per_tick=n).ticks for n in (1, 9, 16, 64)] == [47, 7, 5, 3]


@pytest.mark.parametrize("bits", [1, 9])
def test_bad_weights_are_refused(bits):
    with pytest.raises(ValueError, match=rf"^weight_bits must be in 2\.\.8, not {bits}$"):
        params(weight_bits=bits)


def test_weights_change_a_word_of_rows_at_a_time():
    crossbar = CrossbarModel(params(rows_per_tick=9))
    for weight in range(1, 36):
        crossbar.program(weight)
    assert not crossbar.weights.any()
    crossbar.program(36)
    assert np.array_equal(crossbar.weights[:9].reshape(-1), np.arange(1, 37))
    assert not crossbar.weights[9:].any()
