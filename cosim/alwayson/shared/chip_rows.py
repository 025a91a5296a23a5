"""What the rows of a run load into a chip: chains and memories, at any tick."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from goldspike.cosim.bench.stimulus import every_tick
from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.core import CoreModel
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.synapse_block import SynapseSettings

__all__ = ["Loaded", "loaded"]


class Chain(NamedTuple):
    """A block's chain: on which ticks it is shifted, and all bits that were ever in it."""

    length: int
    ticks: np.ndarray
    bits: np.ndarray

    def end(self, tick: np.ndarray) -> np.ndarray:
        """Return the bit at its end, as it is seen on some ticks."""
        return self.bits[np.searchsorted(self.ticks, tick)]

    def values(self, widths: list[int], tick: int) -> list[np.ndarray]:
        """Return the bits of all fields, lowest first, as they are on a tick."""
        first = int(np.searchsorted(self.ticks, tick))
        return np.split(self.bits[first : first + self.length], np.cumsum(widths)[:-1])


def value(bits: np.ndarray) -> int:
    """Return a field as a number."""
    return sum(int(bit) << k for k, bit in enumerate(bits))


@dataclass(frozen=True)
class Loaded:
    """What is in a chip.

    Attributes
    ----------
    chains : list of Chain
        Of every block.
    writes : list of (tick, core, row, bool (columns,))
        In order.
    last : int
        The last tick of the rows.
    """

    params: ChipParams
    chains: list[Chain]
    writes: list[tuple[int, int, int, np.ndarray]]
    last: int

    def settings(self, block: int, params: NeuronBlockParams, tick: int) -> Settings:
        """Return the settings of a neuron block on a tick."""
        fields = self.chains[block].values(list(params.scan_widths), tick)
        length, divide, threshold = map(value, fields)
        return Settings(length=length, divide=divide, threshold=threshold)

    def output(self, tick: int) -> NeuronBlockParams:
        """Return the output core's block with what is loaded before a tick."""
        params = self.params.output
        return replace(params, settings=self.settings(len(self.chains) - 1, params, tick))

    def cores(self, tick: int) -> list[CoreModel]:
        """Return all cores, at rest, with what is loaded before a tick."""
        found = []
        for k, core in enumerate(self.params.cores):
            widths = [bits for _, bits, _ in core.synapses.scan_chain.fields]
            length, divide, idle = map(value, self.chains[2 * k + 1].values(widths, tick)[:3])
            weights = np.full((core.synapses.rows, core.synapses.columns), -1)
            for at, number, row, word in self.writes:
                if at < tick and number == k:
                    weights[row] = np.where(word, 1, -1)
            settings = self.settings(2 * k, core.neurons, tick)
            of_synapses = SynapseSettings(length=length, divide=divide, idle=idle)
            found.append(CoreModel(core, weights, settings, of_synapses))
        return found


def loaded(params: ChipParams, rows: np.ndarray) -> Loaded:
    """Return what the rows of a run load."""
    filled = every_tick(rows)
    resets = []
    for core in params.cores:
        resets += [core.neurons.scanned(core.neurons.settings), core.synapses.scan_chain.scanned()]
    resets.append(params.output.scanned(params.output.settings))
    chains = []
    for block, after_reset in enumerate(resets):
        chosen = (filled["scan"] == 1) & (filled["scan_block"] == block)
        bits = np.concatenate([after_reset, filled["scan_in"][chosen] == 1])
        chains.append(Chain(len(after_reset), filled["tick"][chosen], bits))
    writes = []
    for row in filled[(filled["load"] == 1) & (filled["scan_block"] % 2 == 1)]:
        block, tick = int(row["scan_block"]), int(row["tick"])
        widths = [bits for _, bits, _ in params.cores[block // 2].synapses.scan_chain.fields]
        *_, number, word = chains[block].values(widths, tick)
        writes.append((tick, block // 2, value(number), word == 1))
    return Loaded(params, chains, writes, int(rows["tick"][-1]) if rows.size else 0)
