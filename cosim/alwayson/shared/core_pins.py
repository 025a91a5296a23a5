"""What a core's pins hold where a run says nothing of them."""

from collections.abc import Iterable

import numpy as np

from goldspike.cosim.alwayson.shared.held_lines import hold

__all__ = ["hold_spikes", "noise_between"]

NOISE_TICKS = 50
"""Ticks for which the chains' input stays up or down where nothing is shifted."""


def hold_spikes(joined: dict[str, np.ndarray], names: Iterable[str]) -> None:
    """Hold the last spikes until some inputs come, and on their first tick."""
    handled = np.flatnonzero(np.any([joined[name] for name in names], axis=0))
    for first in handled[np.diff(handled, prepend=-9) > 1].tolist():
        hold(joined["plus"], first, first + 1)
        hold(joined["minus"][:, 1:], first, first + 1)


def noise_between(rng: np.random.Generator, joined: dict[str, np.ndarray]) -> None:
    """Let the chains' input be up or down for a while where no chain shifts."""
    free = ~(joined["scan_neurons"] | joined["scan_synapses"])
    noise = rng.random(-(-free.size // NOISE_TICKS)) < 0.5
    joined["scan_in"][free] |= np.repeat(noise, NOISE_TICKS)[: free.size][free]
    joined["scan_in"][-1] = False
