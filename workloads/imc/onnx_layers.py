"""ONNX graphs as layers of the CNN chip: what a core can do, and what it is made of otherwise.

A layer is a convolution with what a core does behind it: bias, batch norm folded into the weights,
a residual, ReLU. Whatever else the chip can run is made of such layers:

- Gemm and MatMul behind Flatten: a convolution with a kernel as large as the image;
- AveragePool, and means over a whole image of other than 2**n pixels: a kernel with 1 in the
  channel's own place;
- MaxPool of 2 x 2 behind a ReLU, where ``max(a, b) = relu(a - b) + b``: three layers, exactly.

An Add is a residual of the layer whose sums it takes: the output of a layer that is only added, or
what another layer takes as its input, which the chip reads out of that layer's memory.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.onnx_file import Constant, Graph, Node

__all__ = ["FloatLayer", "FloatNet", "Floats", "Value", "Walk"]

Floats = NDArray[np.float64]


@dataclass(eq=False)
class FloatLayer:
    """A convolution in floating point.

    Attributes
    ----------
    name : str
        Its node's.
    kernel : float64 (F, F, inputs, outputs)
    bias : float64 (outputs,)
    stride, padding : int
    side : int
        Pixels a side of its input.
    step : float64 (outputs,), optional
        Weights are whole multiples of it.
    relu : bool
    source, added : int
        Whose outputs it takes, and whose are added before the ReLU; -1 the image, -2 nothing.
    sender : int
        The core that sends the residual: the added layer's own, or another that takes it.
    adds : str
        The Add node.
    inherits : bool
        Its outputs have the range of its inputs.
    mean : bool
        It is the mean of every channel over the whole image.
    largest : float, optional
        Magnitude of the largest output that the file allows.
    tensor : str
        What the graph calls its output.
    """

    name: str
    kernel: Floats
    bias: Floats
    stride: int = 1
    padding: int = 0
    side: int = 1
    step: Floats | None = None
    relu: bool = False
    source: int = -1
    added: int = -2
    sender: int = -1
    adds: str = ""
    inherits: bool = False
    mean: bool = False
    largest: float | None = None
    tensor: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is a matrix and biases only."""
        return not (self.relu or self.mean) and self.added == -2


@dataclass(eq=False)
class FloatNet:
    """Layers in order, the mean over the last one's pixels, and a fully connected layer.

    `last` holds its name, weights as a kernel of 1 x 1, and biases; `notes` says what was made of
    nodes that no core has.
    """

    layers: list[FloatLayer]
    last: FloatLayer
    side: int
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Value:
    """A tensor: the layer that makes it (-1: the image), its shape, and what may be done to it.

    `open` is 2 while the layer may still get weights and biases, 1 while it may get a ReLU, else 0;
    it is 0 too if another node takes the tensor as it is.
    """

    layer: int
    shape: tuple[int, int, int]
    open: int = 0
    flat: bool = False


class Walk:
    """A walk along a graph's nodes: the layers made so far, and which of them makes what."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.layers: list[FloatLayer] = []
        self.notes: list[str] = []
        self.depths: list[int] = []  # layers from the image to the layer, itself included
        self.values = {graph.image: Value(-1, (graph.channels, graph.side, graph.side))}

    def constant(self, node: Node, place: int) -> Constant | None:
        """Return a node's constant input, None where there is none."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        if not name:
            return None
        if name not in self.graph.constants:
            raise InputError(f"{node}: expected weights in the file for its input {name!r}")
        return self.graph.constants[name]

    def array(self, node: Node, place: int) -> Floats:
        """Return a node's constant input as floats."""
        found = self.constant(node, place)
        assert found is not None
        return found.array.astype(np.float64)

    def value(self, node: Node, place: int = 0) -> Value:
        """Return the tensor that goes into a node."""
        name = node.inputs[place]
        if name not in self.values:
            raise InputError(f"{node}: {name!r} must be what a layer makes, not a constant")
        return self.values[name]

    def linear(self, node: Node, what: str, least: int = 2, place: int = 0) -> FloatLayer:
        """Return the layer that a node is folded into."""
        value = self.value(node, place)
        if value.open < least:
            raise InputError(f"{node}: {what}")
        return self.layers[value.layer]

    def add(self, node: Node, value: Value, layer: FloatLayer) -> Value:
        """Add a layer that takes `value`; return what it makes."""
        channels, height, width = value.shape
        f, _, inputs, outputs = layer.kernel.shape
        if inputs != channels:
            raise InputError(f"{node}: its weights take {inputs} channels, but {channels} come in")
        try:
            shape = LayerParams(
                height=height, width=width, channels=channels, outputs=outputs, kernel=f,
                stride=layer.stride, padding=layer.padding,
            )  # fmt: skip
        except ValueError as error:
            raise InputError(f"{node}: {error}") from None
        layer.source, layer.side = value.layer, height
        self.layers.append(layer)
        self.depths.append(1 + (self.depths[value.layer] if value.layer >= 0 else 0))
        made = (outputs, shape.height_out, shape.width_out)
        return Value(len(self.layers) - 1, made, 2, flat=value.flat)

    def finish(self) -> FloatNet:
        """Return the network; its last layer becomes the fully connected one where that fits."""
        scores = self.values.get(self.graph.scores)
        if scores is None or scores.layer < 0:
            raise InputError(f"output {self.graph.scores!r}: expected what a layer makes")
        if scores.shape[1:] != (1, 1) or scores.shape[0] < 2:
            raise InputError(
                f"output {self.graph.scores!r}: expected one score for each of two or more "
                f"classes, not {' x '.join(map(str, scores.shape))}"
            )
        order: list[int] = []
        self.visit(scores.layer, order)
        classes, last = scores.shape[0], self.layers[scores.layer]
        if len(order) > 1 and last.side == len(last.kernel) == 1 and last.plain:
            order.pop()
        else:  # the last layer makes the scores already; each class takes its own
            step = np.ones(classes)
            last = FloatLayer("scores", np.eye(classes)[None, None], np.zeros(classes), step=step)
        pooled = self.layers[order[-1]]
        even = pooled.side & (pooled.side - 1) == 0
        if len(order) > 1 and pooled.mean and not pooled.relu and even:
            order.pop()  # the chip's own pooling
        for layer in (*(self.layers[k] for k in order), last):
            if layer.bias.shape != layer.kernel.shape[3:]:
                raise InputError(f"node {layer.name!r}: expected one bias per output")
            if not (np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all()):
                raise InputError(f"node {layer.name!r}: expected weights that are finite numbers")
        places = {-2: -2, -1: -1} | {layer: place for place, layer in enumerate(order)}
        layers = [self.layers[k] for k in order]
        for layer in layers:
            layer.source, layer.added = places[layer.source], places[layer.added]
        choose_senders(layers)
        return FloatNet(layers, last, self.graph.side, self.notes)

    def visit(self, layer: int, order: list[int]) -> None:
        """Append a layer behind all that it needs."""
        if layer < 0 or layer in order:
            return
        self.visit(self.layers[layer].source, order)
        self.visit(self.layers[layer].added, order)
        order.append(layer)


def choose_senders(layers: list[FloatLayer]) -> None:
    """Choose for every residual the core that sends it.

    Raises
    ------
    InputError
        If no core is free: each sends one residual at most, and no core adds its own input.
    """
    sources = {layer.source for layer in layers}
    free = [k for k in range(len(layers)) if k in sources]  # those that are not only added
    for k, layer in enumerate(layers):
        if layer.added == -2:
            continue
        if layer.added in sources:
            able = [s for s in free if s < k and layers[s].source == layer.added]
            if not able:
                raise InputError(
                    f"{layer.adds}: the chip reads a residual from the memory of an earlier layer "
                    "that takes it, too; each sends one residual, and none is free"
                )
            free.remove(able[0])
            layer.sender = able[0]
        else:
            layer.sender = layer.added
