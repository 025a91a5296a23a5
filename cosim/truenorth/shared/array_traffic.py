"""Traffic between cores: neurons that fire in every step, sent on every link and to every edge.

Images that are drawn fire now and then, so that links are free as a rule, and most bits of a
distance stay 0. Here rows are loaded for one step each: first every distance of a single bit, as
it is and a hop away, from all cores; then crowds on their way to a few goals.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from goldspike.model.truenorth.array import ArrayParams, announced
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.shared.image import LARGEST_DELAY, NEURON, CoreImage

__all__ = ["SINGLE", "Traffic", "traffic"]

SINGLE = (*(1 << k for k in range(8)), *(-1 << k for k in range(9)))
"""Numbers of cores: each bit once without the others, so that a lost one is noticed."""
CORE_BITS = 14
CROWDS = 12
MANY = 100
"""Neurons of a core whose steps are so long that two crowds must do."""
SENDERS = 32
"""Neurons of a core that are loaded at most."""


class Traffic(NamedTuple):
    """What is driven.

    Attributes
    ----------
    words : list of int
        What is loaded by the way.
    odds : float64 (ticks, 6)
        As in the bench's moods.
    ways : int64 (ticks, 2)
        dx and dy of what comes from outside.
    """

    words: list[int]
    odds: np.ndarray
    ways: np.ndarray


def traffic(rng: np.random.Generator, params: ArrayParams, share: float) -> Traffic:
    """Return a share, 0 to 1, of all the traffic for an array that is idle."""
    core, words = params.core, list[int]()
    odds, ways = list[np.ndarray](), list[np.ndarray]()
    long = core.neurons >= MANY
    step = core.controller.ticks(core.neurons)
    count = min(core.neurons, SENDERS)
    packets = params.cores * max(count, 5 * params.depth)  # on their way at most
    drain = step + packets * (1 + (params.depth == 1)) + 2 * (params.columns + params.rows)

    def add(goals: np.ndarray, own: list[int], mood: tuple[float, ...], ticks: int) -> None:
        """Load what sends, by core and neuron; run for some ticks, and let all of it leave."""
        words.extend(own)
        odds.append(np.tile((0.0, 0.0, 1.0, 1.0, 0.0, 0.0), (len(own), 1)))
        odds.append(np.array([(1.0, 0.0, 0.5, 0.0, 0.0, 0.0)]))  # a step begins
        odds.append(np.tile(mood, (ticks, 1)))
        odds.append(np.tile((0.0, 0.0, 1.0, 0.0, 0.0, 0.0), (drain, 1)))
        outside = goals.reshape(-1, 2)
        ways.append(outside[rng.integers(0, len(outside), len(own) + 1 + ticks + drain)])

    every = rng.permutation(np.array([*distances()]))
    every = every[: max(1, round(share * len(every)))]
    for place in range(0, len(every), count):
        goals = np.tile(every[place : place + count], (params.cores, 1, 1))
        own = [*loaded(rng, params, goals)]
        add(goals, own, (0.0, 0.7, 0.6, 0.0, 0.0, 0.0), 2 * count)
    for crowd in range(round(share * (2 if long else CROWDS))):
        goals = crowded(rng, params, count, 1 + crowd % 4)
        own = [*loaded(rng, params, goals)]
        if crowd % 2:
            own += misled(rng, params)
        mood = (1.0, 0.8, 0.2, 0.0, 0.0, 1.0) if crowd % 3 else (1.0, 0.5, 0.5, 0.0, 0.0, 0.0)
        add(goals, own, mood, 3 * step + 30)
    return Traffic(words, np.concatenate(odds), np.concatenate(ways))


def distances() -> Iterator[tuple[int, int]]:
    """Yield all of a single bit, and those that become one after a hop."""
    for far in SINGLE:
        beyond = far + (1 if far > 0 else -1)
        yield from ((far, 0), (0, far), (1, far), (-1, far))
        if beyond >= -256:
            yield from ((beyond, 0), (0, beyond))


def crowded(rng: np.random.Generator, params: ArrayParams, count: int, places: int) -> np.ndarray:
    """Return distances, (cores, count, 2), to a few cores, or to where there are none any more."""
    sizes = np.array((params.columns, params.rows))
    goals = rng.integers(-1, sizes + 1, (places, 2))
    here = np.stack(np.divmod(np.arange(params.cores), params.columns)[::-1], axis=1)
    return goals[rng.integers(0, places, (params.cores, count))] - here[:, None]


def loaded(rng: np.random.Generator, params: ArrayParams, goals: np.ndarray) -> Iterator[int]:
    """Yield the words that load neurons, from the first one of every core, to send that far."""
    for core, ways in enumerate(goals):
        for neuron, way in enumerate(ways):
            yield from sender(rng, params, core, neuron, way)


def misled(rng: np.random.Generator, params: ArrayParams) -> Iterator[int]:
    """Yield what is for cores that there are not; a bit less, and it is for one that there is."""
    for core in (0, params.cores - 1):
        for bit in range(CORE_BITS):
            number = core | 1 << bit | int(rng.integers(0, 2)) << int(rng.integers(0, CORE_BITS))
            if number >= params.cores:
                yield from sender(rng, params, number, 0, rng.integers(-2, 3, 2))


def sender(
    rng: np.random.Generator, params: ArrayParams, core: int, neuron: int, way: np.ndarray
) -> Iterator[int]:
    """Yield what loads a neuron that fires in every step: its potential and thresholds are 0."""
    axons, fields = params.core.axons, np.zeros(1, NEURON)
    fields["dx"], fields["dy"] = way
    fields["axon"] = rng.integers(0, axons)
    fields["delay"] = rng.integers(1, LARGEST_DELAY + 1)
    image = CoreImage(
        connected=np.zeros((axons, 1), bool), types=np.zeros(axons, np.uint8), neurons=fields
    )
    row = row_of(image, 0, params.core.sram)
    yield from announced(0, core, neuron, row, params.core.sram.row_bits)
