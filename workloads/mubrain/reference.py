"""Ideal integrate-and-fire network of floats: what a NIR graph says, without a chip.

No time step: events are taken in order of time, those of one tick together, and a spike reaches the
next layer on the tick that caused it. A neuron fires above its threshold (not at it), at most once
per tick, and is then reset: to zero, as NIR's equations say, or by subtracting the threshold, as
snnTorch does by default though NIR cannot say so. Potentials may fall below zero and leak with tau.
A bias is a constant current from tick 0 on: between two events a potential follows
v' = slope - v / tau, and fires on the first tick on which it is above the threshold. There is no
arbiter: nothing waits and nothing merges.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from goldspike.model.jit import njit
from goldspike.model.timebase import seconds
from goldspike.workloads.nir.chain import Chain, FloatLayer

__all__ = ["Reset", "final_potentials", "run_chain"]

Reset = Literal["subtract", "zero"]

_NEVER = 1 << 62


@njit
def _relax(potential: float, elapsed: float, rate: float, slope: float) -> float:
    """Return a potential after `elapsed` ticks: v' = slope - rate v."""
    if rate == 0.0:
        return potential + slope * elapsed
    rest = slope / rate
    return rest + (potential - rest) * np.exp(-elapsed * rate)


@njit
def _crossing(potential: float, threshold: float, rate: float, slope: float) -> int:
    """Return after how many ticks, at least 1, a potential is above the threshold by itself."""
    if slope <= 0.0:
        return _NEVER
    if rate == 0.0:
        wait = (threshold - potential) / slope
    else:
        rest = slope / rate
        if rest <= threshold:
            return _NEVER
        wait = np.log((rest - potential) / (rest - threshold)) / rate
    if wait > 1e15:
        return _NEVER
    return max(1, int(np.floor(wait)) + 1)


@njit
def _run_layer(
    tick: np.ndarray,
    line: np.ndarray,
    weight: np.ndarray,
    threshold: np.ndarray,
    rate: np.ndarray,
    slope: np.ndarray,
    end: int,
    subtract: bool,
    spike_tick: np.ndarray,
    spike_line: np.ndarray,
) -> int:
    """Integrate the events; return the number of spikes, also of those that found no room.

    `rate` is 1 / tau in 1 / ticks, `slope` the rise per tick that a bias makes, up to the tick
    `end`. Spikes come neuron by neuron.
    """
    spikes = 0
    for j in range(threshold.size):
        potential = 0.0
        now = np.int64(0)
        e = 0
        while True:
            event = tick[e] if e < tick.size else np.int64(_NEVER)
            own = now + _crossing(potential, threshold[j], rate[j], slope[j])
            at = min(event, own)
            if at == _NEVER or (e >= tick.size and at >= end):
                break
            potential = _relax(potential, float(at - now), rate[j], slope[j])
            if own < event and potential <= threshold[j]:  # rounding: it is above by definition
                potential = np.nextafter(threshold[j], np.inf)
            now = at
            while e < tick.size and tick[e] == now:
                potential += weight[line[e], j]
                e += 1
            if potential > threshold[j]:
                potential = potential - threshold[j] if subtract else 0.0
                if spikes < spike_tick.size:
                    spike_tick[spikes] = now
                    spike_line[spikes] = j
                spikes += 1
    return spikes


def run_chain(
    chain: Chain,
    tick: NDArray[np.int64],
    address: NDArray[np.int64],
    reset: Reset = "zero",
    *,
    end: int = 0,
    strobes: Sequence[NDArray[np.int64]] = (),
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Run one sample's events ``(tick, address)``; return every layer's spikes ``(tick, line)``.

    Parameters
    ----------
    chain : Chain
        A layer whose weights have one row more than the layer before has neurons takes its strobes
        on that row.
    tick, address : int64 (events,)
        Sorted by tick.
    reset : {"zero", "subtract"}
    end : int
        Tick up to which biases go on after the last event.
    strobes : sequence of int64 (strobes,), optional
        Ticks of the strobes on each layer's last row.
    """
    runs = []
    tick, address = np.asarray(tick, np.int64), np.asarray(address, np.int64)
    for k, layer in enumerate(chain.layers):
        if k < len(strobes) and strobes[k].size:
            tick, address = with_strobes(tick, address, strobes[k], len(layer.weight) - 1)
        tick, address = run_layer(layer, tick, address, reset, end)
        runs.append((tick, address))
    return runs


def with_strobes(
    tick: NDArray[np.int64], address: NDArray[np.int64], strobes: NDArray[np.int64], line: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return events with strobes on a line among them, sorted by tick."""
    tick = np.concatenate([tick, strobes])
    address = np.concatenate([address, np.full(strobes.size, line)])
    order = np.argsort(tick, kind="stable")
    return tick[order], address[order]


def run_layer(
    layer: FloatLayer, tick: NDArray[np.int64], address: NDArray[np.int64], reset: Reset, end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a layer's spikes, sorted by tick and then by line."""
    rate, slope = rates(layer)
    room = np.unique(tick).size * layer.threshold.size
    while True:
        spike_tick, spike_line = np.empty(room, np.int64), np.empty(room, np.int64)
        spikes = _run_layer(
            tick, address, layer.weight, layer.threshold, rate, slope, end, reset == "subtract",
            spike_tick, spike_line,
        )  # fmt: skip
        if spikes <= room:
            break
        room = spikes
    order = np.lexsort((spike_line[:spikes], spike_tick[:spikes]))
    return spike_tick[:spikes][order], spike_line[:spikes][order]


def rates(layer: FloatLayer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what leaks of a potential, and what a bias adds, per tick."""
    slope = np.zeros_like(layer.tau) if layer.slope is None else layer.slope * seconds(1)
    return seconds(1) / layer.tau, slope


def final_potentials(
    layer: FloatLayer, tick: NDArray[np.int64], address: NDArray[np.int64], end: int
) -> NDArray[np.float64]:
    """Return the potentials of neurons that never fire at the tick `end`, for a read-out."""
    rate, slope = rates(layer)
    early = tick <= end
    left = np.exp(-np.outer(end - tick[early], rate))
    potential = (layer.weight[address[early]] * left).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(rate > 0, -np.expm1(-end * rate) / rate, float(end))
    return potential + slope * grown
