import re
from itertools import pairwise

import pytest

from goldspike.model.imc.digital_processor import DigitalProcessorParams
from goldspike.model.imc.link import LinkParams
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.pooling import PoolingParams
from goldspike.model.imc.shared.layer import RESNET32, LayerParams, least_pixels


@pytest.mark.parametrize(("height", "expected"), [(32, 34), (16, 18), (8, 10)])
def test_least_pixels_with_padding(height, expected):
    assert least_pixels(height, 3, 1) == expected


@pytest.mark.parametrize("height", [5, 32])
def test_least_pixels_of_figure_8(height):
    assert least_pixels(height, 3, 0) == 2 * height + 3


def test_resnet_has_34_layers_that_follow_each_other():
    assert sum(count for _, count, _ in RESNET32) == 34
    chain = [layer for name, _, layer in RESNET32 if not name.startswith("RS")]
    for before, after in pairwise(chain[:-1]):
        assert (before.outputs, before.height_out) == (after.channels, after.height)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"padding": 3}, "padding must be in 0..2, not 3"),
        ({"height": 0}, "height must be in 1..4096, not 0"),
        (
            {"kernel": 5, "padding": 0},
            "a kernel of 5 must fit in 4 x 4 pixels with a padding of 0",
        ),
    ],
)
def test_bad_layers_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LayerParams(**{"height": 4, "width": 4, "channels": 1, "outputs": 1, **change})


@pytest.mark.parametrize(
    ("params", "others"),
    [
        (LinkParams, {"words": 1}),
        (OutputMemoryParams, {"words": 1}),
        (PoolingParams, {"pixels": 1, "channels": 1}),
        (DigitalProcessorParams, {"channels": 1}),
    ],
)
def test_words_are_whole_bytes(params, others):
    with pytest.raises(ValueError, match=r"^word_bits must be whole bytes, not 12$"):
        params(**others, word_bits=12)
