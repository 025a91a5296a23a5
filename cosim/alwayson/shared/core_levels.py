"""Levels at a core's pins, a stretch of a run each: settings and weights brought in, spikes.

Each stretch begins and ends at rest; the golden core that is passed on shows how long that takes.
"""

from copy import deepcopy

import numpy as np

from goldspike.model.alwayson.core import CoreModel
from goldspike.model.alwayson.neuron_block import Settings
from goldspike.model.alwayson.synapse_block import SynapseSettings

__all__ = ["SLICE", "STROBES", "load", "serve", "sweep", "together", "until_rest"]

STROBES = ("clear", "scan_neurons", "scan_synapses", "scan_in", "load")
"""Inputs but for the spikes, in the golden core's order."""
TOGETHER = 12
"""Ticks on which all that may come at rest comes together."""
KINDS = np.array([[0, 2], [3, 10], [6, 16]])
"""Gaps between two spikes, in periods of the slower clock: dense, medium, sparse."""
SLICE = 2000
"""Ticks for which a core goes on, until it rests."""


def load(
    rng: np.random.Generator, model: CoreModel, settings: tuple[Settings, SynapseSettings], *,
    every: bool, clear: int | None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Bring in settings, and weights of every row or of some; clear at one of three times."""
    neurons, synapses = settings
    params, chain = model.params, model.params.synapses.scan_chain
    bits = params.neurons.scanned(neurons)
    ticks = 2 + np.cumsum(1 + rng.choice([0, 0, 0, 4], len(bits)))
    shifts, shifted = {"scan_neurons": [ticks], "scan_synapses": [np.zeros(0, int)]}, [bits]
    places = [ticks]
    if rng.random() < 0.7:  # both chains shift; what the other one holds is written over
        shifts["scan_synapses"].append(ticks)
    rows = rng.permutation(params.neurons.neurons)
    loads, tick = [], int(ticks[-1]) + 1
    for row in rows if every else rows[: 1 + rows.size // 8]:
        word = int.from_bytes(rng.bytes(-(-params.synapses.columns // 8)), "little")
        values = {
            "length": synapses.length, "divide": synapses.divide, "idle": synapses.idle,
            "row": int(row), "word": word % (1 << params.synapses.columns),
        }  # fmt: skip
        shifted.append(chain.scanned(values))
        rests = [0] * 30 + [1, 7] if chain.bits < 64 else [0] * 500 + [5]
        ticks = tick + np.cumsum(1 + rng.choice(rests, chain.bits)) - 1
        shifts["scan_synapses"].append(ticks)
        places.append(ticks)
        loads.append(int(ticks[-1]) + rng.choice([1, 1, 4]))
        tick = loads[-1] + rng.choice([0, 1, 5])  # the first bit of the next while this loads
    count = tick + 10
    levels = {name: np.zeros(count, bool) for name in STROBES}
    levels["scan_in"] = rng.random(count) < 0.5
    levels["scan_in"][np.concatenate(places)] = np.concatenate(shifted)
    for name, found in shifts.items():
        levels[name][np.concatenate(found)] = True
    levels["load"][loads] = True
    if clear is not None:
        levels["clear"][[0, loads[-1], count - 1][clear]] = True
    n = params.neurons.neurons
    lines = np.zeros((count, 2, n), bool)
    model.run(lines, np.stack([levels[name] for name in STROBES], axis=1))
    return {**levels, "plus": lines[:, 0], "minus": lines[:, 1]}


def together(rng: np.random.Generator, model: CoreModel) -> dict[str, np.ndarray]:
    """Clear, shift and load on the same ticks; what comes next writes all of it over.

    What is loaded is what the chain of the synapse block holds already.
    """
    levels = {name: rng.random(TOGETHER) < 0.5 for name in STROBES}
    levels["clear"][1] = True
    levels["scan_neurons"][:3] = False, True, False
    levels["scan_synapses"][:3] = False, False, True
    levels["load"][:] = np.cumsum(levels["scan_synapses"]) == levels["scan_synapses"]
    for level in levels.values():
        level[[0, -1]] = False
    lines = np.zeros((TOGETHER, 2, model.params.neurons.neurons), bool)
    model.run(lines, np.stack([levels[name] for name in STROBES], axis=1))
    return {**levels, "plus": lines[:, 0], "minus": lines[:, 1]}


def serve(
    rng: np.random.Generator, model: CoreModel, settings: tuple[Settings, SynapseSettings],
    count: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Send spikes, dense and sparse ones and volleys, and wait until the core rests.

    For a while most of them are negative, so that potentials reach the bottom.
    """
    n = model.params.neurons.neurons
    periods = (
        model.params.neurons.clock(settings[0]).period,
        model.params.synapses.clock(settings[1]).period,
    )
    slow = max(periods)
    kinds = KINDS[np.repeat(rng.integers(0, len(KINDS), -(-count // 15)), 15)[:count]] * slow
    gaps = rng.integers(kinds[:, 0], kinds[:, 1] + 1)
    gaps[(kinds[:, 0] == 0) & (rng.random(count) < 0.3)] = 0
    ticks = 2 + np.cumsum(gaps)
    lines = np.zeros((int(ticks[-1]) + 4, 2, n), bool)
    negative = np.repeat(rng.choice([0.2, 0.2, 0.2, 0.8], -(-count // 15)), 15)[:count]
    negative[-15:] = 0.2  # so that the last ones fire
    lines[ticks, (rng.random(count) < negative).astype(int), rng.integers(0, n, count)] = True
    volleys = rng.choice(ticks, 1 + count // 100)
    lines[volleys] |= rng.random((volleys.size, 2, n)) < 0.4
    lines[1:] &= ~lines[:-1]  # a low between two highs
    longer = rng.random(lines.shape) < 0.3
    longer[:-1] &= ~lines[1:]
    lines[1:] |= lines[:-1] & longer[1:] & ~np.roll(lines, -1, axis=0)[1:]
    lines[-1] = False
    return until_rest(model, lines, int(rng.integers(1, 2 * slow)))


def sweep(rng: np.random.Generator, model: CoreModel, most: int) -> dict[str, np.ndarray]:
    """Let a neuron spike, and another one at every distance from it, or at many."""
    n, parts = model.params.neurons.neurons, []
    alone = np.zeros((4, 2, n), bool)
    alone[2, 0, 0] = True
    takes = len(until_rest(deepcopy(model), alone, 0)["plus"])
    distances = np.arange(2, takes + 4)
    if distances.size > most:
        distances = np.sort(rng.choice(distances, most, replace=False))
    for distance in distances:
        first = int(rng.integers(n))
        lines = np.zeros((distance + 4, 2, n), bool)
        lines[2, 0, first] = lines[2 + distance, 0, (first + 1) % n] = True
        parts.append(until_rest(model, lines, 0))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def until_rest(model: CoreModel, lines: np.ndarray, longer: int) -> dict[str, np.ndarray]:
    """Return the levels of spikes and of the time until the core has rested for a while."""
    parts, run = [lines], model.run(lines)
    while run.busy[-1]:
        parts.append(np.zeros((SLICE, *lines.shape[1:]), bool))
        run = model.run(parts[-1])
    rests = sum(len(part) for part in parts[:-1]) + int(run.busy.sum())  # until it ends
    lines = np.concatenate([*parts, np.zeros((longer + 1, *lines.shape[1:]), bool)])
    lines = lines[: max(rests, len(parts[0])) + longer + 1]
    return {
        **{name: np.zeros(len(lines), bool) for name in STROBES},
        "plus": lines[:, 0], "minus": lines[:, 1],
    }  # fmt: skip
