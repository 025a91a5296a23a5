"""Random networks on small crossbars: plain integers, timestep model and circuit say the same.

Two to six layers with strides, kernels of 1 to 3, residuals, shortcuts and pooling; crossbars so
small that rows and columns split. Of the circuit, every activation and every partial sum with its
timestep is compared, and every answer. A failure prints the smallest network that shows it.
"""

from collections.abc import Container

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, note, seed, settings
from hypothesis import strategies as st

from goldspike.imc.circuit import check_outputs
from goldspike.imc.engine import run_model, total
from goldspike.imc.loaded import as_circuit
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.workloads.imc.convolution import convolve
from goldspike.workloads.imc.network import Cnn, ImageScale

IMAGES = 3
MOST_CORES = 14
SIDES = (1, 2, 4)
"""Pixels a side that the pooling takes."""

Case = tuple[Cnn, ArrayParams, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a network, its array, and images."""
    side, channels = draw(st.integers(3, 6)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    image = ImageScale(mean=(0.5,) * channels, deviation=(0.5,) * channels)
    layers: list[tuple[int, int, int, int, int]] = []  # source, kernel, stride, padding, outputs
    made = {-1: (side, channels)}
    residuals: list[tuple[int, int, int]] = []

    def add(source: int, kernel: int, stride: int, padding: int, outputs: int) -> int:
        height = (made[source][0] + 2 * padding - kernel) // stride + 1
        made[len(layers)] = height, outputs
        layers.append((source, kernel, stride, padding, outputs))
        return len(layers) - 1

    def any_layer(ends: Container[int] = range(1, 9)) -> int:
        at = len(layers) - 1
        fitting = [
            (kernel, stride, padding)
            for kernel in (1, 3, 2)
            for stride in (1, 2)
            for padding in range(kernel)
            if kernel <= made[at][0] + 2 * padding
            and (made[at][0] + 2 * padding - kernel) // stride + 1 in ends
        ]
        assume(fitting)
        return add(at, *draw(st.sampled_from(fitting)), draw(outputs))

    outputs = st.integers(1, 5)
    before = any_layer()
    if draw(st.booleans()):
        before = any_layer()
    if draw(st.booleans()):  # a block with a residual
        stride, size = draw(st.sampled_from((1, 2))), draw(outputs)
        first = source = add(before, 3, stride, 1, size)
        if stride == 2 or made[before][1] != size:
            source = add(before, 1, stride, 0, size)  # a shortcut
        last = add(first, 3, 1, 1, size)
        residuals.append((source, last, draw(st.sampled_from((1, 40, -9)))))
    any_layer(SIDES)

    kernels = [
        rng.integers(-128, 128, (k, k, made[source][1], size)).astype(np.int8)
        for source, k, _, _, size in layers
    ]
    sizes = [size for *_, size in layers]
    classes = draw(st.integers(2, 4))
    net = Cnn(
        kernels=tuple(kernels),
        strides=tuple(stride for _, _, stride, _, _ in layers),
        shifts=tuple(int(s) for s in rng.integers(6, 11, len(layers))),
        multipliers=tuple(rng.integers(1, 4, size) for size in sizes),
        biases=tuple(rng.integers(-900, 900, size) for size in sizes),
        residuals=tuple(residuals),
        last=rng.integers(-128, 128, (sizes[-1], classes)).astype(np.int8),
        last_bias=rng.integers(-99, 99, classes),
        paddings=tuple(padding for _, _, _, padding, _ in layers),
        relus=tuple(bool(relu) for relu in rng.integers(0, 2, len(layers))),
        sources=tuple(source for source, *_ in layers),
        image=image,
    )
    array = net.array(
        side, draw(st.sampled_from((9, 12, 20, 36))), word_bits=draw(st.sampled_from((16, 8, 40)))
    )
    columns = (range(1, 1 + min(2, size)) for size in sizes)
    array = array.changed(column_parts=tuple(draw(st.sampled_from(c)) for c in columns))
    if not residuals:  # which would have to wait where replicas differ
        array = array.changed(replicas=tuple(draw(st.integers(1, 2)) for _ in sizes))
    assume(len(array.cores) <= MOST_CORES)
    images = rng.integers(-128, 128, (IMAGES, side, side, channels)).astype(np.int8)
    return net, array, images


def plain(net: Cnn, array: ArrayParams, image: np.ndarray) -> tuple[list[np.ndarray], list[int]]:
    """Return what every layer makes of an image, and the class scores, in plain integers."""
    made: list[np.ndarray] = []
    taken: list[np.ndarray] = []
    residuals = {sink: (source, gain) for source, sink, gain in net.residuals}
    for k, kernel in enumerate(net.kernels):
        taken.append(image if net.sources[k] < 0 else made[net.sources[k]])
        total = convolve(taken[k], kernel, array.stages[k].layer)
        total = total * net.multipliers[k] + net.biases[k]
        if k in residuals:
            source, gain = residuals[k]
            shortcut = source not in net.sources
            total += gain * (made if shortcut else taken)[source].astype(np.int64)
        half = 1 << net.shifts[k] >> 1
        low = 0 if net.relus[k] else -128
        made.append(np.clip(total + half >> net.shifts[k], low, 127).astype(np.int8))
    pixels = made[-1].shape[0] * made[-1].shape[1]
    mean = (made[-1].sum(axis=(0, 1), dtype=np.int64) + pixels // 2) // pixels
    return made, (mean @ net.last.astype(np.int64) + net.last_bias).tolist()


def check(case: Case, *, rtl: bool) -> None:
    """Hold all levels against each other on a network."""
    net, array, images = case
    note(repr(array))
    model = ArrayDataflow(array, net.weights, traced=True)
    pixels = images.transpose(0, 2, 1, 3).reshape(-1, images.shape[3])
    model.run(pixels, 1 << 20)
    expected = [plain(net, array, image) for image in images]
    for place, core in enumerate(array.cores):
        if core.last:
            found = [event.pixel.tolist() for event in model.events if event.core == place]
            columns = slice(core.outputs[0], sum(core.outputs))
            whole = np.array([made[core.stage] for made, _ in expected])[..., columns]
            assert found == whole.transpose(0, 2, 1, 3).reshape(-1, core.outputs[1]).tolist()
    assert [scores.tolist() for _, _, scores in model.answers] == [s for _, s in expected]
    if rtl:
        circuit = as_circuit(array, 9, brief=True)
        result = total([*check_outputs(circuit, net.weights, images)])
        assert result == total([*run_model(array, net.weights, images)])


def drawn(examples: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=examples, deadline=None, database=None, suppress_health_check=slow)


@seed(21)
@drawn(40)
@given(cases())
def test_the_model_equals_plain_integers_on_random_networks(case: Case) -> None:
    check(case, rtl=False)


def is_split(case: Case) -> bool:
    """Return whether there are partial sums, column parts and a residual."""
    net, array, _ = case
    rows, columns = ({getattr(s, n) for s in array.stages} for n in ("row_parts", "column_parts"))
    parts = max(rows) > 1 and max(columns) > 1
    return bool(net.residuals) and parts and len(array.cores) < 10  # quick to build


@seed(21)
@drawn(1)
@given(cases().filter(is_split))
def test_the_circuit_equals_plain_integers_on_random_networks(case: Case) -> None:
    check(case, rtl=True)


@pytest.mark.slow
@seed(22)
@drawn(1000)
@given(cases())
def test_the_model_equals_plain_integers_on_many_random_networks(case: Case) -> None:
    check(case, rtl=False)


@pytest.mark.slow
@seed(22)
@drawn(60)
@given(cases())
def test_the_circuit_equals_plain_integers_on_many_random_networks(case: Case) -> None:
    check(case, rtl=True)
