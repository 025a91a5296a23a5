"""The mapper: exact where everything can be tried, bounded where it cannot, and the recurrences."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldspike.model.errors import InputError
from goldspike.model.imc.chain import CoreWeights, Weights
from goldspike.model.imc.shared.array import ArrayParams, StageParams
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.mapper import bound, fastest, main_path, placement
from goldspike.workloads.imc.mapping import patch_rows
from goldspike.workloads.imc.options import Limits, Option, every_option, options, union_rows
from goldspike.workloads.imc.resnet import TABLE_2, resnet32
from goldspike.workloads.imc.timing import arrivals, last_timestep, needed, output_times


def network(*shapes, side=16, channels=2, classes=2):
    """Return a chain as an array; a shape is (outputs, kernel, stride)."""
    stages = []
    for k, (outputs, kernel, stride) in enumerate(shapes):
        layer = LayerParams(
            height=side, width=side, channels=channels, outputs=outputs, kernel=kernel,
            stride=stride, padding=kernel // 2,
        )  # fmt: skip
        stages.append(StageParams(layer=layer, source=k - 1))
        side, channels = layer.height_out, outputs
    return ArrayParams(stages=tuple(stages), classes=classes)


SMALL = network((4, 3, 1), (4, 3, 1), (6, 3, 1))
TINY = Limits(cores=10, rows=30, columns=16)


def test_rows_of_outputs_in_a_column_are_those_of_method_1():
    for layer, replicas in product((TABLE_2["2/11"], TABLE_2["13/21"]), range(1, 9)):
        assert union_rows(layer, replicas) == patch_rows(replicas, 1, 3, layer.channels)
    assert union_rows(TABLE_2["12"], 2) == 3 * 5 * 16  # stride 2: five rows of pixels
    assert union_rows(TABLE_2["RS1"], 4) == 4 * 16  # the pixels between are not needed


def test_ways_to_place_the_layers_of_resnet_32():
    ways = {name: options(TABLE_2[name], Limits(), 1) for name in ("2/11", "13/21", "23/31")}
    assert ways["2/11"] == [Option(1, 3, 1), Option(2, 6, 1), Option(2, 8, 2)]  # 240 rows; 2 x 240
    assert ways["13/21"] == [Option(1, 1, 1), Option(2, 2, 1), Option(2, 4, 2)]
    assert ways["23/31"] == [Option(2, 1, 2), Option(3, 2, 3)]


def run_times(array):
    """Return the timesteps in which the last core's outputs come, for one image of zeros."""
    cores = [
        CoreWeights(np.zeros((s.layer.rows, s.layer.outputs), np.int8),
                    *np.zeros((2, s.layer.outputs), np.int64))
        for s in array.stages
    ]  # fmt: skip
    last = np.zeros((array.stages[-1].layer.outputs, 2), np.int8)
    model = ArrayDataflow(array, Weights(cores, last, np.zeros(2)), traced=True)
    pixels = np.zeros((np.prod(array.stages[0].taken[:2]), array.stages[0].taken[2]), np.int8)
    taken, count = 0, array.stages[0].replicas
    while taken < len(pixels) or model.moves:
        taken += model.timestep(pixels[taken : taken + count])
    return [e.timestep for e in model.events if e.core == len(array.cores) - 1]


@settings(max_examples=30, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
@given(st.lists(st.tuples(st.sampled_from((1, 2, 3, 5)), st.sampled_from((1, 2))), min_size=1,
                max_size=3), st.lists(st.sampled_from((1, 2, 3)), min_size=3, max_size=3),
       st.lists(st.sampled_from((1, 2)), min_size=3, max_size=3))  # fmt: skip
def test_recurrences_are_never_slower_than_the_model(shapes, replicas, parts):
    """And as slow, where every kernel is 3 and no stride or replica makes a layer wait for room."""
    array = network(*((2, f, s) for f, s in shapes), side=9, classes=0)
    names = {"replicas": tuple(replicas), "row_parts": tuple(parts)}
    array = array.changed(**names)
    times = arrivals(array.stages[0].layer, replicas[0])
    for stage in array.stages:
        times = output_times(times, needed(stage.layer), stage.replicas, stage.row_parts - 1)
    got = np.array(run_times(array))
    assert np.all(times <= got)
    if all(shape == (3, 1) for shape in shapes) and set(replicas) == {1}:
        assert times.tolist() == got.tolist()


def test_the_quickest_placement_is_the_best_of_all():
    """Every way of every layer is tried on the timestep model."""
    found = fastest(SMALL, TINY)
    path = main_path(SMALL)
    spare = TINY.cores - 1 - sum(options(SMALL.stages[k].layer, TINY, 0)[0].cores for k in path)
    ways = [[*every_option(SMALL.stages[k].layer, TINY, spare)] for k in path]
    tried = [
        placement(SMALL, dict(zip(path, chosen, strict=True)), TINY).stored
        for chosen in product(*ways)
        if 1 + sum(option.cores for option in chosen) <= TINY.cores
    ]
    assert len(tried) > 10 and len(set(tried)) > 3
    assert found.stored == min(tried)
    assert found.cores <= TINY.cores
    assert bound(SMALL, TINY) <= found.stored


@pytest.mark.parametrize("cores", [43, 44, 48])
def test_resnet_32_runs_as_the_recurrences_say(cores):
    net, limits = resnet32(), Limits(cores=cores)
    found = fastest(net, limits)
    path = main_path(net)
    layers, chosen = [net.stages[k].layer for k in path], [found.chosen[k] for k in path]
    assert found.stored == last_timestep(layers, chosen, stored=True) + 1
    assert bound(net, limits) <= found.stored
    assert found.cores == cores == len(found.places) and len(set(found.places)) == cores
    assert found.memory_bytes == 1536  # the paper's 1.5 KB
    for core in found.array.cores:  # every core's replicas fit its crossbar
        stage = found.array.stages[core.stage]
        option = found.chosen[core.stage]
        copies = option.cores // (option.row_parts * option.column_parts)
        own = -(-stage.replicas // copies)
        assert (
            patch_rows(own, 1, stage.layer.kernel, core.inputs[1]) <= 256 or stage.layer.stride > 1
        )
        assert union_rows(stage.layer, own, core.inputs[1]) <= 256
        assert own * core.outputs[1] <= 256


def test_a_bandwidth_is_kept():
    limits = replace(TINY, link_bits=144)
    found = fastest(SMALL, limits)
    assert max(found.pixel_bits, found.sum_bits) <= 144
    assert found.stored > fastest(SMALL, replace(limits, link_bits=0)).stored


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(cores=42), r"The network needs 43 cores of 256 x 256, but the array has 42\."),
        (Limits(link_bits=448), r"A layer of 3 x 3 x 56 x 56 takes 2 cores, whose partial sums are "
         r"1344 bits each, but a link carries 448 in a timestep\."),
        (Limits(link_bits=100), r"A layer of 3 x 3 x 16 x 28 makes pixels of 224 bits, but a link "
         r"carries 100 in"),
        (Limits(memory_bytes=1024), r"No placement fits: 32 x 3 pixels of 1 words must fit in 64"),
        (Limits(rows=8), "needs crossbars of at least 9 rows, not 8"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_a_sentence(limits, message):
    with pytest.raises(InputError, match=message):
        fastest(resnet32(), limits)
