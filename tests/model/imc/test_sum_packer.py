"""Packing of partial sums: lanes of whole bytes, and back."""

import numpy as np
import pytest

from goldspike.model.imc.sum_packer import SumPackerModel, SumPackerParams, unpack


def test_the_published_widths() -> None:
    params = SumPackerParams(channels=56, sum_bits=23)
    assert (params.sum_bytes, params.lanes, params.words, params.ticks) == (3, 5, 12, 59)


def test_lanes_stand_side_by_side_lowest_byte_first() -> None:
    params = SumPackerParams(channels=3, sum_bits=12, word_bits=40)
    words = SumPackerModel(params).words(np.array([1, -2, 0x7FF]))
    assert words.tolist() == [[1, 0, 0xFE, 0xFF, 0], [0xFF, 7, 0, 0, 0]]


def test_a_lane_wider_than_a_word_takes_several_the_lowest_first() -> None:
    params = SumPackerParams(channels=2, sum_bits=17, word_bits=16)
    assert (params.lanes, params.lane_words, params.words, params.ticks) == (1, 2, 4, 7)
    words = SumPackerModel(params).words(np.array([-1, 0x8765]))
    assert words.tolist() == [[0xFF, 0xFF], [0xFF, 0], [0x65, 0x87], [0, 0]]
    assert SumPackerModel(params).ticks().tolist() == [3, 4, 5, 6]


@pytest.mark.parametrize("word_bits", [8, 24, 128])
@pytest.mark.parametrize("sum_bits", [2, 8, 9, 23, 40])
def test_what_was_packed_comes_out(sum_bits: int, word_bits: int) -> None:
    params = SumPackerParams(channels=7, sum_bits=sum_bits, word_bits=word_bits)
    half = 1 << (sum_bits - 1)
    sums = np.random.default_rng(1).integers(-half, half, 7)
    sums[:2] = -half, half - 1
    assert np.array_equal(unpack(params, SumPackerModel(params).words(sums)), sums)
