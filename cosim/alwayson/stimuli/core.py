"""How a core is driven."""

from dataclasses import replace
from typing import Any

import numpy as np

from goldspike.cosim.alwayson.shared.core_levels import STROBES, load, serve, sweep, together
from goldspike.cosim.alwayson.shared.core_pins import hold_spikes, noise_between
from goldspike.cosim.alwayson.stimuli.synapse_block import RATIOS
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.model.alwayson.core import CoreModel
from goldspike.model.alwayson.neuron_block import Settings
from goldspike.model.alwayson.synapse_block import SynapseSettings
from goldspike.model.alwayson.synapse_memory import Storage

__all__ = ["HANDLED", "CoreStimulus"]

HANDLED = tuple(name for name in STROBES if name != "scan_in")
PACES = ("quick", "long", "divided")
"""Clocks of a ring that is short, or as long as it can be, or whose rounds are divided by many."""


class CoreStimulus(Bench):
    """A step is a spike; the scan chains bring in settings and weights before.

    Spikes follow, until the core rests; the same again with other settings, and with the first
    ones. In between some frames end with a `clear`.
    """

    steps = 600

    @property
    def clocks(self) -> tuple[Settings, SynapseSettings]:
        """What the chains hold for most of a run."""
        neurons, synapses = self.params.neurons.settings, self.params.synapses.settings
        if self.config in RATIOS:
            period, synapses = RATIOS[self.config]
            neurons = replace(neurons, length=period // 2)
        return neurons, synapses

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Serve spikes with the settings after reset, by turns with the run's own and others.

        Others come in twos. Before the run's first spikes, two at every distance. Some are long.
        """
        model, parts = CoreModel(self.params), []
        params, own = self.params, self.clocks
        if params.synapses.storage is Storage.REGISTERS:  # zeros until they are written
            parts.append(serve(rng, model, self.settings(own, 1, 0), 1 + steps // 40))
        for turn in range(2 * len(PACES) + 1):
            for again in range(1 + turn % 2):
                idle = 0 if turn == 0 else int(rng.integers(0, params.synapses.columns))
                chosen = self.others(rng, turn // 2) if turn % 2 else own
                settings = self.settings(chosen, 1 + turn // 2, idle)
                clear = None if turn == 3 and again else (turn + again) % 3
                if clear == 0:
                    parts.append(together(rng.spawn(1)[0], model))
                parts.append(load(rng, model, settings, every=turn + again < 2, clear=clear))
                if turn == 0:
                    parts.append(sweep(rng, model, steps // 2))
                count = -(-steps // (20 if turn % 2 else 4))
                parts.append(serve(rng, model, settings, count))
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        hold_spikes(joined, HANDLED)
        noise_between(rng.spawn(1)[0], joined)
        return rows_from_levels(self, joined)

    def settings(
        self, clocks: tuple[Settings, SynapseSettings], threshold: int, idle: int
    ) -> tuple[Settings, SynapseSettings]:
        """Return settings with these clocks."""
        highest = self.params.neurons.neuron.fsm.highest
        return (
            replace(clocks[0], threshold=min(threshold, highest)),
            replace(clocks[1], idle=min(idle, self.params.synapses.columns - 1)),
        )

    def others(self, rng: np.random.Generator, turn: int) -> tuple[Settings, SynapseSettings]:
        """Return settings of clocks that are slow enough to wake in, the two at unlike paces."""

        def draw(block: Any, waking: int, pace: str) -> dict[str, int]:
            longest, rounds = block.oscillator.low, block.oscillator.divide
            least, most, divide = {
                "quick": (waking, min(longest, waking + 9), (1, 4)),
                "long": (max(waking, longest - 9), longest, (1, 1)),
                "divided": (waking, waking, (33, 40)),
            }[pace]
            return {
                "length": int(rng.integers(least, most + 1)),
                "divide": int(rng.integers(min(rounds, divide[0]), min(rounds, divide[1]) + 1)),
            }

        neurons, synapses = self.params.neurons, self.params.synapses
        paces = [PACES[(turn + block) % len(PACES)] for block in range(2)]
        return (
            Settings(**draw(neurons, neurons.neuron.power.waking, paces[0])),
            SynapseSettings(**draw(synapses, synapses.power.waking, paces[1])),
        )
