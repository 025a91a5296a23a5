"""ONNX files: the nodes, the constants, and the one image that goes in.

What can be computed from constants alone is computed here, by the reference implementation that
comes with the package. Weights that a DequantizeLinear node makes of 8-bit integers keep their
steps, so that rounding them again gives the same integers.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.kinds import kind_of
from goldspike.model.limits import require_room
from goldspike.model.paths import user_path
from goldspike.model.reading import open_file, require_file
from goldspike.workloads.images.arrays import COLOURS

__all__ = ["Constant", "Graph", "Node", "dequantised", "read_graph"]

_IN_MEMORY = 8
"""By how many times a network is larger than its file, at most."""


@dataclass(frozen=True, eq=False)
class Constant:
    """A constant; `step` is that of its integers, by entry of `axis`, where it is made of such."""

    array: NDArray[Any]
    step: NDArray[np.float64] | None = None
    axis: int = 0


@dataclass(frozen=True, eq=False)
class Node:
    """A node: its kind, its name or else its output's, what goes in and out, and its attributes."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    def __str__(self) -> str:
        return f"node {self.name!r} ({self.op})"


@dataclass(eq=False)
class Graph:
    """A graph with one image in and one tensor of scores out.

    Attributes
    ----------
    model : onnx.ModelProto
        The file as it is, for the reference implementation.
    nodes : list of Node
        Those that are not computed from constants alone, in order.
    constants : dict of str to Constant
    image : str
        The input's name.
    channels, side : int
        Of the image: 1 or 3 colours, pixels a side.
    batch : int
        Images per run, if the file fixes that; else 0.
    scores : str
        The output's name.
    readers : Counter
        How many nodes and outputs take each tensor.
    """

    model: Any
    image: str
    channels: int
    side: int
    batch: int
    scores: str
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)
    readers: Counter[str] = field(default_factory=Counter)


def read_graph(path: str | os.PathLike[str]) -> Graph:
    """Read an ONNX file.

    Raises
    ------
    InputError
        If the package is missing, the file is no ONNX model, weights are missing, or its input is
        no grey square image of a fixed size.
    """
    path = user_path(path)
    size = require_file(path, "an ONNX file")
    require_room(f"reading {size} bytes", _IN_MEMORY * size)
    with open_file(path, "an ONNX file") as stream:
        if other := kind_of(stream.read(512)):
            raise InputError(f"expected an ONNX model, but it is {other}")
    onnx = _package()
    try:
        model = onnx.load(path)
        inputs, outputs = model.graph.input, model.graph.output
        held = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in _weights(model)}
        known = {*held, "", *(value.name for value in inputs)}
        for node in model.graph.node:
            for name in node.input:
                if name not in known:
                    raise InputError(
                        f"node {node.name or node.output[0]!r} ({node.op_type}): "
                        f"its input {name!r} is not in the file"
                    )
            known.update(node.output)
        onnx.checker.check_model(model)
    except InputError:
        raise
    except Exception as error:  # protobuf's, the checker's, the operating system's
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"expected an ONNX model, but it cannot be read ({said})") from None
    images = [value for value in inputs if value.name not in held]
    if len(images) != 1 or len(outputs) != 1:
        names = ", ".join(value.name for value in images) or "none"
        raise InputError(
            "expected one input, the image, one output, and all weights in the file; its inputs "
            f"are {names}, its outputs {', '.join(value.name for value in outputs)}"
        )
    graph = Graph(model, images[0].name, *_square(images[0]), outputs[0].name)
    graph.constants = {name: Constant(array) for name, array in held.items()}
    for proto in model.graph.node:
        _add(graph, proto)
    graph.readers.update(name for node in graph.nodes for name in node.inputs)
    graph.readers[graph.scores] += 1
    return graph


def dequantised(
    array: NDArray[Any], scale: NDArray[Any], zero: NDArray[Any] | None, axis: int
) -> Constant:
    """Return the numbers that integers stand for; the step only where they fit signed 8 bits."""
    shape = [1] * array.ndim
    if np.size(scale) > 1:
        shape[axis] = -1
    whole = array.astype(np.int64) - (0 if zero is None else zero.astype(np.int64).reshape(shape))
    step = np.asarray(scale, np.float64)
    fits = array.size > 0 and whole.min() >= -128 and whole.max() <= 127
    return Constant(whole * step.reshape(shape), step.ravel() if fits else None, axis)


def _package() -> Any:
    """Return the onnx package with what is used of it."""
    try:
        import onnx
        import onnx.checker
        import onnx.numpy_helper
        import onnx.reference
    except ImportError:
        raise InputError(
            "ONNX files need the package onnx, which is not installed; it comes with the extra "
            "'onnx'"
        ) from None
    return onnx


def _weights(model: Any) -> list[Any]:
    """Return a model's weights."""
    if model.graph.sparse_initializer:
        raise InputError("expected weights that are not stored as sparse tensors")
    return list(model.graph.initializer)


def _square(image: Any) -> tuple[int, int, int]:
    """Return colours, pixels a side, and how many images go in at once, 0 for any number."""
    kind = image.type.tensor_type
    shape = [d.dim_value or d.dim_param or "?" for d in kind.shape.dim]
    said = " x ".join(map(str, shape)) or "of unknown shape"
    if len(shape) != 4 or any(isinstance(size, str) for size in shape[1:]):
        raise InputError(
            f"input {image.name!r}: expected images of a fixed size, n x 1 (or 3) x side x side, "
            f"not {said}; dynamic shapes do not fit a chip"
        )
    batch, channels, height, width = shape
    if channels not in (1, COLOURS) or height != width or kind.elem_type != 1:  # 1 is float
        raise InputError(
            f"input {image.name!r}: expected square images of floats, grey or in 3 colours, "
            f"n x 1 (or 3) x side x side, not {said}"
        )
    return channels, int(height), 0 if isinstance(batch, str) else int(batch)


def _add(graph: Graph, proto: Any) -> None:
    """Add a node, or compute what it makes if everything that goes in is constant."""
    from onnx.helper import get_attribute_value
    from onnx.reference import ReferenceEvaluator

    attributes = {a.name: get_attribute_value(a) for a in proto.attribute}
    op = proto.op_type if proto.domain in ("", "ai.onnx") else f"{proto.domain}.{proto.op_type}"
    node = Node(op, proto.name or proto.output[0], (*proto.input,), (*proto.output,), attributes)
    named = [name for name in node.inputs if name]
    if not all(name in graph.constants for name in named):
        graph.nodes.append(node)
        return
    given = [graph.constants[name] for name in named]
    if op == "Identity":
        made = given[:1]
    elif op == "DequantizeLinear":
        zero = given[2].array if len(given) > 2 else None
        made = [dequantised(given[0].array, given[1].array, zero, attributes.get("axis", 1))]
    else:
        versions = {entry.domain: entry.version for entry in graph.model.opset_import}
        arrays = {name: constant.array for name, constant in zip(named, given, strict=True)}
        try:
            found = ReferenceEvaluator(proto, opsets=versions).run(None, arrays)
        except Exception as error:  # whatever an operator does not like
            said = " ".join(str(error).split()) or type(error).__name__
            raise InputError(f"{node}: it cannot be computed ({said})") from None
        made = [Constant(np.asarray(array)) for array in found]
    graph.constants |= dict(zip(node.outputs, made, strict=False))
