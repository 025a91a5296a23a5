"""How the core in ``cell`` is driven."""

from copy import deepcopy
from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson.shared.core_levels import STROBES, until_rest
from goldspike.cosim.alwayson.shared.held_lines import hold
from goldspike.cosim.alwayson.shared.overlaps import noise, strokes, until_later
from goldspike.cosim.bench.cell_bench import CellBench
from goldspike.cosim.bench.stimulus import get_lines, rows_from_levels
from goldspike.model.alwayson.core import CoreModel
from goldspike.model.alwayson.neuron_block import Settings
from goldspike.model.alwayson.synapse_block import SynapseSettings
from goldspike.model.timing.power_gate import PowerState

__all__ = ["CLOCKS", "GRID", "CoreStimulus"]

GRID = 50
"""Picoseconds from one moment at which pins may change to the next; the neurons' ring keeps it."""
CLOCKS = ("scan_neurons", "scan_synapses", "load")
"""Clocks in picoseconds, strobes in ticks."""
TURNS = 4
"""How often the chains are filled in a run."""


class CoreStimulus(CellBench):
    """A step is a spike. Both chains bring in settings and weights before, at rest.

    Spikes come on a grid of 50 ps, as the edges of the neurons' clock do, and so their requests;
    the synapse block's ring has an odd length, so that no rising edge of its clock meets one.
    Spikes whose requests meet a falling one, or its power as it goes, are drawn again.
    """

    scanned: ClassVar = {
        "hidden-3x5": (Settings(length=150, divide=2, threshold=2), SynapseSettings(length=307)),
        "input-2x3-slow-neurons": (Settings(length=200), SynapseSettings(length=201, divide=3)),
    }
    steps = 300
    least_steps = 150

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load, spike; then the same with the settings after reset, which clears part; twice.

        Some spikes stay up until the next load is over.
        """
        model, params = CoreModel(self.params), self.params
        own = (params.neurons.settings, params.synapses.settings)
        parts, ends = [], []
        for settings in (self.scanned.get(self.config, own), own) * (TURNS // 2):
            idle = int(rng.integers(0, params.synapses.columns))
            chosen = (settings[0], replace(settings[1], idle=idle))
            parts.append(self.load(rng, model, chosen))
            ends.append(sum(len(part["load"]) for part in parts) - 2 * GRID)
            left = steps // TURNS
            while left > 0:
                count = int(rng.integers(1, 13))
                part, model = self.spikes(rng, model, chosen, count)
                parts.append(part)
                left -= count
        names = ("plus", "minus", *STROBES)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
        for end in ends:
            hold(joined["plus"], end, end)
            hold(joined["minus"][:, 1:], end, end)
        return rows_from_levels(self, joined)

    def load(
        self,
        rng: np.random.Generator,
        model: CoreModel,
        settings: tuple[Settings, SynapseSettings],
    ) -> dict[str, np.ndarray]:
        """Bring in the settings and the weights of every row; clears come meanwhile.

        Clocks stay up over edges of each other, and clears over edges of all. The first bits of the
        neurons' chain go into both, and are written over in the other one.
        """
        params, pieces = self.params, []

        def piece(bits: list[bool], *clocks: str) -> None:
            twice = 2 * len(bits)
            levels = {name: np.zeros(twice, bool) for name in STROBES}
            for clock in clocks:
                levels[clock] = np.arange(twice) % 2 == 1
            levels["scan_in"] = np.repeat(np.array(bits, bool), 2)
            pieces.append(levels)

        bits, rows = params.neurons.scanned(settings[0]), rng.permutation(params.neurons.neurons)
        both, turn = int(rng.integers(1, len(bits))), int(rng.integers(rows.size))
        for place, row in enumerate(rows):
            if place == turn:
                piece(bits[:both], "scan_neurons", "scan_synapses")
                piece(bits[both:], "scan_neurons")
            word = {"row": int(row), "word": int(rng.integers(0, 1 << params.synapses.columns))}
            values = {**vars(settings[1]), **word}
            piece(params.synapses.scan_chain.scanned(values), "scan_synapses")
            piece([bool(rng.integers(2))], "load")
        piece([False, False])
        steps = {name: np.concatenate([levels[name] for levels in pieces]) for name in STROBES}
        for name in CLOCKS:
            steps[name] = until_later(rng, steps[name])
        steps["clear"] = strokes(rng, steps[CLOCKS[rng.integers(len(CLOCKS))]])
        for level in steps.values():
            level[-1] = False
        spread = {name: np.repeat(level, GRID) for name, level in steps.items()}
        lines = np.zeros((len(spread["clear"]), 2, params.neurons.neurons), bool)
        taken = [
            np.diff(level, prepend=False) & level if name in CLOCKS else level
            for name, level in spread.items()
        ]
        model.run(lines, np.stack(taken, axis=1))
        return {**spread, "plus": lines[:, 0], "minus": lines[:, 1]}

    def spikes(
        self,
        rng: np.random.Generator,
        model: CoreModel,
        settings: tuple[Settings, SynapseSettings],
        count: int,
    ) -> tuple[dict[str, np.ndarray], CoreModel]:
        """Send some spikes, at once or one by one, until the core rests; return it then."""
        n = self.params.neurons.neurons
        longest = self.params.synapses.clock(settings[1]).period // GRID
        while True:
            gaps = rng.integers(2, rng.choice([4, longest, 6 * longest]) + 4, count)
            steps = np.cumsum(gaps)
            lines = np.zeros((int(steps[-1]) + 4, 2, n), bool)
            lines[steps, (rng.random(count) < 0.2).astype(int), rng.integers(0, n, count)] = True
            lines[steps[rng.random(count) < 0.2]] |= rng.random((2, n)) < 0.5
            lines[1:] |= lines[:-1] & ~np.roll(lines, -1, axis=0)[1:] & (rng.random(n) < 0.3)
            lines[-1] = False
            lines = np.repeat(lines, GRID, axis=0)
            levels = until_rest(deepcopy(model), lines, int(rng.integers(0, 40 * GRID)))
            count_ps = len(levels["plus"])
            wide = {
                name: np.concatenate([level, np.zeros((-count_ps % GRID, *level.shape[1:]), bool)])
                for name, level in levels.items()
            }
            pair = np.stack([wide["plus"], wide["minus"]], axis=1)
            rested = deepcopy(model)
            traced = rested.run(pair, traced=True).records
            assert traced is not None
            if not meets(traced, n):
                wide["scan_in"] = np.repeat(noise(rng, len(pair) // GRID), GRID)
                return wide, rested


def meets(records: np.ndarray, n: int) -> bool:
    """Return whether a request meets an edge of the synapse block's clock, or its power going."""

    def moments(moved: np.ndarray) -> np.ndarray:
        return records["tick"][1:][moved]

    request, power = get_lines(records, "request", n), records["synapse_power"].astype(int)
    arrive = moments((request[1:] != request[:-1]).any(axis=1)) + 1
    edge = moments(np.diff(records["synapse_clock"].astype(int)) != 0)
    gone = moments((power[1:] == PowerState.OFF) & (power[:-1] != PowerState.OFF))
    return bool(np.isin(arrive, np.concatenate([edge, gone])).any())
