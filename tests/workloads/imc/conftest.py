"""Graphs of ONNX for the tests, drawn with random weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper


class Drawn:
    """A graph that grows node by node; every method returns what its node makes."""

    def __init__(self, folder: Path, seed: int = 1, side: int = 6, batch: int | str = "n") -> None:
        self.folder, self.side = folder, side
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.shape: list[int | str] = [batch, 1, side, side]

    def weight(self, array: Any, kind: Any = np.float32) -> str:
        name = f"w{len(self.weights)}"
        self.weights[name] = np.asarray(array, kind)
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        out = f"t{len(self.nodes)}"
        node = helper.make_node(op, [*inputs], [out], f"{op}_{len(self.nodes)}", domain=domain)
        node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(node)
        return out

    def draw(self, *shape: int) -> str:
        return self.weight(self.rng.normal(0, 0.6, shape))

    def conv(self, x: str, inputs: int, outputs: int, kernel: int = 3, **attributes: Any) -> str:
        weights = self.draw(outputs, inputs, kernel, kernel), self.draw(outputs)
        return self.node("Conv", x, *weights, **attributes)

    def norm(self, x: str, channels: int) -> str:
        spread = self.weight(self.rng.uniform(0.5, 2, channels))
        parts = [self.draw(channels), self.draw(channels), self.draw(channels), spread]
        return self.node("BatchNormalization", x, *parts)

    def gemm(self, x: str, inputs: int, outputs: int = 3) -> str:
        weights = self.draw(outputs, inputs), self.draw(outputs)
        return self.node("Gemm", x, *weights, transB=1)

    def end(self, x: str, channels: int) -> str:
        mean = self.node("GlobalAveragePool", x)
        return self.gemm(self.node("Flatten", mean), channels)

    def model(self, scores: str) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "drawn",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["n", "m"])],
            [numpy_helper.from_array(array, name) for name, array in self.weights.items()],
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets)

    def save(self, scores: str) -> Path:
        path = self.folder / "drawn.onnx"
        onnx.save(self.model(scores), path)
        return path


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[..., Drawn]:
    """Return how to begin a graph."""
    return lambda **change: Drawn(tmp_path, **change)
