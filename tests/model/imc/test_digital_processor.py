import math
from fractions import Fraction

import numpy as np
import pytest

from goldspike.model.imc.digital_processor import DigitalProcessorModel, DigitalProcessorParams


def processor(multiplier=1, bias=0, **change):
    model = DigitalProcessorModel(DigitalProcessorParams(channels=1, **change))
    model.program(multiplier, bias)
    return lambda total, residual=0: int(
        model.run(np.array([total]), np.array([residual], np.int8))[0]
    )


def test_halves_are_rounded_up():
    run = processor(shift=1, relu=False)
    assert [run(n) for n in (-3, -2, -1, 0, 1, 2, 3)] == [-1, -1, 0, 0, 1, 1, 2]


def test_no_shift_rounds_nothing():
    run = processor(shift=0, relu=False)
    assert [run(n) for n in (-5, 0, 5)] == [-5, 0, 5]


def test_saturation_and_relu():
    assert [processor(shift=0, relu=False)(n) for n in (-129, -128, 127, 128)] == [
        -128, -128, 127, 127,
    ]  # fmt: skip
    assert [processor(shift=0)(n) for n in (-129, -1, 1, 128)] == [0, 0, 1, 127]


def test_the_residual_is_added_before_the_one_rounding():
    run = processor(shift=2, gain=1, relu=False)
    assert run(1, 1) == 1  # 0.25 + 0.25: rounded apart it would be 0


@pytest.mark.parametrize("seed", range(3))
def test_exact_fractions_say_the_same(seed):
    rng = np.random.default_rng(seed)
    for _ in range(300):
        shift, gain = int(rng.integers(0, 20)), int(rng.integers(-5000, 5000))
        m, b = int(rng.integers(-32768, 32768)), int(rng.integers(-(2**31), 2**31))
        total, residual = int(rng.integers(-(2**20), 2**20)), int(rng.integers(-128, 128))
        exact = Fraction(total * m + b + residual * gain, 2**shift)
        rounded = math.floor(exact + Fraction(1, 2)) if shift else int(exact)
        expected = min(max(rounded, -128), 127)
        run = processor(m, b, shift=shift, gain=gain or 1, relu=False)
        if gain:
            assert run(total, residual) == expected


def test_words_are_filled_with_zeros():
    model = DigitalProcessorModel(DigitalProcessorParams(channels=3, word_bits=16))
    words = model.words(np.array([-1, 2, 3], np.int8))
    assert words.tolist() == [[255, 2], [3, 0]]


def test_a_gain_too_large_is_refused():
    with pytest.raises(ValueError, match=r"^gain must be in -8388608\.\.8388607, not 8388608$"):
        DigitalProcessorParams(channels=1, gain=1 << 23)
