"""ONNX graphs as layers of the CNN chip: what a core can do, and what it is made of otherwise.

A layer is a convolution with what a core does behind it: bias, batch norm folded into the weights,
a residual, ReLU. Whatever else the chip can run is made of such layers:

- Gemm and MatMul behind Flatten: a convolution with a kernel as large as the image;
- AveragePool, and means over a whole image of other than 2**n pixels: a kernel with 1 in the
  channel's own place;
- MaxPool of 2 x 2 behind a ReLU, where ``max(a, b) = relu(a - b) + b``: three layers, exactly.

Layers follow each other in a chain; an Add takes the input of an earlier layer as a residual.
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
    step : float64 (outputs,), optional
        Weights are whole multiples of it.
    relu : bool
    residual : int, optional
        The layer whose input is added before the ReLU.
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
    step: Floats | None = None
    relu: bool = False
    residual: int | None = None
    inherits: bool = False
    mean: bool = False
    largest: float | None = None
    tensor: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is a matrix and biases only."""
        return not (self.relu or self.mean) and self.residual is None


@dataclass(eq=False)
class FloatNet:
    """Layers in a chain, the mean over the last one's pixels, and a fully connected layer.

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
        self.sides: list[int] = []  # of every layer's input
        self.notes: list[str] = []
        self.values = {graph.image: Value(-1, (1, graph.side, graph.side))}

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

    def newest(self, node: Node, place: int = 0) -> Value:
        """Return the tensor that goes into a new layer, which the layer before must have made."""
        value = self.value(node, place)
        if value.layer != len(self.layers) - 1:
            raise InputError(
                f"{node}: the cores form a chain, in which a layer takes what the one before it "
                f"makes; {node.inputs[place]!r} is made earlier"
            )
        return value

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
        self.layers.append(layer)
        self.sides.append(height)
        made = (outputs, shape.height_out, shape.width_out)
        return Value(len(self.layers) - 1, made, 2, flat=value.flat)

    def finish(self) -> FloatNet:
        """Return the network; its last layer becomes the fully connected one where that fits."""
        scores, layers = self.values.get(self.graph.scores), self.layers
        if scores is None or not layers or scores.layer != len(layers) - 1:
            raise InputError(f"output {self.graph.scores!r}: expected what the last layer makes")
        if scores.shape[1:] != (1, 1) or scores.shape[0] < 2:
            raise InputError(
                f"output {self.graph.scores!r}: expected one score for each of two or more "
                f"classes, not {' x '.join(map(str, scores.shape))}"
            )
        classes, last = scores.shape[0], layers[-1]
        if len(layers) > 1 and self.sides[-1] == len(last.kernel) == 1 and last.plain:
            layers.pop()
        else:  # the last layer makes the scores already; each class takes its own
            step = np.ones(classes)
            last = FloatLayer("scores", np.eye(classes)[None, None], np.zeros(classes), step=step)
        side, pooled = self.sides[len(layers) - 1], layers[-1]
        if len(layers) > 1 and pooled.mean and not pooled.relu and side & (side - 1) == 0:
            layers.pop()  # the chip's own pooling
        return FloatNet(layers, last, self.graph.side, self.notes)
