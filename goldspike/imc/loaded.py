"""A CNN on an array of cores with its settings: how it is read, run over images, and summed up."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.imc.engine import Result, run_model, total
from goldspike.imc.metrics import measure, part
from goldspike.model.errors import InputError
from goldspike.model.imc.chain import ChainParams, Weights
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.fully_connected import FullyConnectedParams
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.workloads.dataset import Dataset
from goldspike.workloads.imc.network import images, load_cnn
from goldspike.workloads.metadata import read_whole

__all__ = ["LoadedCnn", "load"]

LARGEST_SIDE = 4096
SIDE = 8
"""Pixels a side of the images that a network takes unless its file says otherwise."""


class LoadedCnn(Loaded):
    """A CNN on an array of cores.

    Parameters
    ----------
    params : ArrayParams
    weights : Weights
    chain : ChainParams, optional
        The same as a chain, if every layer is on one core and takes what the one before makes.
    rows_per_tick : int
    """

    def __init__(
        self,
        params: ArrayParams,
        weights: Weights,
        chain: ChainParams | None = None,
        rows_per_tick: int = 16,
    ) -> None:
        self.params, self.weights, self.chain = params, weights, chain
        self.ticks = chain.timestep if chain else timestep(params, rows_per_tick)
        self.classes = params.classes

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return images as activations, int8 (n, side, side, channels)."""
        return images(dataset.x, self.params.stages[0].layer.height)

    def start(self, engine: str) -> Engine:
        """Return an engine that runs images one after the other.

        Raises
        ------
        InputError
            If the engine needs a circuit and there is none.
        """
        if engine != "model" and self.chain is None:
            raise InputError(
                f"The engine {engine} needs a chain of layers that fit a crossbar each; this "
                f"network takes {len(self.params.cores)} cores for {len(self.params.stages)} "
                "layers: choose the engine model."
            )
        return Pipeline(engine, self.params, self.weights, self.chain)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, latency, interval, memory accesses and use of the links."""
        result = total(results)
        found = summarise(self.params, self.ticks, result, labels)
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
    """Runs images without a gap between them; all of a run go through one array."""

    def __init__(
        self, engine: str, params: ArrayParams, weights: Weights, chain: ChainParams | None
    ) -> None:
        self.engine, self.params, self.weights, self.chain = engine, params, weights, chain

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run images; the golden model yields every answer, the circuit all at once."""
        part = inputs[begin:end]
        if self.engine == "model" or self.chain is None:
            yield from run_model(self.params, self.weights, part)
            return
        from goldspike.imc.circuit import run_rtl

        yield run_rtl(self.chain, self.weights, part, compared=self.engine == "lockstep")


def load(path: Path, choices: Choices) -> LoadedCnn:
    """Read a network file and put it on an array of cores.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    network, meta = load_cnn(path)
    change = dict(choices.values)
    side = read_whole(path, "side", meta.get("side", SIDE), 1, LARGEST_SIDE)
    try:
        if "replicas" in change:
            change["replicas"] = (change["replicas"],) * len(network.kernels)
        chain = network.chain(side, **change)
        params = ArrayParams.of(chain)
    except (ValueError, TypeError) as error:
        where = "" if change else f"{path}: "
        raise InputError(f"{where}{error}.") from None
    return LoadedCnn(params, network.weights, chain)


def timestep(params: ArrayParams, rows_per_tick: int) -> int:
    """Return the ticks of a timestep with the crossbar's digital stand-in, as of a chain."""
    word = params.word_bits
    words = (stream.budget * -(-stream.bits // word) for stream in params.streams)
    window = max(words)
    last = params.stages[-1].layer.outputs
    ticks = [
        2 + window + FullyConnectedParams(
            channels=last, classes=params.classes, weight_bits=params.weight_bits,
            rows_per_tick=rows_per_tick, word_bits=word,
        ).ticks
    ]  # fmt: skip
    for core in params.cores:
        stage = params.stages[core.stage]
        whole = CoreParams(
            layer=part(params, core), word_bits=word, depth=params.depth,
            weight_bits=params.weight_bits, rows_per_tick=rows_per_tick, window=window,
            arrivals=params.arrivals(core.stage), replicas=stage.replicas,
            residual_out=params.sends_residual(core.stage) and core.column == 0,
            gain=int(stage.residual >= 0 and core.last),
        )  # fmt: skip
        ticks.append(whole.busiest)
    return max(ticks)


def summarise(params: ArrayParams, ticks: int, result: Result, labels: np.ndarray) -> dict:
    """Return accuracy, latency, interval, memory accesses and use of the links."""
    samples = len(labels)
    layer = params.stages[0].layer
    pixels = -(-layer.height * layer.width // params.stages[0].replicas)  # timesteps of an image
    latency = [end - start + 1 for start, end in zip(result.starts, result.ends, strict=True)]
    interval = np.diff(result.ends).tolist() or [pixels]
    counts: dict[str, dict[str, int]] = {}
    for k, core in enumerate(params.cores):
        counts[f"core{k + 1}"] = {
            "sram_reads": result.reads[k],
            "sram_writes": result.writes[k],
            "pixels" if core.last else "partial_sums": result.carried[k],
        }
    counts["pooling"] = {"pixels": result.carried[-1]}
    added = [(stage.residual, k) for k, stage in enumerate(params.stages) if stage.residual >= 0]
    for (source, sink), carried in zip(added, result.residuals, strict=True):
        counts[f"residual{source + 1}to{sink + 1}"] = {"pixels": carried}
    use = {
        name: round(list(members.values())[-1] / (samples * pixels), 4)
        for name, members in counts.items()
    }
    return {
        "accuracy": {"score": float(np.mean(np.array(result.answers) == labels))},
        "timestep_ticks": ticks,
        "latency_timesteps": float(np.mean(latency)),
        "interval_timesteps": float(np.mean(interval)),
        "ticks": float(np.mean(latency)) * ticks,
        "counts": counts,
        "link_use": use,
    }
