"""A CNN on a chain of cores with its settings: how it is read, run over images, and summed up."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.imc.engine import Result, run_model, total
from goldspike.imc.metrics import measure
from goldspike.model.errors import InputError
from goldspike.model.imc.chain import ChainParams, Weights
from goldspike.workloads.dataset import Dataset
from goldspike.workloads.imc.network import images, load_cnn
from goldspike.workloads.metadata import read_whole

__all__ = ["LoadedCnn", "load"]

LARGEST_SIDE = 4096
SIDE = 8
"""Pixels a side of the images that a network takes unless its file says otherwise."""


class LoadedCnn(Loaded):
    """A CNN on a chain of cores.

    Parameters
    ----------
    params : ChainParams
    weights : Weights
    """

    def __init__(self, params: ChainParams, weights: Weights) -> None:
        self.params, self.weights = params, weights
        self.classes = params.classes

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as activations, int8 (n, side, side, 1)."""
        return images(dataset.x, self.params.layers[0].height)

    def start(self, engine: str) -> Engine:
        """Return an engine that runs images one after the other."""
        return Pipeline(engine, self.params, self.weights)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, latency, interval, memory accesses and use of the links."""
        result = total(results)
        found = summarise(self.params, result, labels)
        metrics = measure(self.params, self.weights, result.nonzero, len(labels))
        return {**found, "neurobench": metrics}

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample.

        ``label``, ``score`` (the answer) and ``timestep`` (of the answer), (n,); ``confusion``
        (classes, classes), by label and answer.
        """
        result = total(results)
        answers = np.array(result.answers)
        confusion = np.zeros((self.classes, self.classes), np.int64)
        np.add.at(confusion, (labels, answers), 1)
        return {
            "label": labels,
            "score": answers,
            "timestep": np.array(result.ends),
            "confusion": confusion,
        }


class Pipeline(Engine):
    """Runs images without a gap between them; all of a run go through one chain."""

    def __init__(self, engine: str, params: ChainParams, weights: Weights) -> None:
        self.engine, self.params, self.weights = engine, params, weights

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run images; the golden model yields every answer, the circuit all at once."""
        part = inputs[begin:end]
        if self.engine == "model":
            yield from run_model(self.params, self.weights, part)
            return
        from goldspike.imc.circuit import run_rtl

        yield run_rtl(self.params, self.weights, part, compared=self.engine == "lockstep")


def load(path: Path, choices: Choices) -> LoadedCnn:
    """Read a network file and put it on a chain of cores.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    network, meta = load_cnn(path)
    change = dict(choices.values)
    if "replicas" in change:
        change["replicas"] = (change["replicas"],) * len(network.kernels)
    side = read_whole(path, "side", meta.get("side", SIDE), 1, LARGEST_SIDE)
    try:
        params = network.chain(side, **change)
    except (ValueError, TypeError) as error:
        where = "" if change else f"{path}: "
        raise InputError(f"{where}{error}.") from None
    return LoadedCnn(params, network.weights)


def summarise(params: ChainParams, result: Result, labels: np.ndarray) -> dict:
    """Return accuracy, latency, interval, memory accesses and use of the links."""
    samples = len(labels)
    layer = params.layers[0]
    pixels = -(-layer.height * layer.width // params.replicas[0])  # timesteps of an image
    latency = [end - k * pixels + 1 for k, end in enumerate(result.ends)]
    interval = np.diff(result.ends).tolist() or [pixels]
    counts: dict[str, dict[str, int]] = {}
    for k in range(len(params.layers)):
        counts[f"core{k + 1}"] = {
            "sram_reads": result.reads[k],
            "sram_writes": result.writes[k],
            "pixels": result.carried[k],
        }
    counts["pooling"] = {"pixels": result.carried[-1]}
    for n, (source, sink, _) in enumerate(params.residuals):
        counts[f"residual{source + 1}to{sink + 1}"] = {"pixels": result.residuals[n]}
    use = {
        name: round(members["pixels"] / (samples * pixels), 4) for name, members in counts.items()
    }
    return {
        "accuracy": {"score": float(np.mean(np.array(result.answers) == labels))},
        "timestep_ticks": params.timestep,
        "latency_timesteps": float(np.mean(latency)),
        "interval_timesteps": float(np.mean(interval)),
        "ticks": float(np.mean(latency)) * params.timestep,
        "counts": counts,
        "link_use": use,
    }
