"""Rows and records of the chip over loads and clears: what stays up, what keeps."""

import numpy as np

__all__ = ["held_on", "hold_bias", "keep", "some_twice", "with_bias"]

KEPT = {"source": "integrated", "address": "strobe"}
"""What keeps over a clear until this comes for the first time."""


def keep(records: np.ndarray, before: list[np.ndarray]) -> None:
    """Let records of a sample begin with what the samples before it left behind."""
    last = next((past[-1] for past in reversed(before) if past.size), None)
    for name, comes in KEPT.items():
        if last is not None and name in (records.dtype.names or ()):
            records[name][np.cumsum(records[comes]) == 0] = last[name]


def held_on(rows: np.ndarray, last: int) -> np.ndarray:
    """Return a sample's rows with the strobe up until `last`, a tick before the first event."""
    rows["in_strobe"][rows["tick"] <= last] = 1
    if (rows["tick"] == last + 1).any():
        return rows
    place = int(np.searchsorted(rows["tick"], last + 1))
    falls = rows[place - 1 : place].copy()
    falls["tick"], falls["in_strobe"] = last + 1, 0
    return np.insert(rows, place, falls)


def hold_bias(rng: np.random.Generator, rows: np.ndarray, lines: int) -> None:
    """Let the last strobe before a load or a clear stay up until that is over, and longer."""
    stops = np.flatnonzero(np.diff((rows["load"] | rows["clear"]) != 0, prepend=False))
    for line in range(lines):
        raised = np.flatnonzero(rows["bias"] >> line & 1)
        for stop in stops[rng.random(stops.size) < 0.7]:
            place = int(np.searchsorted(raised, stop))
            if place:
                until = raised[place] - 1 if place < raised.size else rows.size
                rows["bias"][raised[place - 1] : min(until, stop + 3)] |= 1 << line


def some_twice(strobes: np.ndarray) -> np.ndarray:
    """Return strobes of which every third comes again while the first one still waits."""
    return np.union1d(strobes, strobes[::3] + 2)


def with_bias(rows: np.ndarray, bias: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return a sample's rows with a high and a low of one tick each per strobe of a bias."""
    if not any(strobes.size for strobes in bias):
        return rows
    moves = [move for strobes in bias for move in (strobes, strobes + 1)]
    ticks = np.unique(np.concatenate([rows["tick"], *moves]))
    filled = rows[np.searchsorted(rows["tick"], ticks, side="right") - 1]
    filled["tick"] = ticks
    filled["bias"] = sum(np.isin(ticks, strobes) << k for k, strobes in enumerate(bias))
    return filled
