"""What all that runs on an array has in common: engines, counts, time, energy."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Engine, Loaded, Row
from goldspike.confusion import confusion_of
from goldspike.truenorth.energy import energy
from goldspike.truenorth.engine import Cores, GoldenEngine, Result, total

__all__ = ["LoadedCores", "array_rows", "summary"]


class LoadedCores(Loaded):
    """An array with something in it.

    Parameters
    ----------
    cores : Cores
    """

    first = False
    """Whether the steps of first spikes are needed."""
    classifies = True
    """Whether answers are classes, few enough for a confusion matrix."""

    def __init__(self, cores: Cores) -> None:
        self.cores = cores

    @abstractmethod
    def encode(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return samples as spikes, SPIKE with samples from 0, and their steps, int64 (n,)."""

    @abstractmethod
    def answers(self, result: Result) -> dict[str, np.ndarray]:
        """Return what is kept of every sample; ``answer``, int64 (n,), is among it."""

    def start(self, engine: str) -> Engine:
        """Return an engine with the cores loaded."""
        if engine == "model":
            return GoldenEngine(self.cores, self.encode, first=self.first)
        from goldspike.truenorth.circuit import CircuitEngine

        return CircuitEngine(
            self.cores, self.encode, first=self.first, compared=engine == "lockstep"
        )

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, steps, ticks, hops, counts of every core that is used, energy."""
        result = total(results)
        answer = self.answers(result)["answer"]
        return {
            "accuracy": {"answer": float(np.mean(answer == labels))},
            **summary(result, self.cores, self.cores.used),
        }

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample.

        ``label``, ``answer``, ``steps``, ``ticks``, ``events``, (n,), what the workload adds, and
        ``confusion`` (classes, classes), by label and answer, if it classifies.
        """
        result = total(results)
        arrays = {
            "label": labels,
            **self.answers(result),
            "steps": result.steps,
            "ticks": result.ticks,
            "hops": result.hops,
            "events": result.events.sum(axis=1),
        }
        if self.classifies:
            arrays["confusion"] = confusion_of(labels, arrays["answer"], self.classes)
        return arrays


def summary(result: Result, cores: Cores, used: Sequence[int]) -> dict[str, Any]:
    """Return steps, ticks, hops, counts of the cores that are used, energy."""
    samples, params = result.samples, cores.params
    counts = {
        f"core{k}": {
            name: int(getattr(result, name)[:, k].sum())
            for name in ("events", "fired", "sent", "merged", "stalls")
        }
        for k in used
    }
    events = result.events.sum(axis=0)
    steps = int(result.steps.sum())
    return {
        "array": f"{params.columns} x {params.rows}",
        "cores": len(used),
        "steps": steps / samples,
        "ticks": float(result.ticks.mean()),
        "busiest_core": int(events.argmax()),
        "hops": int(result.hops.sum()),
        "row_reads": steps * len(used) * params.core.neurons,
        "counts": counts,
        "energy": energy(int(events.sum()), steps * len(used), samples),
    }


def array_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return what a table says of cores, time, events and energy."""
    samples, energy = report["samples"], report["energy"]
    events = {name: members["events"] / samples for name, members in report["counts"].items()}
    busiest = f"core{report['busiest_core']}"
    spikes = sum(members["fired"] for members in report["counts"].values()) / samples
    merged = sum(members["merged"] for members in report["counts"].values())
    stalls = sum(members["stalls"] for members in report["counts"].values())
    return [
        ("cores", f"{report['cores']} on an array of {report['array']}"),
        ("time", f"{report['steps']:.1f} steps of 1 ms, {report['ticks']:.0f} ticks"),
        (
            "events",
            f"{sum(events.values()):.1f} per sample"
            + (f", {events[busiest]:.1f} of them in {busiest}" if busiest in events else ""),
        ),
        ("spikes", f"{spikes:.1f} per sample, {report['hops'] / samples:.1f} hops"),
        *placement_rows(report),
        ("merged", f"{merged} spikes met another one on their axon and step"),
        ("stalls", f"{stalls / samples:.1f} ticks per sample that cores waited for their router"),
        (
            "energy",
            f"{energy['nJ_per_sample']:.1f} nJ per sample by events, or "
            f"{energy['nJ_per_sample_by_cores']:.1f} nJ by cores and steps",
        ),
    ]


def placement_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return how well cores are placed, if they could lie elsewhere."""
    if "placement" not in report:
        return []
    found = report["placement"]
    by_chance = f"{found['random_hops']:.1f} on average of random placements"
    return [("placement", f"{found['hops']} hops if all neurons send once, {by_chance}")]
