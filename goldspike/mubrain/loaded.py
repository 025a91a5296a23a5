"""A network on µBrain with its settings: how it is read, run over images, and summed up."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.confusion import confusion_of
from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import ChipParams
from goldspike.model.mubrain.readout import NO_ANSWER
from goldspike.model.mubrain.shared.spikes import Room, Spikes
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.timebase import seconds
from goldspike.mubrain.energy import energy
from goldspike.mubrain.engine import BatchResult, ModelEngine, SampleEngine, SampleResult
from goldspike.mubrain.metrics import measure
from goldspike.mubrain.sender import check_time
from goldspike.workloads.dataset import Dataset, network_inputs
from goldspike.workloads.mubrain.encoding import Coder, encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.mubrain.settings import Settings
from goldspike.workloads.network import Network, load_network

__all__ = ["LoadedNetwork", "collect", "load", "summarise"]

MOST_SAMPLES = 256
"""Samples of a batch at most: a few hundredths of a second."""
MOST_EVENTS = 1 << 20
"""Events of a batch at most, if it has several samples, which bounds the memory."""
Result = SampleResult | BatchResult


class LoadedNetwork(Loaded):
    """A network on µBrain.

    Parameters
    ----------
    path : Path
        Its file.
    settings : Settings
    weights : list of int8 (inputs, neurons)
        Of the chip's sizes.
    network : Network
        As its file has it; the chip may be larger.
    storage_chosen : bool
        Whether the user chose how weights are stored.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        weights: list[np.ndarray],
        *,
        network: Network,
        storage_chosen: bool,
    ) -> None:
        self.path, self.settings, self.weights = path, settings, weights
        self.seed, self.classes = settings.encoding.seed, network.sizes[-1]
        self.network = network
        self.storage_chosen = storage_chosen

    def params(self, engine: str) -> ChipParams:
        """Return the chip as an engine runs it."""
        if engine == "model" or self.storage_chosen:
            return self.settings.chip
        return replace(self.settings.chip, storage=Storage.MEMORY)  # equal ticks, half the time

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return grey levels, uint8 (n, inputs)."""
        return network_inputs(dataset, self.settings.chip.sizes[0], self.path)

    def start(self, engine: str) -> Engine:
        """Return an engine that codes images and runs them."""
        runner = make_engine(engine, self.params(engine), self.weights)
        params = self.params(engine)
        if isinstance(runner, ModelEngine):
            return CodedBatches(runner, params, self.settings)
        return Coded(runner, params, self.settings)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, answers missing, counts, ticks, energy and metrics of a run."""
        found = summarise(results, labels)
        metrics = measure(
            self.settings.chip, self.network, found["counts"], found["ticks"], len(labels)
        )
        return {**found, "neurobench": metrics}

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample; see :func:`collect`."""
        return collect(results, labels, self.settings.chip.sizes[-1])


class Coded(Engine):
    """Runs images: each becomes spikes, by its number in the data set."""

    def __init__(self, runner: SampleEngine, params: ChipParams, settings: Settings) -> None:
        self.runner, self.params, self.settings = runner, params, settings
        self.strobes = settings.strobes(settings.encoding.window)

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[SampleResult]:
        """Run images; yield a result for each.

        Raises
        ------
        InputError
            If one lasts longer than the read-out's time can hold.
        """
        spikes = (self.coded(inputs[k], k) for k in range(begin, end))
        for k, result in enumerate(self.runner.run_all(spikes), start=begin):
            check_time(result.ticks, self.params, f"sample {k}")
            yield result

    def coded(
        self, image: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
        """Return the spikes of an image, if each line can be served once within the time."""
        tick, address = encode(image, self.settings.encoding, k)
        least = np.unique(address).size * self.params.oscillator.period
        check_time(least, self.params, f"sample {k}")
        return tick, address, self.strobes

    def close(self) -> None:
        """Free the simulator, if there is one."""
        self.runner.close()


class CodedBatches(Engine):
    """Runs images on the golden model, a batch of them in a few compiled calls."""

    threads = True

    def __init__(self, runner: ModelEngine, params: ChipParams, settings: Settings) -> None:
        self.runner, self.params = runner, params
        self.coder = Coder(settings.encoding, params.sizes[0])
        self.strobes = settings.strobes(settings.encoding.window)
        self.local = threading.local()

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[BatchResult]:
        """Run images; yield a result for each batch.

        Raises
        ------
        InputError
            If a sample lasts longer than the read-out's time can hold.
        """
        if not hasattr(self.local, "room"):
            self.local.room = Room()
        first = begin
        while first < end:
            images = self.batch(inputs[first:end])
            events = self.coder.run_batch(images, first, self.local.room)
            self.check_least(events, first)
            result = self.runner.run_batch(events, self.local.room, self.strobes)
            for k in np.flatnonzero(result.ticks == result.ticks.max())[:1]:
                check_time(int(result.ticks[k]), self.params, f"sample {first + k}")
            yield result
            first += len(images)

    def batch(self, images: np.ndarray) -> np.ndarray:
        """Return as many of the images as one call runs, at least one."""
        images = images[:MOST_SAMPLES]
        events = np.cumsum(self.coder.most_events(images))
        return images[: max(1, np.searchsorted(events, MOST_EVENTS, side="right"))]

    def check_least(self, events: Spikes, first: int) -> None:
        """Refuse samples in which no line could be served once within the time."""
        period = self.params.oscillator.period
        if period * self.params.sizes[0] < 1 << self.params.readout.time_bits:
            return
        for k, (begin, end) in enumerate(pairwise(events.bounds)):
            least = np.unique(events.line[begin:end]).size * period
            check_time(least, self.params, f"sample {first + k}")


def make_engine(name: str, params: ChipParams, weights: list[np.ndarray]) -> SampleEngine:
    """Return an engine by its name; those with a circuit may compile."""
    if name == "model":
        return ModelEngine(params, weights)
    from goldspike.mubrain.circuit import LockstepEngine, RtlEngine

    return (RtlEngine if name == "rtl" else LockstepEngine)(params, weights)


def load(path: Path, choices: Choices) -> LoadedNetwork:
    """Read a network file and put it on the chip.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    network = load_network(path)
    try:
        settings, weights = place(network, choices.values, choices.assignments)
        check_time(settings.encoding.window, settings.chip, "the window")
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return LoadedNetwork(
        path,
        settings,
        weights,
        network=network,
        storage_chosen="storage" in choices.values,
    )


def summarise(results: Sequence[Result], y: np.ndarray) -> dict[str, Any]:
    """Return accuracy, counts, ticks and energy of a run."""
    run = BatchResult.of(results)
    counts = {
        part: {key: int(of_samples.sum()) for key, of_samples in members.items()}
        for part, members in run.counts.items()
    }
    spikes = sum(members.get("spikes", 0) for part, members in counts.items() if part != "output")
    ticks = float(np.mean(run.ticks))
    return {
        "accuracy": {name: float(np.mean(said == y)) for name, said in run.answers.items()},
        "no_answer": {name: int(np.sum(said == NO_ANSWER)) for name, said in run.answers.items()},
        "counts": counts,
        "ticks": ticks,
        "energy": energy(spikes / run.samples, seconds(ticks)),
    }


def collect(results: Sequence[Result], y: np.ndarray, classes: int) -> Arrays:
    """Return what is kept of every sample.

    ``label``, the answers by read-out (-1: none), ``interval`` and ``ticks`` (n,); ``spikes``
    (n, parts), in the order of the report's counts; the output events of all samples one after the
    other as ``output_tick`` and ``output_class``, and how many each sample has, ``outputs`` (n,);
    ``confusion_<read-out>`` (classes, classes + 1), by label and answer, no answer last.
    """
    run = BatchResult.of(results)
    return {
        "label": y,
        **run.answers,
        "interval": run.interval,
        "ticks": run.ticks,
        "spikes": np.stack([members["spikes"] for members in run.counts.values()], axis=1),
        "outputs": run.outputs,
        "output_tick": run.output_tick,
        "output_class": run.output_class,
        **{
            f"confusion_{name}": confusion_of(y, said, classes, none=True)
            for name, said in run.answers.items()
        },
    }
