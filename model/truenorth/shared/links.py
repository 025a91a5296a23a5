"""Where spikes go: an array's synapses by axon, its destinations by neuron."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from goldspike.model.truenorth.shared.image import CoreImage

__all__ = ["OUTSIDE", "Links", "links_of"]

OUTSIDE = -1
"""The goal of a neuron whose spikes leave the array, or that sends none."""


class Links(NamedTuple):
    """Where spikes go: synapses by axon, destinations by neuron.

    ``start`` int64 (cores, axons + 1): where an axon's synapses begin in ``neuron`` and
    ``weight``; ``goal`` int64 (cores, neurons): the core, or :data:`OUTSIDE`; ``left`` its dx
    outside; ``hops``; ``stochastic`` (cores,): whether a weight is; ``awake`` int64 (n,): neurons
    in which anything may happen, core by core, whose first ones are at ``awake_start`` int64
    (cores + 1,).
    """

    start: np.ndarray
    neuron: np.ndarray
    weight: np.ndarray
    goal: np.ndarray
    left: np.ndarray
    hops: np.ndarray
    stochastic: np.ndarray
    awake: np.ndarray
    awake_start: np.ndarray


def links_of(images: Sequence[CoreImage], columns: int, rows: int) -> Links:
    """Return where the spikes of `images` go, one per core, row by row from the south west.

    Raises
    ------
    ValueError
        If one would leave the array elsewhere than by an east link, or reach no axon.
    """
    starts, neurons, weights, begin = [], [], [], 0
    ways = [destinations(core, image, columns, rows) for core, image in enumerate(images)]
    for image in images:
        axon, neuron = np.nonzero(image.connected)
        starts.append(begin + np.concatenate([[0], np.cumsum(image.connected.sum(axis=1))]))
        begin += axon.size
        neurons.append(neuron)
        weights.append(image.neurons["weights"][neuron, image.types[axon]])
    awake = [np.flatnonzero(wakes(image)) for image in images]
    return Links(
        start=np.array(starts, np.int64),
        neuron=np.concatenate(neurons).astype(np.int32),
        weight=np.concatenate(weights).astype(np.int32),
        goal=np.array([goal for goal, _, _ in ways], np.int64),
        left=np.array([left for _, left, _ in ways], np.int64),
        hops=np.array([hops for _, _, hops in ways], np.int64),
        stochastic=np.array([i.neurons["stochastic_weights"].any() for i in images], np.uint8),
        awake=np.concatenate(awake),
        awake_start=np.cumsum([0, *map(len, awake)]),
    )


def wakes(image: CoreImage) -> np.ndarray:
    """Return which neurons have a synapse, a leak, a draw, or a potential beyond a threshold."""
    fields = image.neurons
    wakes = image.connected.any(axis=0) | (fields["leak"] != 0) | fields["stochastic_leak"]
    wakes |= fields["mask"] > 0
    potential = fields["potential"]
    return wakes | (potential >= fields["alpha"]) | (potential < -fields["beta"])


def destinations(
    core: int, image: CoreImage, columns: int, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return goal, dx left outside and hops of a core's neurons, after a check."""
    neurons = image.neurons
    sends = neurons["delay"] > 0
    row, column = divmod(core, columns)
    dx, dy = neurons["dx"].astype(np.int64), neurons["dy"].astype(np.int64)
    x, y = column + dx, row + dy
    outside = x >= columns
    wrong = np.where(outside, dy != 0, (x < 0) | (y < 0) | (y >= rows))
    wrong |= ~outside & (neurons["axon"] >= image.axons)
    for neuron in np.flatnonzero(wrong & sends)[:1]:
        raise ValueError(
            f"core ({column}, {row}), neuron {neuron}: its spikes go to dx {dx[neuron]}, dy "
            f"{dy[neuron]}, axon {neurons['axon'][neuron]}; expected an axon of the {columns} x "
            f"{rows} cores, or an east link of its own row"
        )
    hops = np.where(outside, columns - column, np.abs(dx) + np.abs(dy))
    goal = np.where(sends & ~outside, y * columns + x, OUTSIDE)
    return goal, x - columns, hops * sends
