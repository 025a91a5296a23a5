"""Bounds that hold for any order of the outputs: windows counted, dependents followed."""

from itertools import combinations, product

import numpy as np
import pytest

from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.bounds import any_order_bound, dependents, most_outputs
from goldspike.workloads.imc.mapper import bound
from goldspike.workloads.imc.options import Limits
from goldspike.workloads.imc.resnet import TABLE_2, resnet32


def covered(outputs, layer):
    """Return the pixels that windows cover."""
    s, f = layer.stride, layer.kernel
    return {(s * x + a, s * y + b) for x, y in outputs for a, b in product(range(f), repeat=2)}


@pytest.mark.parametrize(("kernel", "stride"), [(2, 1), (3, 1), (3, 2), (2, 3)])
def test_every_shape_of_outputs_that_fits_is_allowed(kernel, stride):
    layer = LayerParams(
        height=9, width=9, channels=1, outputs=1, kernel=kernel, stride=stride, padding=0
    )
    for count in range(1, 6):
        shapes = combinations(product(range(4), repeat=2), count)
        least = min(len(covered(shape, layer)) for shape in shapes)
        assert most_outputs(layer, least) >= count


def test_a_patch_of_two_by_two_is_the_most_on_256_rows():
    assert most_outputs(TABLE_2["2/11"], 256) == 4
    assert most_outputs(TABLE_2["13/21"], 256) == 1


@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (1, 2), (3, 1)])
def test_dependents_are_those_that_a_pixel_reaches(strides):
    layers, side = [], 9
    for stride in strides:
        layers.append(
            LayerParams(height=side, width=side + len(layers), channels=1, outputs=1, stride=stride)
        )
        side = layers[-1].height_out
    shapes = [(layer.height_out, layer.width_out) for layer in layers]
    layers[1] = LayerParams(
        height=shapes[0][0], width=shapes[0][1], channels=1, outputs=1, stride=strides[1]
    )
    fewest = []
    for place in product(range(layers[0].height), range(layers[0].width)):
        reached = np.zeros((layers[0].height, layers[0].width), bool)
        reached[place] = True
        for layer in layers:
            padded = np.pad(reached, 1)
            reached = np.array(
                [[padded[x * layer.stride : x * layer.stride + 3,
                         y * layer.stride : y * layer.stride + 3].any()
                  for y in range(layer.width_out)] for x in range(layer.height_out)]
            )  # fmt: skip
        fewest.append(int(reached.sum()))
    assert dependents(layers) == min(fewest)


@pytest.mark.parametrize("cores", [43, 48])
def test_any_order_allows_more_than_column_by_column(cores):
    network, limits = resnet32(), Limits(cores=cores)
    low = any_order_bound(network, limits)
    assert 256 + 64 < low < bound(network, limits)  # layer 2's outputs, and layer 31's, at least
