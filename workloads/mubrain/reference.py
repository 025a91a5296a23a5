"""Ideal integrate-and-fire network of floats: what a NIR graph says, without a chip.

No time step: events are taken in order of time, those of one tick together, and a spike reaches the
next layer on the tick that caused it. A neuron fires above its threshold (not at it), at most once
per tick, and is then reset: to zero, as NIR's equations say, or by subtracting the threshold, as
snnTorch does by default though NIR cannot say so. Potentials may fall below zero and leak with tau.
There is no arbiter: nothing waits and nothing merges.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldspike.model.jit import njit
from goldspike.model.timebase import seconds
from goldspike.workloads.nir_graph import Chain

__all__ = ["Reset", "run_chain"]

Reset = Literal["subtract", "zero"]


@njit
def _run_layer(
    tick: np.ndarray,
    line: np.ndarray,
    weight: np.ndarray,
    threshold: np.ndarray,
    rate: np.ndarray,
    leaky: bool,
    subtract: bool,
    spike_tick: np.ndarray,
    spike_line: np.ndarray,
) -> int:
    """Integrate the events; return the number of spikes written, at most one per neuron and tick.

    `rate` is 1 / tau in 1 / ticks.
    """
    neurons = threshold.size
    potential = np.zeros(neurons)
    spikes = 0
    e = 0
    last = np.int64(0)
    while e < tick.size:
        now = tick[e]
        if leaky:
            for j in range(neurons):
                potential[j] *= np.exp(-(now - last) * rate[j])
        last = now
        while e < tick.size and tick[e] == now:
            for j in range(neurons):
                potential[j] += weight[line[e], j]
            e += 1
        for j in range(neurons):
            if potential[j] > threshold[j]:
                potential[j] = potential[j] - threshold[j] if subtract else 0.0
                spike_tick[spikes] = now
                spike_line[spikes] = j
                spikes += 1
    return spikes


def run_chain(
    chain: Chain, tick: NDArray[np.int64], address: NDArray[np.int64], reset: Reset = "zero"
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Run one sample's events ``(tick, address)``; return every layer's spikes ``(tick, line)``."""
    runs = []
    tick, address = np.asarray(tick, np.int64), np.asarray(address, np.int64)
    for layer in chain.layers:
        room = np.unique(tick).size * layer.threshold.size
        spike_tick, spike_line = np.empty(room, np.int64), np.empty(room, np.int64)
        rate = seconds(1) / layer.tau
        spikes = _run_layer(
            tick, address, layer.weight, layer.threshold, rate, bool(np.any(rate > 0)),
            reset == "subtract", spike_tick, spike_line,
        )  # fmt: skip
        tick, address = spike_tick[:spikes].copy(), spike_line[:spikes].copy()
        runs.append((tick, address))
    return runs
