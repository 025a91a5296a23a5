"""Sizes that circuit and golden model both take from the parameters, counted out another way.

The lockstep cannot see a wrong one: docs/shared_logic.md lists them.
"""

from itertools import pairwise, product

import numpy as np
import pytest

from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import ChainParams
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.crossbar import CrossbarParams
from goldspike.model.imc.digital_processor import DigitalProcessorParams
from goldspike.model.imc.fully_connected import FullyConnectedParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.pooling import PoolingParams
from goldspike.model.imc.shared.layer import LayerParams

LAYERS = [
    LayerParams(
        height=height, width=width, channels=channels, outputs=2, kernel=kernel, stride=stride,
        padding=padding,
    )
    for height, width, channels, kernel, stride, padding in product(
        (3, 5, 8), (4, 7), (1, 5), (1, 2, 3), (1, 2, 4), (0, 1)
    )
    if padding < kernel
]  # fmt: skip


def windows(size: int, layer: LayerParams) -> list[range]:
    """Return the places of every window along a side of the padded image, slid step by step."""
    starts = range(-layer.padding, size + layer.padding, layer.stride)
    return [
        range(start, start + layer.kernel)
        for start in starts
        if start + layer.kernel <= size + layer.padding
    ]


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_places_of_windows_and_words(kernel: int) -> None:
    for layer in LAYERS:
        if layer.kernel == kernel:
            check_places(layer)


def check_places(layer: LayerParams) -> None:
    """Hold sizes and distances against windows and words that are counted."""
    rows, columns = windows(layer.height, layer), windows(layer.width, layer)
    assert (layer.height_out, layer.width_out) == (len(rows), len(columns))
    memory = InputMemoryParams(layer=layer, word_bits=16, depth=512)
    # what is stored: every channel's byte of an image has a place, words of two bytes
    places = {
        (x, y, channel // 2): None
        for x, y in product(range(layer.height), range(layer.kernel))
        for channel in range(layer.channels)
    }
    assert memory.used_words == len(places)
    assert memory.words == len({word for _, _, word in places})
    laid = {
        x * memory.delta_kernel + memory.delta_pix[y] + word
        for x, y, word in places
    }  # fmt: skip
    assert laid == set(range(memory.used_words))  # each its own, none left out
    # the window of the next image begins a whole image further on
    assert columns[-1][0] + memory.jump == columns[0][0] + layer.width
    between = [after[0] - before[-1] - 1 for before, after in pairwise(rows)]
    assert all(memory.skipped_rows == max(0, gap) for gap in between)


@pytest.mark.parametrize(("weight_bits", "rows_per_tick"), [*product((2, 5, 8), (1, 4, 7, 64))])
def test_sums_fit_and_no_bit_is_spare(weight_bits: int, rows_per_tick: int) -> None:
    layer = LayerParams(height=4, width=4, channels=3, outputs=2, kernel=3)
    memory = InputMemoryParams(layer=layer, word_bits=8)
    params = CrossbarParams(memory=memory, weight_bits=weight_bits, rows_per_tick=rows_per_tick)
    rows = 3 * 3 * 3
    half = 1 << weight_bits - 1
    most, least = rows * -128 * -half, rows * -128 * (half - 1)
    fits = [bits for bits in range(1, 40) if -(1 << bits - 1) <= least and most < 1 << bits - 1]
    assert params.sum_bits == fits[0]
    groups = [range(rows)[k : k + rows_per_tick] for k in range(0, rows, rows_per_tick)]
    assert params.words == len(groups)
    assert params.loads == len(groups) * rows_per_tick * 2


@pytest.mark.parametrize(("channels", "weight_bits"), [(1, 2), (56, 8), (4096, 8)])
def test_scores_fit(channels: int, weight_bits: int) -> None:
    params = FullyConnectedParams(channels=channels, classes=10, weight_bits=weight_bits)
    most = channels * 128 * (1 << weight_bits - 1) + (1 << 31)
    assert most < 1 << params.score_bits - 1
    assert params.crossbar.rows == channels and params.crossbar.columns == 10


def test_a_scale_is_a_multiplier_and_a_bias() -> None:
    multiplier, bias = np.iinfo(np.int16), np.iinfo(np.int32)
    assert DigitalProcessorParams(channels=3, sum_bits=9).scale_bits == multiplier.bits + bias.bits


@pytest.mark.parametrize("pixels", [1, 2, 64, 1 << 20])
def test_a_mean_is_a_sum_divided_by_its_pixels(pixels: int) -> None:
    assert 1 << PoolingParams(pixels=pixels, channels=3).shift == pixels


def test_queues_hold_what_two_timesteps_make() -> None:
    layer = LayerParams(height=4, width=4, channels=5, outputs=7)
    core = CoreParams(layer=layer, word_bits=16, depth=64, window=12, replicas=3, residual_out=True)
    assert core.output.depth == 2 * 3 * len([*range(0, 7, 2)])  # a word has two channels
    assert core.skip.depth == 2 * 3 * len([*range(0, 5, 2)])


def test_a_window_of_a_chain_lets_all_pixels_of_a_timestep_pass() -> None:
    layers = (
        LayerParams(height=4, width=4, channels=3, outputs=5),
        LayerParams(height=4, width=4, channels=5, outputs=2),
    )
    params = ChainParams(
        layers=layers, shifts=(0, 0), classes=2, word_bits=8, depth=512, replicas=(2, 2)
    )
    passing = [2 * 3, 2 * 5, 2 * 2]  # words into the first core, between, out of the last
    assert params.window == max(passing)
    flows = ArrayParams.of(params).flows  # of the image, of both layers
    assert [flow.words * flow.pixels for flow in flows] == passing
