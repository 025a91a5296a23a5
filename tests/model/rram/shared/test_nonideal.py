"""Devices that are not ideal: exact when nothing is wrong, wrong in the expected way when it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldspike.model.rram.macro import MacroParams, logical_weights, weight_cells
from goldspike.model.rram.shared.nonideal import NonIdeal, draw


@settings(max_examples=25, deadline=None)  # the first one compiles
@given(
    st.integers(1, 40), st.sampled_from([1, 2, 4, 8]), st.sampled_from([2, 3, 4]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_ideal_devices_multiply_exactly(rows: int, bits: int, adc_bits: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    params = MacroParams(rows=rows, adcs=2, adc_bits=adc_bits)
    cells = rng.integers(0, 2, (rows, params.columns), dtype=np.uint8)
    x = rng.integers(0, 256, (3, rows), dtype=np.uint8)
    device = draw(params, cells, NonIdeal(), 0)
    wanted = x.astype(int) @ logical_weights(cells, bits)
    np.testing.assert_array_equal(device.products(x, bits, 0), wanted)


def test_cells_that_leak_add_up() -> None:
    """Seven rows on, all cells off, on/off 10: 0.7 cells read as one, in every group and plane."""
    params = MacroParams(rows=14, adcs=1)
    cells = np.zeros((14, 8), np.uint8)
    device = draw(params, cells, NonIdeal(on_off=10), 0)
    x = np.full((1, 14), 1, np.uint8)
    np.testing.assert_array_equal(device.products(x, 1, 0), np.full((1, 8), 2))
    x[0, 4:] = 0  # four rows: 0.4 cells
    np.testing.assert_array_equal(device.products(x, 1, 0), np.zeros((1, 8)))


def test_the_top_bit_counts_negative() -> None:
    params = MacroParams(rows=1, adcs=1)
    cells = weight_cells(np.array([[-128]]), 8)
    device = draw(params, cells, NonIdeal(), 0)
    assert device.products(np.array([[255]], np.uint8), 8, 0)[0, 0] == -128 * 255


@pytest.mark.parametrize("effect", ["spread", "offset", "noise"])
def test_errors_grow_with_the_effect_and_are_repeated(effect: str) -> None:
    rng = np.random.default_rng(3)
    params = MacroParams(rows=64, adcs=2)
    cells = rng.integers(0, 2, (64, 16), dtype=np.uint8)
    x = rng.integers(0, 256, (20, 64), dtype=np.uint8)
    exact = x.astype(int) @ logical_weights(cells, 8)
    errors = []
    for value in (0.05, 0.4, 0.8):
        device = draw(params, cells, replace(NonIdeal(), **{effect: value}), 0)
        found = device.products(x, 8, 0)
        np.testing.assert_array_equal(device.products(x, 8, 0), found)
        np.testing.assert_array_equal(device.products(x[5:], 8, 5), found[5:])
        errors.append(np.abs(found - exact).mean())
    assert errors[0] <= errors[1] < errors[2]
    other = draw(params, cells, replace(NonIdeal(seed=2), **{effect: 0.8}), 0).products(x, 8, 0)
    assert (other != found).any()


@pytest.mark.parametrize(
    "change", [{"on_off": 0.5}, {"spread": -1}, {"noise": float("nan")}, {"seed": -1}]
)
def test_values_out_of_range_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        NonIdeal(**change)
