"""Every node that the chip runs computes what ONNX's reference does; every other one is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from goldspike.imc.onnx import run_graph
from goldspike.model.errors import InputError
from goldspike.workloads.imc.onnx_file import read_graph
from goldspike.workloads.imc.onnx_graph import NODES, layers_of
from goldspike.workloads.imc.onnx_layers import FloatNet
from goldspike.workloads.imc.onnx_quantise import float_scores

Make = Callable[..., Any]
PADDED = {"pads": [1, 1, 1, 1]}


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        layers_of(read_graph(path))
    return str(caught.value)


def conv(g: Any) -> str:
    return g.end(g.node("Relu", g.conv("x", 1, 4, strides=[2, 2], **PADDED)), 4)


def large(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4, 7, pads=[3, 3, 3, 3]))
    return g.end(g.conv(x, 4, 2, 5, auto_pad="VALID"), 2)


def same_upper(g: Any) -> str:
    x = g.conv("x", 1, 4, 3, strides=[2, 2], auto_pad="SAME_UPPER")
    return g.end(g.conv(x, 4, 3, 2, auto_pad="SAME_LOWER"), 3)


def batch_norm(g: Any) -> str:
    x = g.node("Relu", g.norm(g.conv("x", 1, 4, **PADDED), 4))
    return g.norm(g.gemm(g.node("Flatten", x), 144), 3)


def residual(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4, **PADDED))
    y = g.conv(g.node("Relu", g.conv(x, 4, 3, **PADDED)), 3, 4, **PADDED)
    return g.end(g.node("Relu", g.node("Add", x, y)), 4)


def shortcut(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4, **PADDED))
    y = g.conv(g.node("Relu", g.conv(x, 4, 3, strides=[2, 2], **PADDED)), 3, 5, **PADDED)
    side = g.norm(g.conv(x, 4, 5, 1, strides=[2, 2]), 5)  # behind what it is added to
    return g.end(g.node("Relu", g.node("Add", y, side)), 5)


def image_residual(g: Any) -> str:
    y = g.conv(g.node("Relu", g.conv("x", 1, 4, **PADDED)), 4, 1, **PADDED)
    return g.end(g.node("Add", y, "x"), 1)


def biases(g: Any) -> str:
    x = g.node("Add", g.draw(1, 4, 1, 1), g.node("Conv", "x", g.draw(4, 1, 3, 3)))
    x = g.node("Flatten", g.node("Relu", x))
    x = g.node("Relu", g.node("Add", g.node("MatMul", x, g.draw(64, 5)), g.draw(5)))
    return g.node("Add", g.node("MatMul", x, g.draw(5, 3)), g.draw(1, 3))


def average(g: Any) -> str:
    x = g.node("AveragePool", g.conv("x", 1, 4), kernel_shape=[2, 2], strides=[2, 2])
    return g.gemm(g.node("Flatten", g.node("Relu", x)), 16)


def padded_average(g: Any) -> str:
    x = g.node("AveragePool", g.conv("x", 1, 4), kernel_shape=[3, 3], count_include_pad=1, **PADDED)
    return g.end(x, 4)


def odd_mean(g: Any) -> str:  # 5 x 5 pixels, and a hidden layer behind them
    x = g.node("ReduceMean", g.conv("x", 1, 4, 2), g.weight([-1, 2], np.int64), keepdims=0)
    return g.gemm(g.node("Relu", g.gemm(x, 4, 6)), 6)


def whole_mean(g: Any) -> str:
    x = g.node("AveragePool", g.conv("x", 1, 3), kernel_shape=[4, 4])
    return g.node("Squeeze", x, g.weight([2, 3], np.int64))


def maximum(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 3, 2))
    x = g.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    return g.gemm(g.node("Flatten", x), 12)


def maximum_first(g: Any) -> str:
    x = g.node("MaxPool", g.conv("x", 1, 3, **PADDED), kernel_shape=[2, 2], strides=[2, 2])
    return g.gemm(g.node("Flatten", g.node("Relu", x)), 27)


def dense(g: Any) -> str:
    x = g.node("Reshape", "x", g.weight([-1, 36], np.int64))
    return g.node("LogSoftmax", g.gemm(x, 36, 4))


def scores_by_mean(g: Any) -> str:
    x = g.node("Dropout", g.node("Identity", g.conv("x", 1, 5)))
    return g.node("Softmax", g.node("Flatten", g.node("GlobalAveragePool", x)), axis=1)


def computed(g: Any) -> str:
    weights = g.node("Transpose", g.draw(3, 3, 1, 4), perm=[3, 2, 0, 1])
    return g.end(g.node("Conv", "x", weights, ""), 4)


DRAWN = (
    conv, large, same_upper, batch_norm, residual, shortcut, image_residual, biases, average,
    padded_average, odd_mean, whole_mean, maximum, maximum_first, dense, scores_by_mean, computed,
)  # fmt: skip
ORDER_ONLY = ("Softmax", "LogSoftmax")


@pytest.mark.parametrize("make", DRAWN, ids=lambda make: make.__name__)
def test_layers_compute_what_the_graph_does(make: Callable[[Any], str], drawn: Make) -> None:
    g = drawn()
    graph = read_graph(g.save(make(g)))
    net = layers_of(graph)
    x = g.rng.random((3, 6, 6, 1))
    want, have = run_graph(graph, x), float_scores(net, [x])
    if g.nodes[-1].op_type in ORDER_ONLY:
        have = np.exp(have) / np.exp(have).sum(axis=1, keepdims=True)
        want = np.exp(want) if g.nodes[-1].op_type == "LogSoftmax" else want
        assert "left out" in net.notes[0]
    assert np.abs(want - have).max() < 1e-5


def layers(make: Callable[[Any], str], g: Any) -> FloatNet:
    return layers_of(read_graph(g.save(make(g))))


def test_a_shortcut_comes_before_the_layer_that_adds_it(drawn: Make) -> None:
    found = [(x.source, x.added, x.sender) for x in layers(shortcut, drawn()).layers[:4]]
    assert found == [(-1, -2, -1), (0, -2, -1), (0, -2, -1), (1, 2, 2)]


def test_the_chips_own_mean_and_matrix_are_used_where_they_fit(drawn: Make) -> None:
    assert [len(layers(make, drawn()).layers) for make in (conv, odd_mean, dense)] == [2, 3, 1]
    found = layers(whole_mean, drawn())
    assert len(found.layers) == 1 and found.last.name == "scores"
    assert layers(maximum, drawn()).notes == [
        "node 'MaxPool_2' (MaxPool): three layers, of differences and sums"
    ]


QUANTISED = {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul"}
"""Nodes that are tried in test_onnx_quantise.py."""


def test_every_node_that_the_chip_runs_is_tried(drawn: Make) -> None:
    g = drawn()
    for make in DRAWN:
        make(g)
    assert {node.op_type for node in g.nodes} | QUANTISED == {*NODES, "Transpose"}


def unknown(g: Any) -> str:
    return g.node("Sigmoid", g.conv("x", 1, 4))


def foreign(g: Any) -> str:
    return g.node("QLinearAdd", g.conv("x", 1, 4), domain="com.microsoft")


def groups(g: Any) -> str:
    x = g.conv("x", 1, 4)
    return g.node("Conv", x, g.draw(4, 2, 3, 3), group=2)


def dilated(g: Any) -> str:
    return g.conv("x", 1, 4, 2, dilations=[2, 2])


def oblong(g: Any) -> str:
    return g.node("Conv", "x", g.draw(4, 1, 3, 1))


def lopsided(g: Any) -> str:
    return g.conv("x", 1, 4, pads=[1, 0, 1, 0])


def huge(g: Any) -> str:
    return g.conv("x", 1, 4, 17, pads=[8] * 4)


def too_large(g: Any) -> str:
    return g.conv("x", 1, 4, 7)


def mismatched(g: Any) -> str:
    return g.conv(g.conv("x", 1, 4), 3, 4)


def many_inputs(g: Any) -> str:
    return g.gemm(g.node("Flatten", "x"), 35)


def unflattened(g: Any) -> str:
    return g.node("MatMul", g.conv("x", 1, 4), g.draw(4, 3))


def too_near(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4))
    return g.end(g.node("Add", g.conv(x, 4, 4, **PADDED), x), 4)


def twice(g: Any) -> str:
    x = y = g.node("Relu", g.conv("x", 1, 4))
    for _ in range(2):
        y = g.conv(g.node("Relu", g.conv(y, 4, 4, **PADDED)), 4, 4, **PADDED)
        y = g.node("Relu", g.node("Add", y, x))
    return g.end(y, 4)


def three_terms(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4))
    y = g.conv(g.node("Relu", g.conv(x, 4, 4, **PADDED)), 4, 4, **PADDED)
    return g.node("Add", g.node("Add", y, x), x)


def used_before(g: Any) -> str:
    x = g.conv("x", 1, 4)
    g.node("Relu", x)
    y = g.conv(x, 4, 4, **PADDED)
    return g.node("Add", y, g.node("Relu", x))


def late_norm(g: Any) -> str:
    return g.norm(g.node("Relu", g.conv("x", 1, 4)), 4)


def late_bias(g: Any) -> str:
    return g.node("Add", g.node("Relu", g.conv("x", 1, 4)), g.draw(4, 1, 1))


def map_bias(g: Any) -> str:
    return g.node("Add", g.conv("x", 1, 4), g.draw(1, 4, 4, 4))


def signed_maximum(g: Any) -> str:
    return g.node("MaxPool", g.conv("x", 1, 4), kernel_shape=[2, 2], strides=[2, 2])


def overlapping(g: Any) -> str:
    x = g.node("Relu", g.conv("x", 1, 4))
    return g.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])


def excluded_padding(g: Any) -> str:
    return g.node("AveragePool", g.conv("x", 1, 4), kernel_shape=[3, 3], **PADDED)


def part_mean(g: Any) -> str:
    return g.node("ReduceMean", g.conv("x", 1, 4), g.weight([1], np.int64))


def early_softmax(g: Any) -> str:
    return g.conv(g.node("Softmax", g.conv("x", 1, 4), axis=1), 4, 4)


def maps(g: Any) -> str:
    return g.conv("x", 1, 4)


def one_class(g: Any) -> str:
    return g.gemm(g.node("Flatten", g.conv("x", 1, 4)), 64, 1)


def reshaped(g: Any) -> str:
    return g.node("Reshape", g.conv("x", 1, 4), g.weight([-1, 8, 8], np.int64))


def not_a_number(g: Any) -> str:
    return g.end(g.node("Conv", "x", g.weight(np.full((4, 1, 3, 3), np.nan))), 4)


def wrong_bias(g: Any) -> str:
    return g.end(g.node("Conv", "x", g.draw(4, 1, 3, 3), g.draw(3)), 4)


def wrong_norm(g: Any) -> str:
    return g.end(g.norm(g.conv("x", 1, 4), 3), 4)


def impossible(g: Any) -> str:
    return g.node("Conv", "x", g.node("Reshape", g.draw(36), g.weight([5, 7], np.int64)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (not_a_number, "node 'Conv_0': expected weights that are finite numbers"),
        (wrong_bias, "node 'Conv_0': expected one bias per output"),
        (wrong_norm, "node 'BatchNormalization_1' (BatchNormalization): its weights or attributes"),
        (impossible, "node 'Reshape_0' (Reshape): it cannot be computed ("),
        (unknown, "node 'Sigmoid_1' (Sigmoid): the chip has nothing for it; it runs Add, Average"),
        (foreign, "node 'QLinearAdd_1' (com.microsoft.QLinearAdd): the chip has nothing"),
        (groups, "node 'Conv_1' (Conv): expected group 1, not 2"),
        (dilated, "node 'Conv_0' (Conv): expected a square kernel, one stride both ways and no di"),
        (oblong, "node 'Conv_0' (Conv): expected a square kernel"),
        (lopsided, "node 'Conv_0' (Conv): expected the same padding of rows and columns"),
        (huge, "node 'Conv_0' (Conv): kernel must be in 1..16, not 17"),
        (too_large, "node 'Conv_0' (Conv): a kernel of 7 must fit in 6 x 6 pixels"),
        (mismatched, "node 'Conv_1' (Conv): its weights take 3 channels, but 4 come in"),
        (many_inputs, "node 'Gemm_1' (Gemm): its weights take 35 inputs, but 36 come in"),
        (unflattened, "node 'MatMul_1' (MatMul): expected a Flatten before it"),
        (too_near, "node 'Add_3' (Add): the chip reads a residual from the memory of an earlier"),
        (twice, "node 'Add_10' (Add): the chip reads a residual from the memory of an earlier"),
        (three_terms, "node 'Add_6' (Add): the chip adds to what a layer makes before its ReLU"),
        (used_before, "node 'Relu_1' (Relu): its input is used without the ReLU, too"),
        (late_norm, "node 'BatchNormalization_2' (BatchNormalization): expected it right behind"),
        (late_bias, "node 'Add_2' (Add): a constant must be added right behind a Conv"),
        (map_bias, "node 'Add_1' (Add): expected one bias per channel, not (1, 4, 4, 4)"),
        (signed_maximum, "node 'MaxPool_1' (MaxPool): the chip has no maximum of values that may"),
        (overlapping, "node 'MaxPool_2' (MaxPool): the chip has no maximum; of 2 x 2 pixels"),
        (excluded_padding, "node 'AveragePool_1' (AveragePool): expected no padding"),
        (part_mean, "node 'ReduceMean_1' (ReduceMean): expected a mean over rows and columns"),
        (early_softmax, "node 'Softmax_1' (Softmax): expected it at the end only"),
        (maps, "output 't0': expected one score for each of two or more classes, not 4 x 4 x 4"),
        (one_class, "output 't2': expected one score for each of two or more classes"),
        (reshaped, "node 'Reshape_1' (Reshape): expected all but the images in one row"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_the_chip_lacks_is_named(
    make: Callable[[Any], str], message: str, drawn: Make
) -> None:
    g = drawn()
    assert refused(g.save(make(g))).startswith(message)


def test_weights_must_be_in_the_file(drawn: Make) -> None:
    g = drawn()
    path = g.save(conv(g))
    model = onnx.load(path)
    del model.graph.initializer[0]
    onnx.save(model, path)
    assert refused(path) == "node 'Conv_0' (Conv): its input 'w0' is not in the file"


def test_weights_must_not_be_inputs(drawn: Make) -> None:
    g = drawn()
    path = g.save(conv(g))
    model = onnx.load(path)
    model.graph.input.append(onnx.helper.make_tensor_value_info("w0", 1, [4, 1, 3, 3]))
    del model.graph.initializer[0]
    onnx.save(model, path)
    assert "its inputs are x, w0" in refused(path)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (["n", 1, "height", 6], "input 'x': expected images of a fixed size"),
        (["n", 2, 6, 6], "input 'x': expected square images of floats, grey or in 3 colours"),
        (["n", 1, 6, 7], "n x 1 (or 3) x side x side, not n x 1 x 6 x 7"),
        (
            ["n", 36],
            "input 'x': expected images of a fixed size, n x 1 (or 3) x side x side, not n x 36",
        ),
    ],
)
def test_images_must_have_one_size(shape: list, message: str, drawn: Make) -> None:
    g = drawn()
    g.shape = shape
    assert message in refused(g.save(conv(g)))


def test_a_file_must_be_a_model(tmp_path: Path, drawn: Make) -> None:
    path = tmp_path / "drawn.onnx"
    path.write_bytes(b"no model")
    assert refused(path).startswith("expected an ONNX model, but it cannot be read (")
    for head, what in ((b"", "an empty file"), (b"\x1f\x8b\x08", "a gzip file"),
                       (b"\x89HDF\r\n\x1a\n", "an HDF5 file")):  # fmt: skip
        path.write_bytes(head)
        assert refused(path) == f"expected an ONNX model, but it is {what}"
    g = drawn()
    path = g.save(conv(g))
    path.write_bytes(path.read_bytes()[:200])
    assert refused(path).startswith("expected an ONNX model, but it cannot be read (")
