"""What a circuit's output pins do: the value of every pin, from each tick on which one changes.

A bench says it pin by pin, as a :data:`Course`; :func:`gather` makes one array of records of it.
When pins are looked at: :mod:`goldspike.model.timebase`.
"""

import numpy as np
from numpy.typing import ArrayLike

from goldspike.model.trace import distinct

__all__ = [
    "Course",
    "Pins",
    "at",
    "between",
    "common",
    "distinct",
    "gather",
    "held",
    "side_by_side",
    "since",
    "steady",
    "strobes",
    "taken_up",
    "through",
    "tidy",
    "unless",
]

Course = tuple[np.ndarray, np.ndarray]
"""Ticks from which on a pin has a value, in order, and the values.

The first tick is 0. Values are integers ``(count,)``, boolean lines ``(count, n)``, or bytes
``(count, bytes)``, line 0 lowest. Of several values for one tick the last one counts.
"""

Pins = dict[str, Course]
"""What every pin does, by name."""


def through(given: ArrayLike, rest: int = 0) -> Course:
    """Return the course of a pin that follows the inputs of its tick.

    Parameters
    ----------
    given : array
        Its value on the ticks 1, 2, ...
    rest : int
        Its value on tick 0.
    """
    values = np.asarray(given)
    first = np.full_like(values[:1], rest) if values.size else np.array([rest])
    values = np.concatenate([first, values])
    changed = np.ones(len(values), bool)
    flat = values.reshape(len(values), -1)
    changed[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    return np.flatnonzero(changed).astype(np.int64), values[changed]


def held(ticks: np.ndarray, values: ArrayLike, rest: int = 0) -> Course:
    """Return the course of a pin that shows registers, which change on some ticks.

    Parameters
    ----------
    ticks, values : ndarray
        What it shows once a tick is over: it is seen from the next tick on.
    rest : int
        What it shows after the reset.
    """
    return taken_up(np.asarray(ticks) + 1, values, rest)


def taken_up(ticks: np.ndarray, given: ArrayLike, rest: int = 0) -> Course:
    """Return the course of a pin that has the `given` values from `ticks` on, and `rest` before."""
    values = np.asarray(given)
    first = np.full((1, *values.shape[1:]), rest, values.dtype)
    since = np.concatenate([[0], np.asarray(ticks)]).astype(np.int64)
    return since, np.concatenate([first, values])


def strobes(times: ArrayLike, values: np.ndarray | None = None) -> Course:
    """Return the course of a pin that is up on some ticks, and down on all others.

    Parameters
    ----------
    times : array
        The ticks; in order if there are `values`.
    values : ndarray, optional
        What it shows on each; default: 1.
    """
    ticks = np.asarray(times, np.int64)
    if values is None:
        ticks = distinct(ticks)
        begins = np.append(True, np.diff(ticks) > 1)[: ticks.size]
        ends = np.append(begins[1:], True)[: ticks.size]
        return between(ticks[begins], ticks[ends] + 1)
    return between(ticks, ticks + 1, values)


def between(begins: np.ndarray, ends: np.ndarray, values: np.ndarray | None = None) -> Course:
    """Return the course of a pin that is up from each beginning until just before its end.

    Where one ends as another begins, it stays up.

    Parameters
    ----------
    begins, ends : ndarray
        The stretches, in order, none within another.
    values : ndarray, optional
        What it shows in each; default: 1.
    """
    if values is None:
        values = np.ones(begins.size, np.int64)
    since = np.concatenate([ends, begins])
    order = np.argsort(since, kind="stable")  # a beginning has the last word on its tick
    return taken_up(since[order], np.concatenate([np.zeros_like(values), values])[order])


def steady(value: int) -> Course:
    """Return the course of a pin that never changes."""
    return np.zeros(1, np.int64), np.array([value])


def unless(course: Course, width: int) -> Course:
    """Return the mask of a bundle that may have any value unless another pin is up."""
    since, values = course
    return since, np.repeat((values == 0)[:, None], width, axis=1)


def at(course: Course, ticks: np.ndarray) -> np.ndarray:
    """Return what a pin with this course shows on some ticks."""
    since, values = course
    return values[np.searchsorted(since, ticks, side="right") - 1]


def side_by_side(values: np.ndarray, bits: int) -> np.ndarray:
    """Return numbers ``(count, n)`` as lines ``(count, n * bits)``, the first in the lowest."""
    places = np.arange(bits, dtype=np.uint64)
    lines = values.astype(np.int64).view(np.uint64)[:, :, None] >> places & np.uint64(1)
    return lines.reshape(len(values), -1).astype(bool)


def gather(dtype: np.dtype, courses: Pins) -> np.ndarray:
    """Return the records of all pins of some courses, one per tick on which any pin changes.

    Parameters
    ----------
    dtype : dtype
        Of a record: the tick, and every pin.
    courses : dict of str to Course
        Of exactly these pins.
    """
    names = [name for name in dtype.names or () if name != "tick"]
    assert set(courses) == set(names), f"pins {sorted(courses)}, expected {sorted(names)}"
    ticks = distinct(np.concatenate([np.zeros(1, np.int64), *(t for t, _ in courses.values())]))
    records = np.zeros(ticks.size, dtype)
    records["tick"] = ticks
    for name, (since, values) in courses.items():
        assert np.all(since[1:] >= since[:-1]), f"the ticks of {name} are in order"
        begins = np.searchsorted(ticks, since)
        lasts = np.diff(begins, append=ticks.size)  # not at all, if its tick has a later value
        shown = packed(values, dtype[name]).repeat(lasts, axis=0)
        records[name][ticks.size - len(shown) :] = shown
    return tidy(records)


def since(records: np.ndarray, tick: int) -> np.ndarray:
    """Return the records of pins from a tick on, the first of them as of that tick."""
    found = records[np.searchsorted(records["tick"], tick, side="right") - 1 :].copy()
    found["tick"][0] = tick
    return found


def common(ticks: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return ticks that are among others, too, in order, each once; see :func:`distinct`."""
    return np.intersect1d(distinct(ticks), distinct(others), assume_unique=True)


def packed(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return the values of a pin as its field keeps them."""
    if values.ndim == 1:
        if dtype.subdtype is None:
            return values.astype(dtype)
        values = values.astype("<u8").view(np.uint8).reshape(len(values), -1)
    elif values.dtype == bool:
        values = np.packbits(values, axis=1, bitorder="little")
    padded = np.zeros((len(values), dtype.itemsize), np.uint8)
    width = min(values.shape[1], dtype.itemsize)
    padded[:, :width] = values[:, :width]
    assert not values[:, width:].any(), "the value is wider than its pin"
    return padded if dtype.subdtype else padded.view(dtype)[:, 0]


def tidy(records: np.ndarray) -> np.ndarray:
    """Return the last record of each tick, and of these only those that differ from the one before.

    Parameters
    ----------
    records : structured array
        The tick first; ticks in order.
    """
    if not records.size:
        return records
    last = np.append(records["tick"][1:] != records["tick"][:-1], True)
    records = np.ascontiguousarray(records if last.all() else records[last])
    changed = np.zeros(records.size, bool)
    changed[0] = True
    for name in (records.dtype.names or ())[1:]:
        differs = records[name][1:] != records[name][:-1]
        changed[1:] |= differs.any(axis=1) if differs.ndim > 1 else differs
    return records if changed.all() else records[changed]
