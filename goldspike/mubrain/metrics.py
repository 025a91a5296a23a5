"""Operations, memory and sparsity of a run on µBrain, by the definitions of NeuroBench.

- ``footprint``: bytes of the chip's weights, and of its state at the chip's widths: potentials, and
  one pending spike per arbiter input;
- ``connection_sparsity``: the part of the network's dense matrices that is zero; a synapse that a
  recurrent layer lacks is zero, biases and neurons that only fill up the chip do not count;
- ``activation_sparsity``: 1 minus spikes over neurons times steps, inputs not included. A step is
  the shortest time between two grants of an arbiter, ``step_ticks``;
- ``operations``, per layer and sample: ``synaptic``, grants times the weights that a grant adds
  (an accumulation each, as spikes are 0 or 1); ``dense``, what a simulation in steps would do.

In a recurrent layer inputs and neurons reach different numbers of neurons, so that each grant's own
synapses are counted; its count `operations` is their sum.

Ref: Yik et al., arXiv:2304.04640 (NeuroBench).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from goldspike.model.mubrain.chip import ChipParams, layer_names
from goldspike.workloads.network import Network

__all__ = ["footprint", "measure"]


def measure(
    chip: ChipParams,
    network: Network,
    counts: Mapping[str, Mapping[str, int]],
    ticks: float,
    samples: int,
) -> dict[str, Any]:
    """Return the metrics of a run.

    Parameters
    ----------
    chip : ChipParams
    network : Network
        Without what fills it up to the chip's sizes.
    counts : mapping
        Of the whole run, by part of the chip.
    ticks : float
        Of a mean sample.
    samples : int
    """
    step = sum(chip.oscillator.delays)
    steps = ticks / step
    zeros = size = neurons = 0
    inputs: int | None = None
    spikes = 0.0
    operations = {}
    for name, bias, matrix in zip(layer_names(chip), chip.biases, network.weights, strict=True):
        own = matrix.shape[1]
        has_row = bias if inputs is None else len(matrix) == inputs + 1
        dense, inputs, found = matrix[:-1] if has_row else matrix, own, counts[name]
        operations[name] = {
            "synaptic": found.get("operations", found["grants"] * own) / samples,
            "dense": dense.size * steps,
        }
        zeros += int(np.count_nonzero(dense == 0))
        size += dense.size
        neurons += own
        spikes += found["spikes"] / samples
    return {
        "footprint": footprint(chip),
        "connection_sparsity": zeros / size,
        "activation_sparsity": 1 - spikes / max(1.0, neurons * steps),
        "step_ticks": step,
        "operations": operations,
    }


def footprint(chip: ChipParams) -> dict[str, int]:
    """Return the bytes of weights and of state."""
    pending = sum(layer.arbiter.inputs for layer in chip.layers) + chip.sizes[-1]
    potentials = sum(chip.sizes[1:]) * chip.neuron.potential_bits
    state = pending + potentials
    return {"weight_bytes": -(-chip.weight_bits // 8), "state_bytes": -(-state // 8)}
