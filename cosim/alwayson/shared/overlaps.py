"""Levels that stay up over each other's edges, as nothing forbids at rest; an array per step."""

import numpy as np

__all__ = ["noise", "strokes", "until_later"]

LONGEST = 12
"""Steps for which a level stays up, or stays as it is, at most."""


def noise(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return a level that is up for some steps and down for some, and down at last."""
    lengths = rng.integers(1, LONGEST + 1, count + 1)
    level = np.repeat(np.arange(count + 1) % 2 == 1, lengths)[:count]
    level[-1:] = False
    return level


def strokes(rng: np.random.Generator, clock: np.ndarray) -> np.ndarray:
    """Return a level that is now and then up for some steps, first while `clock` is up.

    Half of the others begin around such a step, too.
    """
    over, count = np.flatnonzero(clock), 2 + clock.size // 30
    first = int(rng.choice(over))
    near = rng.choice(over, count) - rng.integers(0, LONGEST // 2, count)
    begins = np.where(rng.random(count) < 0.5, near, rng.integers(first, clock.size, count))
    level = np.zeros(clock.size, bool)
    for begin in [first, *np.maximum(begins, first)]:
        level[begin : begin + int(rng.integers(1, LONGEST + 1))] = True
    return level


def until_later(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    """Return a clock that falls later where there is time until it rises again."""
    found = level.copy()
    falls = np.flatnonzero(level[:-1] & ~level[1:]) + 1
    rises = np.append(np.flatnonzero(~level[:-1] & level[1:]) + 1, level.size)
    for fall in falls:
        room = int(rises[np.searchsorted(rises, fall)]) - fall
        found[fall : fall + int(rng.integers(0, min(room, LONGEST)))] = True
    return found
