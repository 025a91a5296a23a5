"""How a network gets into a chip: block by block through the scan chains, row by row of weights.

Ref: Chundi 2021, "Chip Prototype". Who drives a chip, a host or a bench, drives this.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.alwayson.synapse_memory import bits_of

__all__ = ["Levels", "join", "load_neurons", "load_row", "loading"]


class Levels(NamedTuple):
    """The pins `scan`, `scan_block`, `scan_in` and `load` on some ticks, (ticks,) each."""

    scan: np.ndarray
    scan_block: np.ndarray
    scan_in: np.ndarray
    load: np.ndarray


def join(parts: Sequence[Levels]) -> Levels:
    """Return one load after the other."""
    return Levels(*(np.concatenate(levels) for levels in zip(*parts, strict=True)))


def shifted(bits: Sequence[bool], block: int, *, load: bool) -> Levels:
    """Return what shifts bits into the chain of a block, and with `load` a tick that writes."""
    ticks = len(bits) + load
    scan, scan_in = np.arange(ticks) < len(bits), np.zeros(ticks, bool)
    scan_in[: len(bits)] = bits
    return Levels(scan, np.full(ticks, block), scan_in, ~scan)


def load_neurons(block: int, params: NeuronBlockParams, settings: Settings) -> Levels:
    """Return what sets up a neuron block."""
    return shifted(params.scanned(settings), block, load=False)


def load_row(
    block: int, params: SynapseBlockParams, settings: SynapseSettings, row: int, weights: np.ndarray
) -> Levels:
    """Return what sets up a synapse block, and writes a row of -1 and +1, (columns,) at most."""
    word = sum(1 << int(j) for j in np.flatnonzero(bits_of(weights)))
    values = {**vars(settings), "row": row, "word": word}
    return shifted(params.scan_chain.scanned(values), block, load=True)


def loading(
    params: ChipParams, weights: Sequence[np.ndarray], thresholds: Sequence[int] | None = None
) -> Levels:
    """Return what loads a network into a chip after reset.

    Parameters
    ----------
    params : ChipParams
    weights, thresholds
        As :class:`goldspike.model.alwayson.chip.ChipModel` takes them. Rows beyond a smaller
        network's are left as they are: their neurons get no spikes.
    """
    parts = []
    for k, (core, matrix) in enumerate(zip(params.cores, weights, strict=True)):
        settings = core.neurons.settings
        if thresholds is not None:
            settings = replace(settings, threshold=int(thresholds[k]))
        parts.append(load_neurons(2 * k, core.neurons, settings))
        idle = core.synapses.columns - np.shape(matrix)[1]
        set_to = replace(core.synapses.settings, idle=idle)
        for row, word in enumerate(np.asarray(matrix)):
            parts.append(load_row(2 * k + 1, core.synapses, set_to, row, word))
    return join(parts)
