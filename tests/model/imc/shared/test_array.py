"""Layers split over cores: every output, every partial sum, every access, on random arrays."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from goldspike.cosim.imc.shared.safety import sum_violations, violations
from goldspike.model.imc.chain import CoreWeights, Weights
from goldspike.model.imc.digital_processor import process
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.array import ArrayParams, Kind, StageParams
from goldspike.model.imc.shared.array_state import POP, PUSH
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.convolution import convolve

IMAGES = 2


def stage(side, channels, outputs, kernel=3, stride=1, padding=1, **change):
    layer = LayerParams(
        height=side, width=side, channels=channels, outputs=outputs, kernel=kernel, stride=stride,
        padding=padding,
    )  # fmt: skip
    return StageParams(layer=layer, shift=7, **change)


def draw_weights(array, seed=1):
    rng = np.random.default_rng(seed)
    cores = [
        CoreWeights(
            rng.integers(-128, 128, (s.layer.rows, s.layer.outputs)).astype(np.int8),
            rng.integers(1, 4, s.layer.outputs),
            rng.integers(-900, 900, s.layer.outputs),
        )
        for s in array.stages
    ]
    last = rng.integers(-128, 128, (array.stages[-1].layer.outputs, array.classes))
    return Weights(cores, last.astype(np.int8), rng.integers(-99, 99, array.classes))


def draw_images(array, count=IMAGES, seed=2):
    shape = (count, *array.stages[0].taken)
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


def in_order(images):
    """Return pixels of images (n, height, width, channels) in order: x runs fastest."""
    return images.transpose(0, 2, 1, 3).reshape(-1, images.shape[3])


def plain_sums(array, weights, k, taken, channels):
    """Return the sums of a stage over a range of its input channels, by plain convolution."""
    layer = array.stages[k].layer
    shape = (layer.kernel, layer.kernel, layer.channels, layer.outputs)
    kernel = weights.cores[k].weights.reshape(shape)[:, :, channels]
    return convolve(taken[..., channels], kernel, layer)


def plain(array, weights, image):
    """Return every stage's input and output by plain convolution, and the class scores."""
    taken, made = [], []
    for k, s in enumerate(array.stages):
        taken.append(image if s.source < 0 else made[s.source])
        sums = plain_sums(array, weights, k, taken[k], slice(None))
        out, w = np.empty(sums.shape, np.int8), weights.cores[k]
        added = np.zeros(sums.shape, np.int8)
        if s.residual >= 0:
            added = (made if array.shortcut(s.residual) else taken)[s.residual]
        for place in np.ndindex(sums.shape[:2]):
            scale = (w.multiplier, w.bias, added[place], s.gain, s.shift, s.relu)
            process(sums[place], *scale, out[place])
        made.append(out)
    pixels = made[-1].shape[0] * made[-1].shape[1]
    mean = np.floor(made[-1].sum(axis=(0, 1), dtype=np.int64) / pixels + 0.5).astype(np.int64)
    return taken, made, mean @ weights.last.astype(np.int64) + weights.last_bias


def run(array, weights, images, gaps=0.0, stalls=()):
    """Run images until nothing moves; return the model, and when each pixel was taken."""
    model = ArrayDataflow(array, weights, traced=True)
    pixels, rng = in_order(images), np.random.default_rng(3)
    came, idle = [], 0
    while idle < 4:
        count = array.stages[0].replicas if rng.random() >= gaps else 0
        stall = model.now + 1 in stalls
        came += [model.now + 1] * model.timestep(pixels[len(came) : len(came) + count], stall=stall)
        idle = 0 if model.moves or stall or (not count and len(came) < len(pixels)) else idle + 1
    assert len(came) == len(pixels)
    return model, came


def check(array, gaps=0.0):
    """Hold an array against plain convolution, and its accesses against plain geometry."""
    weights, images = draw_weights(array), draw_images(array)
    model, _ = run(array, weights, images, gaps)
    reference = [plain(array, weights, image) for image in images]
    for place, core in enumerate(array.cores):
        made = np.array([e.pixel for e in model.events if e.core == place])
        columns = slice(core.outputs[0], sum(core.outputs))
        if core.last:
            expected = [outputs[core.stage] for _, outputs, _ in reference]
        else:  # the sum over its own inputs and those of the cores before
            rows = slice(0, sum(core.inputs))
            expected = [
                plain_sums(array, weights, core.stage, taken[core.stage], rows)
                for taken, _, _ in reference
            ]
        assert np.array_equal(made, in_order(np.array(expected)[..., columns]))
        check_safe(array, model, place)
    if array.classes:
        for (_, _, scores), (_, _, expected) in zip(model.answers, reference, strict=True):
            assert np.array_equal(scores, expected)
    return model


def check_safe(array, model, place):
    """Hold a core's accesses against plain geometry, word for pixel."""
    core, layer = array.cores[place], array.stages[array.cores[place].stage].layer
    part = replace(layer, channels=core.inputs[1])
    memory = InputMemoryParams(layer=part, word_bits=8 * core.inputs[1], depth=1 << 16)
    log = np.concatenate(model.log)
    log = log[log[:, 1] == place]
    sums = np.isin(log[:, 2], (PUSH, POP))
    records = np.zeros(int((~sums).sum()), [("tick", "i8"), ("kind", "i8"), ("address", "i8")])
    for name, column in (("tick", 0), ("kind", 2), ("address", 3)):
        records[name] = log[~sums, column]
    assert violations(memory, records).size == 0
    assert sum_violations(log[sums][:, (0, 2, 3)]).size == 0
    outputs = IMAGES * layer.height_out * layer.width_out
    assert int(sums.sum()) == (0 if core.first else 2 * outputs)


@st.composite
def arrays(draw):
    """Draw up to two plain stages, then often a block with a residual, all of them split."""
    side, channels, stages = draw(st.integers(2, 7)), draw(st.integers(1, 5)), []
    image = channels

    def add(kernel, stride, padding, outputs, **change):
        nonlocal side, channels
        at = stages[change["source"]].made if change["source"] >= 0 else (size, size, image)
        made = stage(
            at[0], at[2], outputs, kernel, stride, padding,
            replicas=draw(st.sampled_from((1, 1, 2, 3))),
            row_parts=draw(st.integers(1, min(3, at[2]))),
            column_parts=draw(st.integers(1, min(2, outputs))), **change,
        )  # fmt: skip
        stages.append(made)
        side, channels = made.layer.height_out, outputs
        return len(stages) - 1

    size, last = side, -1
    for _ in range(draw(st.integers(1, 2))):
        kernel = draw(st.integers(1, min(3, side)))
        last = add(kernel, draw(st.integers(1, 2)), draw(st.integers(0, kernel - 1)),
                   draw(st.integers(1, 4)), source=last)  # fmt: skip
    if draw(st.booleans()):
        source, stride, outputs = last, draw(st.integers(1, 2)), draw(st.integers(1, 4))
        first = add(3, stride, 1, outputs, source=source)
        added, height = first, side
        if stride == 2 or stages[first].layer.channels != outputs:
            added = add(1, stride, 0, outputs, source=source)
        add(3, 1, 1, outputs, source=first, residual=added, gain=draw(st.integers(1, 90)),
            held=height * height + 3)  # fmt: skip
    classes = draw(st.integers(2, 3)) if side * side in (1, 4, 16) else 0
    return ArrayParams(
        stages=tuple(stages), classes=classes, word_bits=draw(st.sampled_from((8, 24, 128)))
    )


def drawn(examples):
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=slow
    )


@drawn(40)
@given(arrays(), st.sampled_from((0.0, 0.4)))
def test_random_arrays_equal_plain_convolution(array, gaps):
    note(repr(array))
    check(array, gaps)


@pytest.mark.slow
@drawn(500)
@given(arrays(), st.sampled_from((0.0, 0.4)))
def test_many_random_arrays_equal_plain_convolution(array, gaps):
    note(repr(array))
    check(array, gaps)


def test_a_row_part_costs_a_timestep_and_no_interval():
    ends = {}
    for parts in (1, 2, 3):
        split = (stage(8, 3, 4, row_parts=parts), stage(8, 4, 2, source=0, column_parts=2))
        model = check(ArrayParams(stages=split, classes=2))
        ends[parts] = [timestep for timestep, _, _ in model.answers]
    assert [ends[n][0] - ends[1][0] for n in (2, 3)] == [1, 2]
    assert {b - a for found in ends.values() for a, b in pairwise(found)} == {64}


def test_back_pressure_at_random_loses_no_partial_sum():
    split = (stage(4, 3, 4, row_parts=3), stage(4, 4, 2, source=0, row_parts=2, stride=2))
    array = ArrayParams(stages=split, classes=2)
    weights, images = draw_weights(array), draw_images(array, 12)
    ends = np.cumsum(np.random.default_rng(5).integers(1, 60, 40))
    stalls = {t for a, b in zip(ends[::2], ends[1::2], strict=True) for t in range(a, b)}
    model, came = run(array, weights, images, stalls=stalls)
    assert np.diff(came).max() > 10  # the first core had to wait
    expected = [plain(array, weights, image)[2].tolist() for image in images]
    assert [scores.tolist() for _, _, scores in model.answers] == expected


@pytest.mark.parametrize(("held", "works"), [(2, False), (6, True)])
def test_a_shortcut_needs_room_for_what_waits(held, works):
    stages = (
        stage(8, 1, 2), stage(8, 2, 3, stride=2, source=0),
        stage(8, 2, 3, kernel=1, padding=0, stride=2, source=0),
        stage(4, 3, 3, source=1, residual=2, gain=5, held=held),
    )  # fmt: skip
    array = ArrayParams(stages=stages, classes=2)
    if works:
        check(array)
        return
    model = ArrayDataflow(array, draw_weights(array))
    model.run(in_order(draw_images(array)), 1 << 20)
    assert model.now < 1 << 10 and not model.answers
    assert "stage 4 waits for pixels that cannot come while the 2 residual" in model.reason


def test_sums_have_the_width_of_the_rows_so_far():
    array = ArrayParams(stages=(stage(8, 56, 56, row_parts=2),), classes=0)
    assert [core.inputs for core in array.cores] == [(0, 28), (28, 28)]
    assert [core.sum_bits for core in array.cores] == [23, 24]  # 252 and 504 rows
    assert 504 * 128 * 128 < 1 << 23
    (sums,) = [stream for stream in array.streams if stream.kind == Kind.SUM]
    assert (sums.bits, sums.senders, sums.receivers) == (56 * 24, (0,), (1,))


def test_pixels_are_cut_where_a_sender_or_a_receiver_begins():
    split = (stage(4, 3, 20, column_parts=2), stage(4, 20, 1, source=0, row_parts=3))
    array = ArrayParams(stages=split, classes=0, word_bits=32)
    assert array.cuts(1) == [0, 7, 10, 14, 20]
    assert [core.words for core in array.cores[2:]] == [2, 2, 2]  # 7; 3 and 4; 6 channels


def test_the_check_of_partial_sums_can_fail():
    good = [(1, PUSH, 0), (2, PUSH, 1), (3, POP, 0), (3, PUSH, 0), (4, POP, 1), (5, POP, 0)]
    assert sum_violations(np.array(good)).size == 0
    overwritten = [(1, PUSH, 0), (2, PUSH, 0), (3, POP, 0)]
    assert sum_violations(np.array(overwritten)).tolist() == [[3, 0, 0]]
    early = [(1, POP, 0), (2, PUSH, 0)]
    assert sum_violations(np.array(early)).tolist() == [[1, 0, 0]]
    swapped = [(1, PUSH, 0), (2, PUSH, 1), (3, POP, 1)]
    assert sum_violations(np.array(swapped)).tolist() == [[3, 1, 0]]


@pytest.mark.parametrize(
    ("stages", "change", "message"),
    [
        ((), {}, "an array must have a stage"),
        ((stage(4, 1, 2), stage(4, 3, 2, source=0)), {}, r"stage 2 must take the \(4, 4, 2\)"),
        ((stage(4, 1, 2), stage(4, 2, 2)), {}, "stage 2 must take the output of an earlier one"),
        ((stage(4, 1, 1), stage(4, 1, 1, source=0, residual=1)), {}, "must come from an earlier"),
        ((stage(4, 1, 2), stage(4, 2, 2, source=0, residual=0)), {}, "must keep its shape"),
        ((stage(4, 1, 2), stage(4, 2, 2, source=0), stage(4, 2, 2, source=0)), {},
         "every stage but the last must be taken or added"),
        ((stage(3, 1, 2),), {}, "pixels must be a power of two, not 9"),
        ((stage(4, 40, 2),), {"depth": 35}, "of 3 words must fit in 35 words, in stage 1"),
        ((stage(4, 4, 8, row_parts=2),), {"link_bits": 64},
         "the partial sums of stage 1 are 192 bits each, and a link carries 64 in a timestep"),
        ((stage(4, 300, 1, kernel=16, padding=15),), {"depth": 1 << 12, "classes": 0},
         "the sums of stage 1 must fit in 31 bits"),
        ((stage(4, 4, 8),), {"weight_bits": 9}, "weight_bits must be in 2..8, not 9"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_a_sentence(stages, change, message):
    with pytest.raises(ValueError, match=message):
        ArrayParams(stages=stages, **change)
