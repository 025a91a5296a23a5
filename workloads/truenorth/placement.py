"""Where cores lie on an array, so that spikes pass few links.

A quadratic assignment: cores exchange spikes, places have distances. 2-opt: of all swaps of two
places, empty ones included, the best is made until none helps, from the order given and from random
ones; the best end is kept. It is a heuristic, and exact only by luck.

Inputs enter at (0, 0) and pass x + y links; outputs leave by the east link of their row. A spike's
hops are counted as the step model counts them, inputs' as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.image import LIMITS, CoreImage

__all__ = ["Traffic", "hops", "moved", "place", "random_hops", "traffic"]

Images = Sequence[CoreImage | None]
STARTS = 8
"""Random orders to start from."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """Spikes that cores exchange.

    Parameters
    ----------
    between : int64 array (cores, cores)
        From a core to another.
    outputs, inputs : int64 arrays (cores,)
        Out of the array, and into a core from outside.
    """

    between: NDArray[np.int64]
    outputs: NDArray[np.int64]
    inputs: NDArray[np.int64]


def traffic(
    images: Images,
    columns: int,
    sent: NDArray[Any] | None = None,
    inputs: NDArray[Any] | None = None,
) -> Traffic:
    """Return what the cores of a loaded array exchange.

    Parameters
    ----------
    images : sequence of CoreImage or None
        Row by row from the south west.
    columns : int
    sent : integer array (cores, neurons), optional
        Spikes that every neuron sends; by default one each.
    inputs : integer array (cores,), optional
        Spikes from outside; by default none.
    """
    count = len(images)
    between, outputs = np.zeros((count, count), np.int64), np.zeros(count, np.int64)
    for core, image in enumerate(images):
        if image is None:
            continue
        fields = image.neurons
        weight = (fields["delay"] > 0) * (1 if sent is None else sent[core])
        row, column = divmod(core, columns)
        x, y = column + fields["dx"].astype(np.int64), row + fields["dy"].astype(np.int64)
        outside = x >= columns
        outputs[core] = weight[outside].sum()
        inside = ~outside & (weight > 0)
        np.add.at(between[core], (y * columns + x)[inside], weight[inside])
    given = np.zeros(count, np.int64) if inputs is None else np.asarray(inputs, np.int64)
    return Traffic(between, outputs, given)


def _coordinates(places: NDArray[Any], columns: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return x and y of places, which are numbered row by row."""
    return places % columns, places // columns


def _costs(found: Traffic, columns: int, rows: int) -> tuple[NDArray[Any], ...]:
    """Return flows (both ways), distances, and what inputs and outputs cost per core and place.

    Empty places are filled with cores that send nothing.
    """
    size, count = columns * rows, len(found.outputs)
    flow, linear = np.zeros((size, size), np.int64), np.zeros((size, size), np.int64)
    flow[:count, :count] = found.between + found.between.T
    np.fill_diagonal(flow, 0)
    x, y = _coordinates(np.arange(size), columns)
    distance = np.abs(x[:, None] - x) + np.abs(y[:, None] - y)
    linear[:count] = found.outputs[:, None] * (columns - x) + found.inputs[:, None] * (x + y)
    return flow, distance, linear


def hops(found: Traffic, places: NDArray[Any], columns: int, rows: int) -> int:
    """Return how many links all spikes pass.

    Parameters
    ----------
    found : Traffic
    places : integer array (cores,)
        Of each core, numbered row by row from the south west.
    columns, rows : int
    """
    flow, distance, linear = _costs(found, columns, rows)
    count = len(places)
    inside = (flow[:count, :count] * distance[np.ix_(places, places)]).sum() // 2
    return int(inside + linear[np.arange(count), places].sum())


def random_hops(found: Traffic, columns: int, rows: int, *, draws: int = 100, seed: int = 0):
    """Return the mean of :func:`hops` over random placements, a float."""
    rng, count = np.random.default_rng(seed), len(found.outputs)
    drawn = [rng.permutation(columns * rows)[:count] for _ in range(draws)]
    return float(np.mean([hops(found, places, columns, rows) for places in drawn]))


def place(
    found: Traffic, columns: int, rows: int, *, starts: int = STARTS, seed: int = 0
) -> NDArray[np.int64]:
    """Return a place for each core, int64 (cores,), numbered row by row from the south west.

    Parameters
    ----------
    found : Traffic
    columns, rows : int
        Of the array.
    starts : int
        Random orders to start from, besides that of the cores.
    seed : int

    Raises
    ------
    InputError
        If there are more cores than places.
    """
    size, count = columns * rows, len(found.outputs)
    if count > size:
        raise InputError(f"Expected an array of {count} cores or more, not {columns} x {rows}.")
    flow, distance, linear = _costs(found, columns, rows)
    rng, every = np.random.default_rng(seed), np.arange(size)
    best, least = every, hops(found, every[:count], columns, rows)
    for order in [every, *(rng.permutation(size) for _ in range(starts))]:
        places = order.copy()
        while True:
            apart = distance[np.ix_(places, places)]
            moving = flow @ apart + linear[:, places]  # of core i, if it alone went to j's place
            staying = moving.diagonal()
            gain = moving + moving.T - staying - staying[:, None] + 2 * flow * apart
            i, j = divmod(int(gain.argmin()), size)
            if gain[i, j] >= 0:
                break
            places[[i, j]] = places[[j, i]]
        total = hops(found, places[:count], columns, rows)
        if total < least:
            best, least = places, total
    return best[:count].astype(np.int64)


def moved(
    images: Images, columns: int, places: NDArray[Any], new_columns: int, new_rows: int
) -> list[CoreImage | None]:
    """Return the array with its cores elsewhere; spikes go where they went.

    Outputs keep the dx that is left and their axon, and leave in their core's new row.

    Parameters
    ----------
    images : sequence of CoreImage or None
        Row by row on an array of `columns`.
    columns : int
    places : integer array (cores,)
        As :func:`place` returns them.
    new_columns, new_rows : int
        Of the array to be.

    Raises
    ------
    InputError
        If a core would be too far away for a dx or dy.
    """
    found: list[CoreImage | None] = [None] * (new_columns * new_rows)
    new_x, new_y = _coordinates(np.asarray(places), new_columns)
    for core, image in enumerate(images):
        if image is None:
            continue
        fields = image.neurons.copy()
        row, column = divmod(core, columns)
        x, y = column + fields["dx"].astype(np.int64), row + fields["dy"].astype(np.int64)
        outside, sends = x >= columns, fields["delay"] > 0
        goal = np.where(sends & ~outside, y * columns + x, core)
        dx = np.where(outside, new_columns + x - columns, new_x[goal]) - new_x[core]
        dy = np.where(outside, 0, new_y[goal] - new_y[core])
        for name, values in (("dx", dx), ("dy", dy)):
            low, high = LIMITS[name]
            if (values < low).any() or (values > high).any():
                raise InputError(
                    f"core {core}: expected {name} {low}..{high} to what it sends to, not "
                    f"{values.min()}..{values.max()}."
                )
            fields[name] = np.where(sends, values, fields[name])
        found[int(places[core])] = replace(image, neurons=fields)
    return found
