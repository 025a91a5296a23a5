"""A sparseRec layer on a core: images in, in every window; sums over the last one by the host."""

from pathlib import Path

import numpy as np

from goldspike.chip import Choices
from goldspike.truenorth.engine import Cores, Result
from goldspike.truenorth.layers import array_params
from goldspike.truenorth.loaded import LoadedCores
from goldspike.workloads.dataset import Dataset, network_inputs
from goldspike.workloads.truenorth.mapping import WINDOW
from goldspike.workloads.truenorth.network import levels
from goldspike.workloads.truenorth.sparse_recurrent import (
    Layer,
    core_image,
    input_spikes,
    last_counts,
    load_layer,
    scores,
)

__all__ = ["LoadedSparse", "load"]


class LoadedSparse(LoadedCores):
    """A sparseRec layer on a core.

    Parameters
    ----------
    path : Path
        Of its file.
    layer : Layer
    cores : Cores
        A single one.
    """

    def __init__(self, path: Path, layer: Layer, cores: Cores) -> None:
        super().__init__(cores)
        self.path, self.layer = path, layer
        self.classes = layer.outputs.shape[1]

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as levels 0..15, int64 (n, pixels)."""
        return levels(network_inputs(dataset, len(self.layer.inputs), self.path))

    def encode(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return levels as spikes, the same in every window."""
        windows = self.layer.windows
        return input_spikes(samples, windows), np.full(len(samples), WINDOW * windows, np.int64)

    def answers(self, result: Result) -> dict[str, np.ndarray]:
        """Return the class of highest score, and the counts that scores are sums of."""
        found = last_counts(self.layer, result.outputs, result.samples)
        return {"answer": scores(self.layer, found).argmax(axis=1), "spikes": found}


def load(path: Path, choices: Choices) -> LoadedSparse:
    """Read a layer and put it on a core.

    Raises
    ------
    InputError
        If it cannot be read, or a setting cannot be used.
    """
    params = array_params({"columns": 1, "rows": 1, **choices.values})
    layer = load_layer(path)
    return LoadedSparse(path, layer, Cores([core_image(layer)], params))
