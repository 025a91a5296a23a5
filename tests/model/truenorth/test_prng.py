"""The shift register against arithmetic of polynomials over GF(2), and its period."""

from itertools import pairwise

import pytest

from goldspike.model.truenorth.prng import PrngParams, draws


def divided(state: int, bits: int, taps: int) -> int:
    """Divide by x modulo the polynomial whose coefficient of x**(bits - k) is bit k - 1 of taps."""
    polynomial = taps << 1 | 1
    return (state ^ polynomial if state & 1 else state) >> 1


@pytest.mark.parametrize("seed", [1, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF])
def test_draws_divide_by_x_to_the_nineteenth(seed: int) -> None:
    params = PrngParams(draw_bits=32)
    for before, after in pairwise([seed, *draws(seed, 50, params)]):
        state = before
        for _ in range(19):
            state = divided(state, 32, params.taps)
        assert state == after


def test_low_bits_are_given() -> None:
    wide, narrow = draws(7, 20, PrngParams(draw_bits=32)), draws(7, 20, PrngParams(draw_bits=8))
    assert narrow == [value & 255 for value in wide]


@pytest.mark.parametrize(("bits", "taps"), [(4, 0b1100), (10, 0b1001000000), (16, 0xB400)])
def test_every_state_comes_once(bits: int, taps: int) -> None:
    """With as many shifts as share no factor with the period, as 19 and 2**32 - 1 do."""
    params = PrngParams(bits=bits, taps=taps, shifts=19, draw_bits=bits)
    found = draws(1, (1 << bits) - 1, params)
    assert sorted(found) == list(range(1, 1 << bits))
