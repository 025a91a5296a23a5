import numpy as np
import pytest

from goldspike.model.rram.macro import (
    LATENCY,
    MacroParams,
    logical_weights,
    products,
    simulate,
    weight_cells,
)
from goldspike.model.rram.word_line_controller import conversion_ticks


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_cells_hold_weights(bits):
    low, high = (0, 2) if bits == 1 else (-(1 << bits - 1), 1 << bits - 1)
    weights = np.random.default_rng(bits).integers(low, high, (9, 5))
    assert np.array_equal(logical_weights(weight_cells(weights, bits), bits), weights)


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("precision", range(4))
def test_products_leave_in_order_after_their_time(precision, signed):
    params, rng = MacroParams(rows=10, adcs=2, lanes=10), np.random.default_rng(precision)
    bits = params.precisions[precision]
    cells = rng.integers(0, 2, (10, 16)).astype(np.uint8)
    vector = rng.integers(0, 256, 10)
    numbers = vector.astype(np.uint8).view(np.int8) if signed else vector
    expected = products(numbers, logical_weights(cells, bits))
    ticks = int(conversion_ticks(vector, params.controller))
    count = ticks + 40
    pins_in, pins = np.zeros((count, 7), np.int64), np.zeros((count, 6), np.int64)
    pins_in[0, :3], pins_in[:, 3] = (1, precision, signed), 1
    words, rows = np.zeros((count, 10), np.uint8), np.zeros((count, 16), np.uint8)
    words[0] = vector
    totals, ends = np.zeros((1, 16), np.int64), np.zeros(1, np.int64)
    shape = np.array([10, 2, 8, 7, 8, 10])
    assert simulate(shape, cells, pins_in, words, rows, pins, totals, ends) == 1
    shown = np.flatnonzero(pins[:, 1])
    start = 1  # the word is taken on tick 0
    assert shown.tolist() == list(range(start + ticks + LATENCY, shown[0] + 16 // bits))
    assert pins[shown, 2].tolist() == expected.tolist()
    assert np.flatnonzero(pins[:, 3]).tolist() == [shown[-1]]


def test_no_lanes_are_refused():
    with pytest.raises(ValueError, match=r"^lanes must be in 1\.\.1024, not 0$"):
        MacroParams(lanes=0)
