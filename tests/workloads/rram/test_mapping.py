"""Tiles of a network: together they are the network."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goldspike.model.rram.macro import MacroParams, logical_weights
from goldspike.workloads.rram.mapping import tiles, vectors
from goldspike.workloads.rram.network import MultiLayer


@given(
    st.integers(1, 40), st.integers(1, 20), st.sampled_from([1, 2, 4, 8]), st.integers(1, 17),
    st.integers(1, 3), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_tiles_multiply_as_the_layer_does(
    inputs: int, outputs: int, bits: int, rows: int, adcs: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    half = 1 << (bits - 1)
    low, high = (0, 2) if bits == 1 else (-half, half)
    weights = rng.integers(low, high, (inputs, outputs)).astype(np.int8)
    net = MultiLayer(
        weights=(weights,), biases=(np.zeros(outputs),), multipliers=(), shifts=(),
        weight_bits=bits,
    )  # fmt: skip
    params = MacroParams(rows=rows, adcs=adcs)
    x = rng.integers(0, 256, (2, inputs), dtype=np.uint8)
    total = np.zeros((2, outputs), int)
    found = tiles(net, params)
    wide = params.columns // bits
    assert len(found) == -(-inputs // rows) * -(-outputs // wide)
    for tile in found:
        assert tile.cells.shape == (rows, params.columns)
        held = logical_weights(tile.cells, bits)
        assert not held[tile.rows :].any()
        assert not held[:, tile.outputs :].any()
        products = vectors(tile, x, params).astype(int) @ held
        total[:, tile.column : tile.column + tile.outputs] += products[:, : tile.outputs]
    np.testing.assert_array_equal(total, x.astype(int) @ weights.astype(int))
