"""How the AER output is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels

__all__ = ["AerOutputStimulus"]

PHASE = 120


class AerOutputStimulus(Bench):
    """A step is a tick; potentials that stand still and move, starts at rest and at any time."""

    steps = 4000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw potentials of every size, equal ones often; starts seldom, often, all the time."""
        lines, bits = self.params.lines, self.params.bits
        most, takes = 1 << bits - 1, lines + 2
        steps = max(steps, 8 * PHASE, 12 * takes)
        phase = max(PHASE, 2 * takes)
        phases = np.arange(steps) // phase
        count = int(phases[-1]) + 1
        spread = rng.permutation(np.resize([2, 2, min(16, most), most], count))[phases]
        values = rng.integers(-spread[:, None], spread[:, None], (steps, lines))
        ends = rng.random(values.shape) < 0.1
        values[ends] = rng.choice([-most, most - 1], ends.sum())
        below = rng.permutation(np.resize([True, False, False], count))[phases, None]
        values = np.where(below, np.minimum(values, ~values), values)
        moves = rng.random((steps, lines)) < rng.choice([0.02, 0.2, 1.0], count)[phases, None]
        latest = np.maximum.accumulate(np.where(moves, np.arange(steps)[:, None], 0), axis=0)
        values = np.take_along_axis(values, latest, axis=0)
        chance = rng.permutation(np.resize([0.5 / takes, 0.3, 1.0], count))[phases]
        start = (rng.random(steps) < chance) & (np.arange(steps) < steps - 1)
        places = values[:, :, None] >> np.arange(bits) & 1
        return rows_from_levels(
            self,
            {"potentials": places.reshape(steps, -1).astype(bool), "start": start},
        )

    def potentials(self, every: np.ndarray) -> np.ndarray:
        """Return the potentials on every tick, signed."""
        lines, bits = self.params.lines, self.params.bits
        places = get_lines(every, "potentials", lines * bits).reshape(-1, lines, bits)
        weights = 1 << np.arange(bits)
        weights[-1] *= -1
        return places @ weights

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both ends of the values, every winner, ties, starts at every place."""
        lines, bits = self.params.lines, self.params.bits
        every = every_tick(rows, lines + 2)
        start, values = every["start"] == 1, self.potentials(every)
        begins, free = [], 0  # ticks counted from 0
        for tick in np.flatnonzero(start):
            if tick >= free:
                begins.append(int(tick))
                free = tick + lines + 2
        first = np.array(begins, np.int64)[:, None]
        read = np.take_along_axis(values, first + 1 + np.arange(lines), axis=0)
        top = read.max(axis=1, keepdims=True)
        winners, leaders = read.argmax(axis=1), (read == top).sum(axis=1)
        within = np.stack([start[first[:, 0] + 1 + k] for k in range(lines + 1)])
        bins = {
            "the lowest value": (read == -(1 << bits - 1)).sum(),
            "the highest value": (read == (1 << bits - 1) - 1).sum(),
            "every neuron wins": np.bincount(winners, minlength=lines).min(),
            "all are negative": (top < 0).sum(),
            "a start on every tick of a readout": within.sum(axis=1).min(),
            "a readout right behind another": (np.diff(begins) == lines + 2).sum(),
            "a rest between two": (np.diff(begins) > lines + 2).sum(),
            "a potential moves once it was read": np.any(
                values[first[:, 0] + lines + 1] != read, axis=1
            ).sum(),
        }
        if lines > 1:
            bins["several are highest"] = (leaders > 1).sum()
            bins["the last one only is highest"] = ((winners == lines - 1) & (leaders == 1)).sum()
        if lines > 40:
            del bins["every neuron wins"]
        return bins
