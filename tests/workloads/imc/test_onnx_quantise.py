"""Integers of imported networks: the chip against ONNX's own integer convolution, and bounds."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper
from onnx.reference import ReferenceEvaluator

from goldspike.imc.engine import in_order
from goldspike.imc.onnx import run_graph
from goldspike.model.errors import InputError
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.workloads.imc.network import Cnn
from goldspike.workloads.imc.onnx_file import read_graph
from goldspike.workloads.imc.onnx_graph import layers_of
from goldspike.workloads.imc.onnx_layers import FloatNet
from goldspike.workloads.imc.onnx_quantise import (
    calibrate,
    float_scores,
    integer_layers,
    losses,
    quantise,
)

Make = Callable[..., Any]
PADDED = {"pads": [1, 1, 1, 1]}


def on_chip(cnn: Cnn, images: np.ndarray, crossbar: int = 4096) -> np.ndarray:
    """Return the scores of the golden model that counts in timesteps."""
    params = cnn.array(images.shape[1], crossbar, depth=4096)
    model = ArrayDataflow(params, cnn.weights)
    pixels, moves = in_order(images.astype(np.int8)), True
    while moves:
        pixels = pixels[model.run(pixels, 1000) :]
        moves = model.moves
    return np.array([scores for _, _, scores in model.answers])


def by_reference(cnn: Cnn, images: np.ndarray) -> np.ndarray:
    """Return the scores by ONNX's ConvInteger, and whole numbers of Python for the rest."""
    inputs = [images.astype(np.int8).transpose(0, 3, 1, 2)]
    added = {sink: (source, gain) for source, sink, gain in cnn.residuals}
    for k, kernel in enumerate(cnn.kernels):
        node = helper.make_node(
            "ConvInteger",
            ["x", "w"],
            ["y"],
            pads=[cnn.paddings[k]] * 4,
            strides=[cnn.strides[k]] * 2,
        )
        weights = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        (sums,) = cast(
            "list",
            ReferenceEvaluator(node).run(None, {"x": inputs[cnn.sources[k] + 1], "w": weights}),
        )
        out = np.zeros(sums.shape, np.int8)
        sender, gain = added.get(k, (0, 0))
        only_added = sender not in cnn.sources
        made = sender if only_added else cnn.sources[sender]
        for place in np.ndindex(*sums.shape):
            channel = place[1]
            total = int(sums[place]) * int(cnn.multipliers[k][channel]) + int(
                cnn.biases[k][channel]
            )
            total += int(inputs[made + 1][place]) * gain if gain else 0
            value = (2 * total + 2 ** cnn.shifts[k]) // 2 ** (cnn.shifts[k] + 1)
            out[place] = min(max(value, 0 if cnn.relus[k] else -128), 127)
        inputs.append(out)
    height, width = inputs[-1].shape[2:]
    sums = inputs[-1].astype(int).sum(axis=(2, 3))
    mean = (2 * sums + height * width) // (2 * height * width)
    return mean @ cnn.last.astype(int) + cnn.last_bias


def in_bounds(net: FloatNet, cnn: Cnn, scales: list[float]) -> None:
    """Every number is the nearest one, and none of them could be finer."""
    for k, layer in enumerate(net.layers):
        largest = np.abs(layer.kernel).max(axis=(0, 1, 2))
        step = np.where(largest > 0, largest / 127, 1) if layer.step is None else layer.step
        assert (np.abs(cnn.kernels[k] * step - layer.kernel) <= 0.5001 * step).all()
        one = 2.0 ** cnn.shifts[k]
        ratio, bias = scales[layer.source + 1] * step / scales[k + 1], layer.bias / scales[k + 1]
        assert np.abs(cnn.multipliers[k] / one - ratio).max() <= 0.5001 / one
        assert np.abs(cnn.biases[k] / one - bias).max() <= 0.5001 / one
        fits = (np.abs(ratio).max() * 2 * one, 32767), (np.abs(bias).max() * 2 * one, 2**31 - 1)
        assert cnn.shifts[k] == 40 or any(most > limit for most, limit in fits) or layer.added > -2
    for _, sink, gain in cnn.residuals:
        exact = scales[net.layers[sink].added + 1] / scales[sink + 1] * 2 ** cnn.shifts[sink]
        assert abs(gain - exact) <= 0.5001


@st.composite
def graphs(draw: Any, drawn: Make) -> Any:
    """Draw a graph: convolutions of all kinds, a residual, pooling, dense layers."""
    g = drawn(seed=draw(st.integers(0, 999)), side=draw(st.integers(4, 7)))
    x, channels, side = "x", 1, g.side
    for _ in range(draw(st.integers(1, 3))):
        kernel, stride = draw(st.sampled_from((1, 2, 3, 5, 7))), draw(st.sampled_from((1, 1, 2)))
        pad = draw(st.integers(0, kernel // 2))
        if side + 2 * pad < kernel:
            continue
        outputs = draw(st.integers(1, 4))
        made = g.conv(x, channels, outputs, kernel, strides=[stride] * 2, pads=[pad] * 4)
        made = g.norm(made, outputs) if draw(st.booleans()) else made
        x, channels = (g.node("Relu", made) if draw(st.booleans()) else made), outputs
        side = (side + 2 * pad - kernel) // stride + 1
        kind = draw(st.sampled_from(("none", "residual", "shortcut", "average", "maximum")))
        if kind == "residual":
            y = g.node("Relu", g.conv(x, channels, 3, **PADDED))
            x = g.node("Relu", g.node("Add", g.conv(y, 3, channels, **PADDED), x))
        elif kind == "shortcut":
            y = g.node("Relu", g.conv(x, channels, 3, strides=[2, 2], **PADDED))
            x = g.conv(x, channels, outputs + 1, 1, strides=[2, 2])
            channels, side = outputs + 1, (side + 1) // 2
            terms = [g.conv(y, 3, channels, **PADDED), x]
            x = g.node("Relu", g.node("Add", *draw(st.permutations(terms))))
        elif kind == "average" and side > 1:
            x = g.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
            side //= 2
        elif kind == "maximum" and side > 1:
            x = g.node("Relu", g.conv(x, channels, channels, 1))
            x = g.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
            side //= 2
    if draw(st.booleans()):
        return g, g.end(x, channels)
    x = g.gemm(g.node("Flatten", x), channels * side * side, 4)
    return g, (x if draw(st.booleans()) else g.gemm(g.node("Relu", x), 4))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_random_graphs_equal_a_reference_in_integers(drawn: Make, data: Any) -> None:
    g, scores = data.draw(graphs(drawn))
    graph = read_graph(g.save(scores))
    net = layers_of(graph)
    images = g.rng.integers(0, 128, (2, g.side, g.side, 1))
    assert np.allclose(
        run_graph(graph, images / 127), float_scores(net, [images / 127]), rtol=1e-4, atol=1e-4
    )
    scales = calibrate(net, 1 / 127, images / 127, data.draw(st.sampled_from((70, 100))))
    cnn = quantise(net, scales)
    in_bounds(net, cnn, scales)
    want = by_reference(cnn, images)
    assert integer_layers(cnn, images.astype(float))[-1].tolist() == want.tolist()
    for crossbar in (100, 4096):
        assert on_chip(cnn, images, crossbar).tolist() == want.tolist()


def pairs(g: Any, x: str, scale: float, zero: Any) -> str:
    """Add QuantizeLinear and DequantizeLinear."""
    parts = g.weight(scale), g.weight(zero, np.asarray(zero).dtype)
    return g.node("DequantizeLinear", g.node("QuantizeLinear", x, *parts), *parts)


def whole_weights(g: Any, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    return g.rng.integers(-127, 128, shape).astype(np.int8), g.rng.uniform(0.004, 0.008, shape[0])


def qdq(g: Any) -> str:
    x = pairs(g, "x", 1 / 127, np.int8(0))
    for inputs, zero in ((1, np.int8(0)), (4, np.int8(-128))):
        numbers, steps = whole_weights(g, 4, inputs, 3, 3)
        kind, origin = (np.int8, 0) if inputs == 1 else (np.uint8, 128)
        stored = numbers.astype(int) + origin
        given = g.weight(stored, kind), g.weight(steps), g.weight([origin] * 4, kind)
        weights = g.node("DequantizeLinear", *given, axis=0)
        x = g.node("Conv", x, weights, g.draw(4), **PADDED)
        x = g.node("Relu", x) if inputs == 1 else x
        x = pairs(g, x, 0.05 / (2 if zero else 1), zero)
    return g.end(x, 4)


def qlinear(g: Any) -> str:
    scale, zero = g.weight(1 / 127), g.weight(0, np.int8)
    x = g.node("QuantizeLinear", "x", scale, zero)
    numbers, steps = whole_weights(g, 4, 1, 3, 3)
    given = g.weight(numbers, np.int8), g.weight(steps), g.weight([0] * 4, np.int8)
    behind, low = g.weight(0.025), g.weight(-128, np.int8)
    bias = g.weight(g.rng.integers(-3000, 3000, 4), np.int32)
    x = g.node("QLinearConv", x, scale, zero, *given, behind, low, bias)
    x = g.node("Flatten", x)
    matrix = g.weight(g.rng.integers(-127, 128, (64, 5)), np.int8), g.weight(0.002), zero
    end = g.weight(0.1), g.weight(0, np.int8)
    x = g.node("QLinearMatMul", x, behind, low, *matrix, *end)
    return g.gemm(g.node("DequantizeLinear", x, *end), 5)


@pytest.mark.parametrize("make", [qdq, qlinear])
def test_quantised_graphs_keep_their_integers(make: Callable[[Any], str], drawn: Make) -> None:
    g = drawn(seed=3)
    graph = read_graph(g.save(make(g)))
    net = layers_of(graph)
    cnn = quantise(net, calibrate(net, 1 / 127, None, 100))  # without data: the file has all ranges
    held = {a.tobytes() for a in g.weights.values() if a.dtype == np.int8}
    first = np.ascontiguousarray(cnn.kernels[0].transpose(3, 2, 0, 1))
    assert first.tobytes() in held
    assert cnn.relus[:2] == ((True, True) if make is qdq else (True, False))
    images = g.rng.integers(0, 128, (20, 6, 6, 1))
    want = run_graph(graph, images / 127)
    have = integer_layers(cnn, images.astype(float))[-1]
    fit = np.polyfit(want.ravel(), have.ravel(), 1)
    assert np.abs(np.polyval(fit, want) - have).max() < 0.07 * np.ptp(have)
    assert on_chip(cnn, images[:2]).tolist() == have[:2].tolist()


def test_the_step_of_a_quantised_layer_is_that_of_the_file(drawn: Make) -> None:
    g = drawn(seed=3)
    net = layers_of(read_graph(g.save(qdq(g))))
    scales = calibrate(net, 1 / 127, None, 100)
    assert np.allclose(scales[1:3], [0.05, 0.025 * 255 / 127])  # int8 as it is; 0..255 on 0..127


def test_a_mean_has_the_step_of_what_it_is_of(drawn: Make) -> None:
    g = drawn()
    x = g.conv("x", 1, 4, **PADDED)
    y = g.conv(g.node("Relu", g.conv(x, 4, 3, strides=[2, 2], **PADDED)), 3, 4, **PADDED)
    mean = g.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    net = layers_of(read_graph(g.save(g.end(g.node("Add", y, g.conv(mean, 4, 4, 1)), 4))))
    scales = calibrate(net, 1 / 127, g.rng.random((4, 6, 6, 1)), 100)
    place = next(k for k, layer in enumerate(net.layers) if layer.inherits)
    assert net.layers[place].source == 0 and place == 2
    assert scales[place + 1] == scales[1] != scales[place]


def test_without_data_the_layer_that_needs_it_is_named(drawn: Make) -> None:
    g = drawn()
    net = layers_of(read_graph(g.save(g.end(g.conv("x", 1, 4), 4))))
    with pytest.raises(
        InputError, match=r"node 'Conv_0': the file does not say how large .* --data"
    ):
        calibrate(net, 1 / 127, None, 100)


def test_numbers_out_of_range_are_refused(drawn: Make) -> None:
    g = drawn()
    net = layers_of(read_graph(g.save(g.end(g.conv("x", 1, 4), 4))))
    with pytest.raises(InputError, match="node 'Conv_0': its weights or biases are too large"):
        quantise(net, [1, 1e-12])
    net.last.bias += 1e12
    with pytest.raises(InputError, match="node 'Gemm_3': its biases are too large"):
        quantise(net, [1 / 127, 1 / 127])


def test_losses_find_the_layer_that_loses(drawn: Make) -> None:
    g = drawn(seed=5)
    x = g.node("Relu", g.conv("x", 1, 4, **PADDED))
    net = layers_of(read_graph(g.save(g.end(g.node("Relu", g.conv(x, 4, 4)), 4))))
    images = g.rng.integers(0, 128, (64, 6, 6, 1)).astype(float)
    y = float_scores(net, [images / 127]).argmax(axis=1)
    scales = calibrate(net, 1 / 127, images / 127, 100)
    right, good = losses(net, quantise(net, scales), scales, (images / 127, images), y)
    assert right == 1 and min(layer.accuracy for layer in good) > 0.9
    assert max(layer.error for layer in good[:2]) < 0.03 and good[1].saturated == 0
    narrow = [scales[0], scales[1], scales[2] / 20]
    _, bad = losses(net, quantise(net, narrow), narrow, (images / 127, images), y)
    assert bad[0] == good[0]
    assert bad[1].error > 0.5 and bad[1].saturated > 0.2
