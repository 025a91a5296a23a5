"""A chip of one counter: it counts the bright points of an image."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded, Row, RunsNetworks
from goldspike.model.errors import LockstepError
from goldspike.model.tally.counter import CounterModel, CounterParams

__all__ = ["CHIP", "Tally"]


class CounterEngine(Engine):
    """The counter's golden model, or both in lockstep."""

    def __init__(self, engine: str) -> None:
        self.lockstep = engine == "lockstep"

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Any]:
        """Count the points of each image."""
        for points in inputs[begin:end]:
            if self.lockstep:
                self.compare(points)
            count = CounterModel(CounterParams()).run(points)[-1]
            yield np.rec.array((1, count), [("samples", int), ("count", int)])

    def compare(self, points: np.ndarray) -> None:
        """Hold the circuit against its model on an image."""
        from goldspike.cosim.bench.stimulus import rows_from_levels
        from goldspike.cosim.lockstep.replay import Replay
        from goldspike.cosim.simulator.batch import BatchSimulator
        from goldspike.cosim.tally.counter import CounterBench

        bench = CounterBench("8")
        replay = Replay(bench, rows_from_levels(bench, {"up": points.astype(np.uint8)}))
        with BatchSimulator(bench.make(), bench.layout) as simulator:
            mismatch = replay.compare(simulator, replay.play(simulator))
        if mismatch:
            raise LockstepError(str(mismatch))


class LoadedTally(Loaded):
    """A counter needs no weights."""

    classes = 10

    def inputs(self, dataset: Any) -> np.ndarray:
        """Return the points of every image, bool (images, points)."""
        return dataset.x.reshape(len(dataset), -1) > 0

    def start(self, engine: str) -> Engine:
        """Return an engine."""
        return CounterEngine(engine)

    def summarise(self, results: Sequence[Any], labels: np.ndarray) -> dict[str, Any]:
        """Take the last digit of the count for the answer."""
        counts = np.array([result.count for result in results])
        return {
            "accuracy": {"last_digit": float(np.mean(counts % 10 == labels))},
            "counts": {"counter": {"points": int(counts.sum())}},
        }

    def collect(self, results: Sequence[Any], labels: np.ndarray) -> Arrays:
        """Return all counts."""
        return {"counts": np.array([result.count for result in results])}


class Tally(RunsNetworks):
    """A chip of one counter."""

    name = "tally"
    title = "tally"
    sentence = "counts bright points"
    default_net = "nets/digits.npz"
    engines = ("model", "lockstep")

    def load(self, path: Path, choices: Choices) -> Loaded:
        """Read nothing."""
        return LoadedTally()

    def rows(self, report: Mapping[str, Any]) -> list[Row]:
        """Return the count."""
        return [("points", str(report["counts"]["counter"]["points"]))]


CHIP = Tally
