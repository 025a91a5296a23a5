"""The golden model as an engine of an array of cores, and what every engine returns of a run.

``model`` runs whole steps (:mod:`goldspike.model.truenorth.shared.steps`), whose ticks are those of
the array; ``rtl`` and ``lockstep`` are in :mod:`goldspike.truenorth.circuit`, which is imported
when one of them is asked for. A sample begins with the array as it was loaded.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from goldspike.chip import Engine
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.model.truenorth.shared.steps import Steps

__all__ = ["Cores", "Encode", "GoldenEngine", "Result", "total"]

BATCH = 64
"""Samples between two looks at the bar and the keyboard."""

Encode = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Turns samples into their spikes (SPIKE, samples numbered from 0) and steps, int64 (samples,)."""


@dataclass(frozen=True, eq=False)
class Cores:
    """A loaded array.

    Parameters
    ----------
    images : sequence of CoreImage or None
        Row by row from the south west; None for a core that is not used.
    params : ArrayParams
    """

    images: Sequence[CoreImage | None]
    params: ArrayParams

    @property
    def used(self) -> list[int]:
        """The cores that are used."""
        return [k for k, image in enumerate(self.images) if image is not None]


@dataclass(frozen=True, eq=False)
class Result:
    """What some samples did.

    Attributes
    ----------
    outputs : OUTPUT (n,)
        Sorted; samples numbered from the first of the run.
    steps, ticks : int64 (samples,)
        Steps of a sample; ticks from each step's `sync` until all was idle.
    hops : int64 (samples,)
        Links between cores, and out of the array, that all packets passed.
    events, fired, sent, merged, stalls : int64 (samples, cores)
    first : int64 (samples, cores, neurons)
        The step of a neuron's first spike, -1 without one; no neurons if nobody asked for it.
    """

    outputs: np.ndarray
    steps: np.ndarray
    ticks: np.ndarray
    hops: np.ndarray
    events: np.ndarray
    fired: np.ndarray
    sent: np.ndarray
    merged: np.ndarray
    stalls: np.ndarray
    first: np.ndarray

    @property
    def samples(self) -> int:
        """How many samples it is of."""
        return len(self.steps)


def total(parts: Sequence[Result]) -> Result:
    """Return the parts of a run as one."""
    return Result(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Result))
    )


def first_steps(fired: np.ndarray) -> np.ndarray:
    """Return the step of the first spike, int64 (samples, cores, neurons).

    Parameters
    ----------
    fired : bool (samples, steps, cores, neurons)
    """
    return np.where(fired.any(axis=1), fired.argmax(axis=1), -1)


class GoldenEngine(Engine):
    """The step model.

    Parameters
    ----------
    cores : Cores
    encode : Encode
    first : bool
        Whether the steps of first spikes are wanted.
    """

    def __init__(self, cores: Cores, encode: Encode, *, first: bool = False) -> None:
        params = cores.params
        self.array = Steps(cores.images, params.columns, params.rows, params.core)
        self.depth, self.encode, self.first = params.depth, encode, first
        core = np.arange(params.cores)
        self.ways_in = core % params.columns + core // params.columns

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run samples, some at a time."""
        for start in range(begin, end, BATCH):
            part = inputs[start : min(end, start + BATCH)]
            yield self.run_batch(part, start)

    def run_batch(self, part: np.ndarray, start: int) -> Result:
        """Run a few samples; `start` is the number of the first one."""
        spikes, steps = self.encode(part)
        run = self.array.run(spikes, steps, len(part), depth=self.depth, traced=self.first)
        assert run.step_ticks is not None
        assert run.stalls is not None
        hops = run.hops.sum(axis=1)
        np.add.at(hops, spikes["sample"], self.ways_in[spikes["core"]])
        run.outputs["sample"] += start
        nobody = np.zeros((len(part), run.fired.shape[1], 0), np.int64)
        return Result(
            outputs=np.sort(run.outputs),
            steps=steps,
            ticks=run.step_ticks.sum(axis=1),
            hops=hops,
            events=run.events,
            fired=run.fired,
            sent=run.sent,
            merged=run.merged,
            stalls=run.stalls,
            first=nobody if run.traced_fired is None else first_steps(run.traced_fired),
        )
