"""Many frames of a chip: its cores one after the other, each over all frames of a slice.

Used by :mod:`goldspike.model.alwayson.chip`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldspike.model.alwayson.aer_input import EVENT_DISTANCE
from goldspike.model.alwayson.shared.fast_core import core_frames
from goldspike.model.alwayson.shared.fast_room import FAST_COUNTS, S_PERIOD, room

__all__ = ["ChipRun", "Launches", "check_events", "run_frames"]

SLICE_FRAMES = 64
"""Frames that share room for what is launched."""


@dataclass(frozen=True)
class Launches:
    """Rows that a core launched, frame by frame.

    Attributes
    ----------
    tick, row : int64 (launches,)
        Tick of the edges at the next core.
    bounds : int64 (frames + 1,)
    """

    tick: np.ndarray
    row: np.ndarray
    bounds: np.ndarray


@dataclass(frozen=True)
class ChipRun:
    """What a chip did.

    Attributes
    ----------
    potentials : int64 (frames, outputs)
        Of the output neurons, as the frame left them.
    counts : int64 (frames, cores, 17)
        See :data:`FAST_COUNTS`; the output core has no synapse block.
    ticks : int64 (frames,)
        Until everything was at rest.
    launches : list of Launches
        Per core but the last, if the run was to keep them.
    """

    potentials: np.ndarray
    counts: np.ndarray
    ticks: np.ndarray
    launches: list[Launches]

    @property
    def winners(self) -> np.ndarray:
        """The neuron of the highest potential, the first of several: int64 (frames,)."""
        return self.potentials.argmax(axis=1)


def run_frames(
    numbers: Sequence[np.ndarray], weights: Sequence[np.ndarray],
    events: tuple[np.ndarray, np.ndarray, np.ndarray], bounds: np.ndarray, frame: int, *,
    keep: bool,
) -> ChipRun:  # fmt: skip
    """Run frames, slice by slice.

    Parameters
    ----------
    numbers : sequence of int64 (10,)
        Of every core (:data:`goldspike.model.alwayson.shared.fast_room.LOW`).
    weights : sequence of int8 (rows, columns)
    events : int64 arrays (events,)
        Tick, neuron and line of the spikes at the input core.
    bounds : int64 (frames + 1,)
    frame : int
        The output core takes spikes until this tick.
    keep : bool
        Keep what is launched.
    """
    found, kept = [], []
    for first in range(0, max(len(bounds) - 1, 1), SLICE_FRAMES):
        own = bounds[first : first + SLICE_FRAMES + 1]
        mine = tuple(part[own[0] : own[-1]] for part in events)
        *results, launched = run_slice(numbers, weights, mine, own - own[0], frame)
        found.append(results)
        if keep:
            kept.append(launched)
    potentials, counts, ticks = (
        np.concatenate([part[k] for part in found]) for k in range(3)
    )  # fmt: skip
    return ChipRun(potentials, counts, ticks, [joined(parts) for parts in zip(*kept, strict=True)])


def run_slice(
    numbers: Sequence[np.ndarray], weights: Sequence[np.ndarray],
    events: tuple[np.ndarray, ...], bounds: np.ndarray, frame: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Launches]]:  # fmt: skip
    """Run some frames; return potentials, counts, ticks and what was launched."""
    frames, cores = len(bounds) - 1, len(numbers)
    sizes = [weights[0].shape[0], *(w.shape[1] for w in weights)]
    (at, row, line), before = events, np.zeros((0, sizes[0]), np.int8)
    counts = np.zeros((cores, frames, len(FAST_COUNTS)), np.int64)
    ticks, potentials = np.zeros(frames, np.int64), np.zeros((frames, 0), np.int64)
    launches: list[Launches] = []
    for k, size in enumerate(sizes):
        output = k == cores - 1
        if output:
            at, row, bounds = frozen(at, row, bounds, frame)
            line = row
        period = int(numbers[k][S_PERIOD])
        out = np.zeros((2, 0 if output else rooms(at, bounds, period, size)), np.int64)
        after, potentials = np.zeros(frames + 1, np.int64), np.zeros((frames, size), np.int64)
        fits = core_frames(
            room(size), numbers[k], at, row, line, bounds, before, out[0], out[1], after,
            counts[k], potentials, ticks,
        )  # fmt: skip
        assert fits, "a core launches at most one row per three pulses"
        if not output:
            at, row = (part[: after[-1]].copy() for part in out)
            before, bounds, line = weights[k], after, row
            launches.append(Launches(at, row, after))
    return potentials, counts.transpose(1, 0, 2), ticks, launches


def joined(parts: Sequence[Launches]) -> Launches:
    """Return what a core launched in all slices."""
    before = np.cumsum([0, *(part.tick.size for part in parts)])
    bounds = [part.bounds[1:] + start for part, start in zip(parts, before[:-1], strict=True)]
    return Launches(
        np.concatenate([part.tick for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([np.zeros(1, np.int64), *bounds]),
    )


def check_events(at: np.ndarray, row: np.ndarray, line: np.ndarray, bounds: np.ndarray) -> None:
    """Check that events fit each other and are in order."""
    if not at.shape == row.shape == line.shape:
        raise ValueError(
            f"every event must have a tick, an address and a sign, not {at.size} ticks, "
            f"{row.size} addresses and {line.size} signs"
        )
    if bounds[0] != 0 or bounds[-1] != at.size or np.any(np.diff(bounds) < 0):
        raise ValueError(f"bounds must rise from 0 to the number of events, {at.size}")
    later = np.diff(at) < EVENT_DISTANCE
    later[np.intersect1d(bounds[1:-1] - 1, np.arange(later.size))] = False
    if later.any():
        raise ValueError(f"AER events must be at least {EVENT_DISTANCE} ticks apart")


def rooms(at: np.ndarray, bounds: np.ndarray, period: int, size: int) -> int:
    """Return how many rows a core can launch at most: one per three pulses, and a few to end."""
    filled = bounds[1:] > bounds[:-1]
    length = at[bounds[1:][filled] - 1] - at[bounds[:-1][filled]]
    return int((length // (3 * period) + 4 * size + 8).sum())


def frozen(
    at: np.ndarray, row: np.ndarray, bounds: np.ndarray, frame: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the events that reach an output core before it is frozen."""
    kept = at <= frame
    return at[kept], row[kept], np.concatenate([[0], np.cumsum(kept)])[bounds]
