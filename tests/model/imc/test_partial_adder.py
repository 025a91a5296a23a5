"""Sums that wait to be added: order, room, and when words leave."""

import numpy as np

from goldspike.model.imc.partial_adder import PartialAdderModel, PartialAdderParams
from goldspike.model.imc.sum_packer import SumPackerModel


def test_a_pixel_waits_whole_and_leaves_with_its_last_lanes() -> None:
    params = PartialAdderParams(channels=3, partial_bits=12, word_bits=32)
    model, packer = PartialAdderModel(params), SumPackerModel(params.packer)
    words = packer.words(np.array([5, -6, 7]))
    model.tick(words[0], start=False)
    assert not model.waits and model.room == 2
    model.tick(words[1], start=False)
    assert model.waits and model.room == 1
    model.tick(None, start=True)
    assert model.came.tolist() == [5, -6, 7]
    left = []
    for channel in range(3):
        assert model.channel == channel
        left.append(model.tick(None, start=False)[1] is not None)
    assert left == [False, True, True]
    assert model.channel == -1 and not model.waits and model.room == 2


def test_a_lane_of_several_words_is_put_together_first() -> None:
    params = PartialAdderParams(channels=2, partial_bits=17, word_bits=8, hold=3)
    model, packer = PartialAdderModel(params), SumPackerModel(params.packer)
    entered = [model.tick(word, start=False)[0] for word in packer.words(np.array([-70000, 3]))]
    assert entered == [False, False, True] * 2
    model.tick(None, start=True)
    assert model.came.tolist() == [-70000, 3]
    channels = [model.channel]
    while model.channel >= 0:
        model.tick(None, start=False)
        channels.append(model.channel)
    assert channels == [0, 0, 0, 1, 1, 1, -1]


def test_pixels_come_out_in_the_order_in_which_they_came() -> None:
    params = PartialAdderParams(channels=1, partial_bits=8, word_bits=8)
    model, packer = PartialAdderModel(params), SumPackerModel(params.packer)
    for value in (1, 2):
        model.tick(packer.words(np.array([value]))[0], start=False)
    assert model.room == 0
    came = []
    for _ in range(2):
        model.tick(None, start=True)
        came.append(int(model.came[0]))
        model.tick(None, start=False)
    assert came == [1, 2]
