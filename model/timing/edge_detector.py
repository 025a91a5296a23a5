"""Input edge detector: a rising edge leaves a spike pending until it is taken.

Ref: Stuijt 2021, section 2.3 and Fig. 2A, 2C ("Input Edge Detector"). How long the level stays high
does not matter. The paper does not say what a second edge does while the first still waits: here it
merges with it, and each merge is counted (rule 2 of :mod:`goldspike.model.timebase`). Nor does it
say what an edge does at the very moment at which the waiting spike is taken: in ``tick`` it is a
new spike (rule 3), in ``cell`` it merges with the spike that is taken.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import step
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = ["EdgeDetectorModel", "EdgeDetectorParams", "mark", "take"]


@dataclass(frozen=True, kw_only=True)
class EdgeDetectorParams:
    """A bank of edge detectors.

    Parameters
    ----------
    inputs : int
        Number of input lines, 1..4096.
    """

    inputs: int = 1

    def __post_init__(self) -> None:
        require_int("inputs", self.inputs, 1, 4096)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with an edge or a take; `edge` and `merging` are of that tick."""
        return TraceLayout(
            (
                Field("pending", self.inputs, bitmap=True),
                Field("merged", self.inputs, bitmap=True),
                Field("edge", self.inputs, bitmap=True),
                Field("merging", 1),
            )
        )

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows: lines of `merges` and `takes` change with each one."""
        return TraceLayout(
            tuple(Field(name, self.inputs, bitmap=True) for name in ("pending", "merges", "takes"))
        )


@step
def mark(pending: np.ndarray, line: int) -> bool:
    """Note an edge on `line` (bool array, changed in place); return whether it merged."""
    merged = pending[line]
    pending[line] = True
    return merged


@step
def take(pending: np.ndarray, line: int) -> None:
    """Take the spike that waits on `line`; a line without one is left alone."""
    pending[line] = False


class EdgeDetectorModel:
    """Golden edge detectors, one call per tick on which anything moves.

    Parameters
    ----------
    params : EdgeDetectorParams
    tie_merges : bool
        An edge at the very moment of a take merges with the spike that is taken: ``cell``.

    Attributes
    ----------
    pending : bool array (inputs,)
        Lines on which a spike waits.
    level : bool array (inputs,)
        Lines as last sampled.
    merged : int
        Edges so far that merged with a waiting spike.
    """

    def __init__(self, params: EdgeDetectorParams, *, tie_merges: bool = False) -> None:
        self.params = params
        self.tie_merges = tie_merges
        self.pending = np.zeros(params.inputs, bool)
        self.level = np.zeros(params.inputs, bool)
        self.merged = 0

    def tick(self, level: np.ndarray, taken: np.ndarray) -> np.ndarray | None:
        """Advance one tick.

        Parameters
        ----------
        level, taken : bool arrays (inputs,)
            The lines as sampled on this tick, and the lines whose spike is taken on it.

        Returns
        -------
        trace word (0-d structured array), or None if there was neither an edge nor a take.
        """
        edges = level & ~self.level
        merged = np.zeros_like(edges)
        found = taken & self.pending  # a take sees the state of the tick before
        if not self.tie_merges:  # so an edge on the same tick is a new spike
            for line in np.flatnonzero(found):
                take(self.pending, line)
        for line in np.flatnonzero(edges):
            merged[line] = mark(self.pending, line)
        if self.tie_merges:
            for line in np.flatnonzero(found):
                take(self.pending, line)
        self.level = level.copy()
        self.merged += int(merged.sum())
        if not edges.any() and not taken.any():
            return None
        word = np.zeros((), self.params.trace.dtype)
        word["pending"], word["merged"] = pack_bits(self.pending), pack_bits(merged)
        word["edge"], word["merging"] = pack_bits(edges), merged.any()
        return word
