"""Pauses: moments of a run that last for long, so that what a circuit keeps is kept for long."""

import numpy as np

__all__ = ["PAUSE", "held_for", "with_pauses"]

PAUSE = 1100
"""Ticks: more than ten bits count."""


def with_pauses(rows: np.ndarray, *names: str, count: int = 3) -> np.ndarray:
    """Return rows of which some on which nothing is asked for come again, tick after tick.

    A circuit at rest has a clock on the ticks of rows, so these are rows on every tick.

    Parameters
    ----------
    rows : structured array
    names : str
        The inputs that are 0 on those rows.
    count : int
        How many pauses there are at most: the first and the last are as early and as late as can
        be, the others in between.
    """
    quiet = np.ones(rows.size, bool)
    for name in names:
        quiet &= ~rows[name].reshape(rows.size, -1).any(axis=1)
    places = np.flatnonzero(quiet)
    if not places.size:
        return rows
    chosen = places[np.unique(np.linspace(0, places.size - 1, count).astype(int))]
    times = np.ones(rows.size, np.int64)
    times[chosen] = PAUSE
    return held_for(rows, times)


def held_for(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return rows each of which comes so many times, tick after tick; later ones come later."""
    held = np.repeat(np.arange(rows.size), times)
    longer = rows[held]
    longer["tick"] += (np.arange(held.size) - held).astype(longer["tick"].dtype)
    return longer
