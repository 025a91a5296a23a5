"""Rows of stimulus, written and read: lines, levels, edges."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from goldspike.cosim.bench.pins import common
from goldspike.cosim.bench.ports import Ports
from goldspike.model.limits import require_room, require_ticks

__all__ = [
    "LONG",
    "at_rest",
    "changes",
    "edges",
    "every_tick",
    "get_lines",
    "longest",
    "noise",
    "rows_from_levels",
    "set_lines",
    "spans",
    "up",
]


LONG = 256
"""Ticks of a wait that is longer than those that chance brings, and than eight bits count."""

MOST_TICKS = 1 << 24
"""Ticks of a stimulus whose every tick is looked at: minutes of computing."""


class Blank(Protocol):
    """A bench, as far as rows need one."""

    def blank(self, count: int) -> np.ndarray:
        """Return `count` rows of stimulus, all zero."""
        ...


def set_lines(rows: np.ndarray, name: str, lines: np.ndarray) -> None:
    """Write boolean lines ``(rows, n)`` into the input `name`."""
    packed = np.packbits(lines, axis=1, bitorder="little")
    room = rows.dtype[name].itemsize
    padded = np.zeros((len(rows), room), np.uint8)
    padded[:, : packed.shape[1]] = packed
    target = rows[name]
    if target.ndim == 1:
        rows[name] = padded.view(target.dtype)[:, 0]
    else:
        rows[name] = padded


def noise(ports: Ports, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return `count` rows in which every line of every input is up or down at random."""
    rows = np.zeros(count, ports.stimulus_dtype)
    for name, width in ports.inputs.items():
        set_lines(rows, name, rng.random((count, width)) < 0.5)
    return rows


def get_lines(rows: np.ndarray, name: str, count: int) -> np.ndarray:
    """Return the input `name` as boolean lines ``(rows, count)``."""
    values = np.ascontiguousarray(rows[name])
    size = values.dtype.itemsize * int(np.prod(values.shape[1:]))
    raw = values.view(np.uint8).reshape(len(rows), size)
    return np.unpackbits(raw, axis=1, count=count, bitorder="little").astype(bool)


def every_tick(rows: np.ndarray, more: int = 0) -> np.ndarray:
    """Return one row per tick, from tick 1 to the last of `rows`; before the rows all is low.

    With `more` ticks behind the last row, whose values hold.
    """
    last = int(rows["tick"][-1]) + more if rows.size else 0
    _check_ticks(last, rows)
    ticks = np.arange(1, last + 1)
    known = np.concatenate([np.zeros(1, rows.dtype), rows])
    filled = known[np.searchsorted(rows["tick"], ticks, side="right")]
    filled["tick"] = ticks
    return filled


def edges(rows: np.ndarray, name: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rising edges ``(tick, line)`` of the input `name`; before the rows all is low."""
    lines = get_lines(rows, name, count)
    before = np.vstack([np.zeros((1, count), bool), lines[:-1]])
    row, line = np.nonzero(lines & ~before)
    return rows["tick"][row].astype(np.int64), line.astype(np.int64)


def up(rows: np.ndarray, *names: str) -> np.ndarray:
    """Return the ticks, up to the last row's, on which one of some inputs is up."""
    chosen = np.any([rows[name] != 0 for name in names], axis=0)
    ends = np.append(rows["tick"][1:] - 1, rows["tick"][-1:])
    return spans(rows["tick"][chosen], ends[chosen])


def longest(ticks: np.ndarray) -> int:
    """Return for how many ticks on end something is up, at most."""
    ends = np.flatnonzero(np.diff(ticks.astype(int), prepend=0, append=0))
    return int(np.max(ends[1::2] - ends[::2], initial=0))


def at_rest(rows: np.ndarray, busy: np.ndarray, *names: str) -> None:
    """Make sure that some inputs are up only while nothing is under way, as is their contract.

    Parameters
    ----------
    rows : structured array
    busy : ndarray
        The ticks on which something is.
    names : str
    """
    for name in names:
        ticks = up(rows, name)
        if not ticks.size:
            continue
        near = busy[(busy >= ticks[0]) & (busy <= ticks[-1])]  # often few, and searching sorts them
        broken = common(ticks, near)
        assert not broken.size, f"{name} is up on tick {broken[0]}, which is not one of rest"


def spans(begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return all ticks from each beginning to its end, the end included."""
    ticks = int(np.sum(ends - begins, dtype=object)) if len(begins) else 0
    require_ticks("Stimulus", ticks, MOST_TICKS)
    lengths = np.maximum(np.asarray(ends, np.int64) - begins + 1, 0)
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(begins - before, lengths)


def changes(rows: np.ndarray) -> np.ndarray:
    """Return the rows on which an input changes; before the rows all is low."""
    names = [name for name in rows.dtype.names or () if name != "tick"]
    changed = np.zeros(rows.size, bool)
    for name in names:
        column = rows[name].reshape(rows.size, -1)
        before = np.concatenate([np.zeros_like(column[:1]), column[:-1]])
        changed |= (column != before).any(axis=1)
    return rows[changed]


def rows_from_levels(
    bench: Blank, levels: Mapping[str, np.ndarray], *, whole: bool = False
) -> np.ndarray:
    """Return rows from the level of every input on each tick from 1 on.

    Integer inputs are ``(ticks,)``, lines are boolean ``(ticks, n)``. Rows on which nothing changes
    are left out, except the first and the last. With `whole` all are kept: the clock of a circuit
    at rest runs on the ticks of rows, and some inputs have to be seen on every tick.
    """
    count = len(next(iter(levels.values())))
    _check_ticks(count, bench.blank(0))
    rows = bench.blank(count)
    rows["tick"] = np.arange(1, count + 1)
    for name, level in levels.items():
        if level.ndim == 2:
            set_lines(rows, name, level)
        else:
            rows[name] = level
    if whole:
        return rows
    values = [name for name in rows.dtype.names or () if name != "tick"]
    changed = np.ones(count, bool)
    changed[1:-1] = False
    for name in values:
        column = rows[name].reshape(count, -1)
        changed[1:] |= (column[1:] != column[:-1]).any(axis=1)
    return rows[changed]


def _check_ticks(ticks: int, rows: np.ndarray) -> None:
    """Refuse a stimulus that is too long to look at tick by tick."""
    require_ticks("Stimulus", ticks, MOST_TICKS)
    require_room(f"Stimulus of {ticks} ticks", 3 * ticks * rows.dtype.itemsize)
