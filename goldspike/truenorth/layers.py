"""Fully connected layers on an array: images in, most spikes out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Choices
from goldspike.model.errors import InputError
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.core import CoreParams
from goldspike.truenorth.engine import Cores, Result
from goldspike.truenorth.loaded import LoadedCores
from goldspike.workloads.dataset import Dataset, network_inputs
from goldspike.workloads.truenorth.layout import Layout, lay_out
from goldspike.workloads.truenorth.network import Layers, levels, load_network

__all__ = ["LoadedLayers", "array_params", "load", "on_array"]


class LoadedLayers(LoadedCores):
    """A fully connected network on an array.

    Parameters
    ----------
    path : Path
        Of its file.
    net : Layers
    layout : Layout
    params : ArrayParams
    """

    def __init__(self, path: Path, net: Layers, layout: Layout, params: ArrayParams) -> None:
        super().__init__(Cores(layout.images, params))
        self.path, self.net, self.layout = path, net, layout
        self.classes = net.sizes[-1]

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as levels 0..15, int64 (n, inputs)."""
        return levels(network_inputs(dataset, self.net.sizes[0], self.path))

    def encode(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return levels as spikes in a window of 15 steps."""
        return self.layout.encode(samples), np.full(len(samples), self.layout.steps, np.int64)

    def answers(self, result: Result) -> dict[str, np.ndarray]:
        """Return the class with most spikes, of equals the first, and the spikes of all."""
        spikes = self.layout.decode(result.outputs, result.samples)
        return {"answer": spikes.argmax(axis=1), "spikes": spikes}

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return what all arrays have, and how well its cores are placed."""
        placed, random = self.layout.placement
        placement = {"hops": placed, "random_hops": round(random, 1)}
        return {**super().summarise(results, labels), "placement": placement}


def array_params(values: Mapping[str, Any]) -> ArrayParams:
    """Return the parameters of an array from settings; columns and rows must be known.

    Raises
    ------
    InputError
        If they cannot be had.
    """
    try:
        core = CoreParams(axons=values.get("axons", 256), neurons=values.get("neurons", 256))
        return ArrayParams(
            columns=values["columns"], rows=values["rows"], core=core, depth=values.get("depth", 4)
        )
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}.") from None


def load(path: Path, choices: Choices) -> LoadedLayers:
    """Read a network file and put it on an array.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    return on_array(path, load_network(path)[0], choices)


def on_array(path: Path, net: Layers, choices: Choices, names: Sequence[str] = ()) -> LoadedLayers:
    """Put a network on an array, as small as it may be unless that is chosen.

    Parameters
    ----------
    path : Path
        Of its file.
    net : Layers
    choices : Choices
    names : sequence of str
        Of its layers, for sentences.

    Raises
    ------
    InputError
        If it does not fit, or a setting cannot be used.
    """
    values = {"columns": 0, "rows": 0, **choices.values}
    asked = {name: max(1, values[name]) for name in ("columns", "rows")}
    if min(values["columns"], values["rows"]) < 0:
        raise InputError("The settings cannot be used: columns and rows must be 0 or more.")
    core = array_params(values | asked).core
    layout = lay_out(
        net, axons=core.axons, neurons=core.neurons, columns=values["columns"], rows=values["rows"],
        names=names,
    )  # fmt: skip
    size = {"columns": layout.columns, "rows": layout.rows}
    return LoadedLayers(path, net, layout, array_params(values | size))
