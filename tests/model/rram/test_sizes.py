"""Sizes that circuit and model share: each holds its extremes, and a bit less would not."""

from itertools import product

import numpy as np
import pytest

from goldspike.model.rram.accumulator import AccumulatorParams
from goldspike.model.rram.macro import MacroParams
from goldspike.model.rram.shift_add import ShiftAddParams


def holds(low: int, high: int, bits: int, *, signed: bool = True) -> bool:
    """Whether a register of `bits` holds every number of a range."""
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return least <= low and high <= most


def weight_range(bits: int) -> tuple[int, int]:
    """Return the least and the largest weight."""
    return (0, 1) if bits == 1 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@pytest.mark.parametrize(("share", "adc_bits"), [*product((2, 4, 8), (1, 2, 3, 5))])
def test_partial_sums(share: int, adc_bits: int) -> None:
    params = ShiftAddParams(share=share, adc_bits=adc_bits)
    extremes = []
    for bits in params.precisions:
        places = [2**k for k in range(bits)]
        if bits > 1:
            places[-1] = -places[-1]
        codes = product((0, 2**adc_bits - 1), repeat=bits)  # sums are extreme with extreme codes
        extremes += [int(np.dot(places, code)) for code in codes]
    assert holds(min(extremes), max(extremes), params.partial_bits)
    assert not holds(min(extremes), max(extremes), params.partial_bits - 1)


def test_partial_sums_of_one_column_are_codes() -> None:
    assert ShiftAddParams(share=1, adc_bits=3).partial_bits == 3


@pytest.mark.parametrize(
    ("rows", "input_bits", "share"), [*product((1, 2, 5, 100, 128), (1, 3, 8), (1, 2, 8))]
)
def test_sums_and_totals(rows: int, input_bits: int, share: int) -> None:
    params = AccumulatorParams(rows=rows, input_bits=input_bits, share=share)
    for slot in range(share):
        users = [bits for bits in (1, 2, 4, 8) if bits <= share and slot < share // bits]
        ranges = [weight_range(bits) for bits in users]
        low = min(rows * least for least, _ in ranges)
        high = max(rows * most for _, most in ranges)
        signed = max(users) > 1
        assert holds(low, high, params.sum_bits(slot), signed=signed)
        assert not holds(low, high, params.sum_bits(slot) - 1, signed=signed)
        inputs = (0, 2**input_bits - 1, -(2 ** (input_bits - 1)), 2 ** (input_bits - 1) - 1)
        totals = [rows * weight * value for pair in ranges for weight in pair for value in inputs]
        assert holds(min(totals), max(totals), params.total_bits(slot))
        assert not holds(min(totals), max(totals), params.total_bits(slot) - 1)
    assert params.bits == max(params.total_bits(slot) for slot in range(share))


def test_words_of_a_vector() -> None:
    for rows, lanes in product(range(1, 20), range(1, 9)):
        words = MacroParams(rows=rows, lanes=lanes, adcs=1).words
        assert (words - 1) * lanes < rows <= words * lanes
