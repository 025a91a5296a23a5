"""Operations, memory and sparsity of a CNN on the chain, by the definitions of NeuroBench.

- ``footprint``: bytes of the weights, and of the state, which is what the cores' input memories
  hold, both at the chip's widths;
- ``connection_sparsity``: the part of the weights that is zero;
- ``operations``, per layer and sample: ``dense``, multiplications and accumulations of weights with
  pixels of the image; those with the zeros around it, and biases, do not count.
- ``activation_sparsity``: the part of what the cores make that is zero, over all of them and, in
  ``activation_sparsity_by_layer``, of each. Its crossbar multiplies zeros like anything else.

Ref: Yik et al., arXiv:2304.04640 (NeuroBench).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from goldspike.model.imc.chain import Weights
from goldspike.model.imc.shared.array import ArrayParams, Core
from goldspike.model.imc.shared.layer import LayerParams

__all__ = ["measure"]

LAST_BITS = 8


def measure(
    params: ArrayParams, weights: Weights, nonzero: Sequence[int], samples: int
) -> dict[str, Any]:
    """Return the metrics of a run, in which last cores made `nonzero` activations other than 0."""
    layers = [stage.layer for stage in params.stages]
    last = [k for k, core in enumerate(params.cores, start=1) if core.last]
    kernels = [core.weights for core in weights.cores]
    matrices = [*kernels, weights.last]
    zeros = sum(int(np.count_nonzero(matrix == 0)) for matrix in matrices)
    bits = sum(k.size for k in kernels) * params.weight_bits + weights.last.size * LAST_BITS
    memories = len(params.cores) * params.depth * params.word_bits
    operations = {f"core{k}": macs(part(params, core)) for k, core in enumerate(params.cores, 1)}
    operations["fully_connected"] = weights.last.size
    made = [
        layers[core.stage].height_out * layers[core.stage].width_out * core.outputs[1] * samples
        for core in params.cores
        if core.last
    ]
    return {
        "footprint": {"weight_bytes": -(-bits // 8), "state_bytes": -(-memories // 8)},
        "connection_sparsity": zeros / sum(matrix.size for matrix in matrices),
        "activation_sparsity": 1 - sum(nonzero) / sum(made),
        "activation_sparsity_by_layer": {
            f"core{k}": 1 - some / every for k, some, every in zip(last, nonzero, made, strict=True)
        },
        "operations": {name: {"dense": count} for name, count in operations.items()},
    }


def part(params: ArrayParams, core: Core) -> LayerParams:
    """Return a core's part of its layer."""
    layer = params.stages[core.stage].layer
    return replace(layer, channels=core.inputs[1], outputs=core.outputs[1])


def macs(layer: LayerParams) -> int:
    """Return the multiplications of a layer's weights with pixels of an image."""
    inside = taps(layer.height, layer.height_out, layer) * taps(layer.width, layer.width_out, layer)
    return inside * layer.channels * layer.outputs


def taps(size: int, outputs: int, layer: LayerParams) -> int:
    """Return how many places of the kernel lie inside the image along a side, over all outputs."""
    first = np.arange(outputs) * layer.stride - layer.padding
    last = np.minimum(first + layer.kernel, size)
    return int(np.sum(last - np.maximum(first, 0)))
