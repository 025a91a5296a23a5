"""ONNX's nodes, each turned into what the CNN chip has for it.

One function per kind of node; :mod:`goldspike.workloads.imc.onnx_layers` says what layers are.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from goldspike.model.errors import InputError
from goldspike.workloads.imc.onnx_file import Graph, Node, dequantised
from goldspike.workloads.imc.onnx_layers import FloatLayer, FloatNet, Floats, Value, Walk

__all__ = ["NODES", "layers_of"]


def layers_of(graph: Graph) -> FloatNet:
    """Return a graph as layers of the chip.

    Raises
    ------
    InputError
        If the chip lacks something; the sentence names the node.
    """
    walk = Walk(graph)
    for node in graph.nodes:
        make = NODES.get(node.op)
        if make is None:
            known = ", ".join(sorted(NODES))
            raise InputError(f"{node}: the chip has nothing for it; it runs {known}")
        try:
            made = make(walk, node)
        except (ValueError, IndexError, KeyError, TypeError, AssertionError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{node}: its weights or attributes do not fit ({error})") from None
        kept = made.open if graph.readers[node.outputs[0]] == 1 else 0
        walk.values[node.outputs[0]] = replace(made, open=kept)
        if made.layer >= 0:
            walk.layers[made.layer].tensor = node.outputs[0]
    return walk.finish()


def conv(walk: Walk, node: Node) -> Value:
    """Conv and QLinearConv."""
    quantised = node.op == "QLinearConv"
    value = walk.value(node)
    if node.attributes.get("group", 1) != 1:
        raise InputError(f"{node}: expected group 1, not {node.attributes['group']}")
    if quantised:
        held, scale, zero = (walk.constant(node, place) for place in (3, 4, 5))
        assert held is not None and scale is not None
        weights = dequantised(held.array, scale.array, zero and zero.array, 0)
    else:
        weights = walk.constant(node, 1)
        assert weights is not None
    if weights.array.ndim != 4:
        raise InputError(f"{node}: expected a convolution over two dimensions")
    kernel = weights.array.astype(np.float64).transpose(2, 3, 1, 0)
    outputs = kernel.shape[3]
    step = None
    if weights.step is not None and (weights.step.size == 1 or weights.axis == 0):
        step = np.broadcast_to(weights.step, (outputs,))
    bias = np.zeros(outputs)
    if quantised and len(node.inputs) > 8:
        bias = walk.array(node, 8) * float(walk.array(node, 1)) * walk.array(node, 4)
    elif not quantised and walk.constant(node, 2) is not None:
        bias = walk.array(node, 2)
    kernel, stride, padding = windows(node, kernel, value.shape[1])
    layer = FloatLayer(node.name, kernel, bias, stride, padding, step=step)
    made = walk.add(node, value, layer)
    return ranged(walk, node, made, 6) if quantised else made


def windows(node: Node, kernel: Floats, side: int) -> tuple[Floats, int, int]:
    """Return kernel, stride and padding; zeros fill a kernel whose padding differs at the ends."""
    get = node.attributes.get
    f, wide = kernel.shape[:2]
    strides, dilations = get("strides", [1, 1]), get("dilations", [1, 1])
    if f != wide or len({*strides}) > 1 or {*dilations} != {1}:
        raise InputError(
            f"{node}: expected a square kernel, one stride both ways and no dilation, not "
            f"{f} x {wide}, {list(strides)} and {list(dilations)}"
        )
    stride, pads = strides[0], get("pads", [0, 0, 0, 0])
    auto = get("auto_pad", b"NOTSET").decode()
    if auto.startswith("SAME"):
        total = max((-(-side // stride) - 1) * stride + f - side, 0)
        less, more = total // 2, total - total // 2
        pads = [less, less, more, more] if auto == "SAME_UPPER" else [more, more, less, less]
    (begin, left, end, right) = pads
    if begin != left or end != right:
        raise InputError(f"{node}: expected the same padding of rows and columns, not {list(pads)}")
    padding = max(begin, end)
    fill = (padding - begin, padding - end)
    return np.pad(kernel, (fill, fill, (0, 0), (0, 0))), stride, padding


def dense(walk: Walk, node: Node) -> Value:
    """Gemm, MatMul and QLinearMatMul: a kernel as large as the image."""
    value = walk.value(node)
    channels, side, _ = value.shape
    get, quantised = node.attributes.get, node.op == "QLinearMatMul"
    if not value.flat and side > 1:
        raise InputError(f"{node}: expected a Flatten before it")
    if quantised:
        held, scale, zero = (walk.constant(node, place) for place in (3, 4, 5))
        assert held is not None and scale is not None
        weights = dequantised(held.array, scale.array, zero and zero.array, 1)
    else:
        weights = walk.constant(node, 1)
        assert weights is not None
    matrix, axis = weights.array.astype(np.float64) * get("alpha", 1.0), 1
    if get("transA", 0) or matrix.ndim != 2:
        raise InputError(f"{node}: expected a matrix of weights on the right")
    if get("transB", 0):
        matrix, axis = matrix.T, 0
    if matrix.shape[0] != channels * side * side:
        raise InputError(
            f"{node}: its weights take {matrix.shape[0]} inputs, but {channels * side * side} "
            "come in"
        )
    outputs, step = matrix.shape[1], None
    if weights.step is not None and (weights.step.size == 1 or weights.axis in (axis, axis - 2)):
        step = np.broadcast_to(weights.step * abs(get("alpha", 1.0)), (outputs,))
    bias = np.zeros(outputs)
    if node.op == "Gemm" and walk.constant(node, 2) is not None:
        bias = bias + walk.array(node, 2).ravel() * get("beta", 1.0)
    kernel = matrix.reshape(channels, side, side, outputs).transpose(1, 2, 0, 3)
    layer = FloatLayer(node.name, kernel, bias, step=step)
    made = replace(walk.add(node, value, layer), flat=True)
    return ranged(walk, node, made, 6) if quantised else made


def norm(walk: Walk, node: Node) -> Value:
    """BatchNormalization, folded into the weights of the layer before it."""
    layer = walk.linear(node, "expected it right behind a Conv or Gemm, to be folded into it")
    gain, shift, mean, variance = (walk.array(node, place) for place in range(1, 5))
    factor = gain / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    layer.kernel = layer.kernel * factor
    layer.bias = (layer.bias - mean) * factor + shift
    layer.step = None if layer.step is None else np.abs(layer.step * factor)
    return walk.value(node)


def relu(walk: Walk, node: Node) -> Value:
    """Relu; a second one changes nothing."""
    value = walk.value(node)
    if not (value.layer < 0 or walk.layers[value.layer].relu):
        walk.linear(node, "its input is used without the ReLU, too", 1).relu = True
    return replace(value, open=0)


def add(walk: Walk, node: Node) -> Value:
    """Add: a bias, or the input of an earlier layer as a residual."""
    constants = [place for place in (0, 1) if node.inputs[place] in walk.graph.constants]
    if constants:
        what = "a constant must be added right behind a Conv or Gemm, as its bias"
        layer = walk.linear(node, what, place=1 - constants[0])
        bias, outputs = walk.array(node, constants[0]), layer.bias.size
        value = walk.value(node, 1 - constants[0])
        fits = (outputs,) if value.flat else (outputs, 1, 1)
        if bias.size not in (1, outputs) or (bias.size > 1 and bias.shape[-len(fits) :] != fits):
            raise InputError(f"{node}: expected one bias per channel, not {bias.shape}")
        layer.bias = layer.bias + bias.ravel()
        return value
    terms = [walk.value(node, place) for place in (0, 1)]
    sums = [term for term in terms if term.open == 2]
    if not sums:
        raise InputError(f"{node}: the chip adds to what a layer makes before its ReLU")
    sink = max(sums, key=lambda term: walk.depths[term.layer])
    added = terms[0] if terms[1] is sink else terms[1]
    if sink.shape != added.shape:
        raise InputError(f"{node}: expected two tensors of one shape")
    layer = walk.layers[sink.layer]
    if layer.added != -2:
        raise InputError(f"{node}: a core adds one residual at most")
    layer.added, layer.adds, layer.largest = added.layer, str(node), None
    return replace(sink, open=1)


def average(walk: Walk, node: Node) -> Value:
    """AveragePool, GlobalAveragePool, and ReduceMean over rows and columns."""
    value = walk.value(node)
    channels, side, _ = value.shape
    get = node.attributes.get
    whole = node.op != "AveragePool"
    if node.op == "ReduceMean":
        axes = get("axes")
        axes = walk.array(node, 1).astype(int).tolist() if axes is None else axes
        if {axis % 4 for axis in axes} != {2, 3} or value.flat:
            raise InputError(f"{node}: expected a mean over rows and columns, not axes {axes}")
    size = (side, side) if whole else get("kernel_shape", ())
    kernel = np.zeros((*size, channels, channels))
    kernel[:, :, range(channels), range(channels)] = 1 / (size[0] * size[1])
    kernel, stride, padding = windows(node, kernel, side)
    if padding and not get("count_include_pad", 0):
        raise InputError(f"{node}: expected no padding, or one that counts as zeros")
    if get("ceil_mode", 0) and (side + 2 * padding - len(kernel)) % stride:
        raise InputError(f"{node}: expected windows that fill the image (ceil_mode 0)")
    whole |= len(kernel) == side and not padding
    step = np.full(channels, 1 / (size[0] * size[1]))
    layer = FloatLayer(node.name, kernel, np.zeros(channels), stride, padding, step=step)
    layer.inherits, layer.mean = True, whole
    made = walk.add(node, value, layer)
    flat = node.op == "ReduceMean" and not get("keepdims", 1)
    return replace(made, open=1, flat=flat)


def maximum(walk: Walk, node: Node) -> Value:
    """MaxPool of 2 x 2 pixels that are 0 or more: differences, differences, sums."""
    value = walk.value(node)
    channels, side, _ = value.shape
    get, after = node.attributes.get, [n for n in walk.graph.nodes if node.outputs[0] in n.inputs]
    if value.open and [n.op for n in after] == ["Relu"]:
        walk.layers[value.layer].relu = True  # the maximum of ReLUs is the ReLU of the maximum
    size, stride, pads = get("kernel_shape", ()), get("strides", [1, 1]), get("pads", [0] * 4)
    fits = [*size] == [*stride] == [2, 2] and not any(pads) and {*get("dilations", [1])} == {1}
    if not fits or (side % 2 and get("ceil_mode", 0)) or get("auto_pad", b"NOTSET") != b"NOTSET":
        raise InputError(
            f"{node}: the chip has no maximum; of 2 x 2 pixels, stride 2 without padding, it is "
            f"made of three layers, but not of {size} with stride {stride} and pads {list(pads)}"
        )
    if value.layer < 0 or not walk.layers[value.layer].relu:
        raise InputError(f"{node}: the chip has no maximum of values that may be below 0; a ReLU "
                         "must come before it")  # fmt: skip
    one = np.eye(channels)
    first = np.zeros((2, 2, channels, 4 * channels))
    for row in range(2):
        first[row, 0, :, 2 * row * channels :][:, :channels] = one
        first[row, 1, :, 2 * row * channels :][:, : 2 * channels] = np.hstack([-one, one])
    second = np.block([[one, 0 * one], [one, 0 * one], [-one, one], [-one, one]])[None, None]
    third = np.vstack([one, one])[None, None]
    made = value
    for kernel, stride in ((first, 2), (second, 1), (third, 1)):
        outputs = kernel.shape[3]
        layer = FloatLayer(node.name, kernel, np.zeros(outputs), stride, step=np.ones(outputs))
        layer.relu = layer.inherits = True
        made = walk.add(node, made, layer)
    walk.notes.append(f"{node}: three layers, of differences and sums")
    return replace(made, open=0)


def flatten(walk: Walk, node: Node) -> Value:
    """Flatten, and Reshape and Squeeze that do the same."""
    value = walk.value(node)
    size = int(np.prod(value.shape))
    fits = node.attributes.get("axis", 1) in (1, -3)
    if node.op == "Reshape":
        shape = walk.array(node, 1).astype(int).tolist()
        fits = len(shape) == 2 and shape[1] in (-1, size) and shape != [-1, -1]
        fits &= shape[0] in (0, -1, walk.graph.batch or 1)
    elif node.op == "Squeeze":
        fits = value.shape[1:] == (1, 1)
    if not fits:
        raise InputError(f"{node}: expected all but the images in one row, as by Flatten")
    return replace(value, flat=True)


def quantise(walk: Walk, node: Node) -> Value:
    """QuantizeLinear: says what the largest activation is; one that cuts at 0 is a ReLU."""
    value = walk.value(node)
    return value if value.layer < 0 else ranged(walk, node, value, 1)


def ranged(walk: Walk, node: Node, value: Value, place: int) -> Value:
    """Take note of the scale and zero point at a node's input `place` and behind it."""
    scale, zero = walk.array(node, place), walk.constant(node, place + 1)
    if scale.size != 1:
        raise InputError(f"{node}: expected one scale for all activations")
    number = np.iinfo(np.uint8 if zero is None else zero.array.dtype)
    origin = 0 if zero is None else int(zero.array)
    low, high = (number.min - origin) * float(scale), (number.max - origin) * float(scale)
    layer = walk.layers[value.layer]
    layer.largest = high if low >= 0 or -low <= high * 129 / 127 else max(-low, high)
    if low >= 0 and not layer.relu:
        if not value.open:
            raise InputError(f"{node}: it cuts values below 0, which are used, too")
        layer.relu = True
    return replace(value, open=0 if layer.relu else value.open)


def same(walk: Walk, node: Node) -> Value:
    """Nodes that change nothing, or not the order of the scores."""
    value = walk.value(node)
    if "Softmax" in node.op:
        if node.outputs[0] != walk.graph.scores:
            raise InputError(f"{node}: expected it at the end only")
        walk.notes.append(f"{node}: left out, as it keeps the order of the scores")
    return value


NODES: dict[str, Callable[[Walk, Node], Value]] = {
    "Conv": conv, "QLinearConv": conv, "Gemm": dense, "MatMul": dense, "QLinearMatMul": dense,
    "BatchNormalization": norm, "Relu": relu, "Add": add, "AveragePool": average,
    "GlobalAveragePool": average, "ReduceMean": average, "MaxPool": maximum, "Flatten": flatten,
    "Reshape": flatten, "Squeeze": flatten, "QuantizeLinear": quantise, "DequantizeLinear": same,
    "Identity": same, "Dropout": same, "Softmax": same, "LogSoftmax": same,
}  # fmt: skip
"""What the chip runs, by ONNX's name."""
