"""The golden model as an engine of the always-on chip, and what every engine returns of samples.

``model`` goes from event to event; ``rtl`` and ``lockstep`` are in
:mod:`goldspike.alwayson.circuit`, which is imported when one of them is asked for. A sample is a
frame, and begins with the chip as `clear` leaves it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from goldspike.chip import Engine
from goldspike.model.alwayson.chip import FAST_COUNTS, ChipModel

__all__ = ["BATCH", "Encode", "Events", "GoldenEngine", "Result", "total"]

BATCH = 64
"""Samples between two looks at the bar and the keyboard."""


class Events(NamedTuple):
    """What the AER input is sent, frame after frame, as :meth:`.ChipModel.run` takes it."""

    tick: np.ndarray
    address: np.ndarray
    bounds: np.ndarray


Encode = Callable[[np.ndarray, int], Events]
"""Turns samples into their events; the number is that of the first one in its set."""


@dataclass(frozen=True, eq=False)
class Result:
    """What some samples did.

    Attributes
    ----------
    potentials : int64 (samples, outputs)
        Of the output neurons, as they were read out.
    counts : int64 (samples, cores, len(FAST_COUNTS))
    ticks : int64 (samples,)
        Until everything was at rest.
    """

    potentials: np.ndarray
    counts: np.ndarray
    ticks: np.ndarray

    @property
    def samples(self) -> int:
        """How many samples it is of."""
        return len(self.ticks)

    def count(self, name: str) -> np.ndarray:
        """Return one of :data:`FAST_COUNTS`, int64 (samples, cores)."""
        return self.counts[:, :, FAST_COUNTS.index(name)]


def total(parts: Sequence[Result]) -> Result:
    """Return the parts of a run as one."""
    return Result(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Result))
    )


class GoldenEngine(Engine):
    """The golden model, a batch of frames per call.

    Parameters
    ----------
    model : ChipModel
    encode : Encode
    frame : int
        Ticks until the output core is frozen.
    """

    threads = True

    def __init__(self, model: ChipModel, encode: Encode, frame: int) -> None:
        self.model, self.encode, self.frame = model, encode, frame

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run samples, some at a time."""
        for first in range(begin, end, BATCH):
            events = self.encode(inputs[first : min(end, first + BATCH)], first)
            run = self.model.run(*events, self.frame)
            yield Result(run.potentials, run.counts, run.ticks)
