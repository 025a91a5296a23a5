"""Pairs of spikes, after each of which a chip comes to rest.

At rest nothing hides a neuron that goes off late, or not at all: `busy` shows it, where that neuron
is the last one at work. So one block at a time has a clock much slower than that of all others. The
second spike of a pair differs from the first for one neuron only of the slow block, and often finds
it with the first one counted, but not yet taken: the others lose a spike, it goes on alone. With
quick clocks everywhere, the second spike comes at every distance from the first: awake, on the way
to sleep, off.
"""

from typing import NamedTuple

import numpy as np

__all__ = ["Turn", "turns"]

QUICK, SLOW = (1, 1), (1, 20)
"""Lengths of the ring and divisors."""
PERIOD = 2 * SLOW[0] * SLOW[1]
DISTANCES = 40
"""Between two spikes where all clocks are quick."""
PAIRS = 12
"""Where one is slow."""
QUICK_REST = 60
"""Ticks in which a chip with quick clocks comes to rest."""


class Turn(NamedTuple):
    """A frame of its own kind.

    Attributes
    ----------
    slow : int, optional
        The block with the slow clock.
    neuron : int
        Its neuron that is to be the last one at work.
    threshold : int
        Of all neurons.
    """

    slow: int | None
    neuron: int
    threshold: int

    def clock(self, block: int) -> tuple[int, int]:
        """Return the clock of a block: length of the ring, divisor."""
        return SLOW if block == self.slow else QUICK

    @property
    def rests(self) -> bool:
        """Whether the chip comes to rest after each pair."""
        return self.slow is None or self.slow % 2 == 0

    def weights(self, block: int, drawn: np.ndarray) -> np.ndarray:
        """Return the weights of a synapse block out of what was drawn for it.

        Where neurons are slow, lines 0 and 1 fire one neuron each in all layers before, that of
        their own number, and the spikes of these two differ for one slow neuron, which fires alone.
        """
        found = drawn.copy()
        if self.slow is None or self.slow % 2 or block > self.slow:
            return found
        found[:] = -1
        if block == self.slow - 1:
            found[1:2, self.neuron] = 1
        else:
            np.fill_diagonal(found, 1)
        return found

    def draw(self, rng: np.random.Generator, lines: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ticks between spikes, and their lines."""
        if self.slow is None:
            distance = np.repeat(np.arange(2, 2 + DISTANCES), lines)
            line = np.tile(np.arange(lines), DISTANCES)
            pairs, rest = np.stack([line, line]), QUICK_REST
        else:
            late = rng.integers(5 * PERIOD // 2 + 2, 7 * PERIOD // 2 - 2, PAIRS)
            distance = np.where(np.arange(PAIRS) % 2, late, rng.integers(2, 5 * PERIOD, PAIRS))
            order = np.arange(2) if self.slow else np.full(2, self.neuron)
            pairs = np.tile(order % lines, (PAIRS, 1)).T
            rest = QUICK_REST + 5 * PERIOD
        gaps = np.stack([np.full_like(distance, rest), distance])
        return gaps.T.ravel(), pairs.T.ravel()


def turns(sizes: tuple[int, ...]) -> list[Turn]:
    """Return what comes in turn in a network of these sizes."""
    found = [Turn(None, 0, threshold) for threshold in (0, 1)]
    for layer, neurons in enumerate(sizes):
        found += [Turn(2 * layer, neuron, 0) for neuron in range(neurons)]
    found += [Turn(2 * layer + 1, 0, t) for layer in range(len(sizes) - 1) for t in (1, 2, 3)]
    return found
