"""How the integrate-and-fire neuron is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.mubrain.neuron import NeuronModel

__all__ = ["NeuronStimulus"]

PHASE_TICKS = 250
DIRECTED = 0.25
"""Part of the ticks whose weight brings the potential to a border, or as near as can be."""


class NeuronStimulus(Bench):
    """A step is a tick; the mean weight, the strobe's density and the scale change in phases."""

    steps = 3000

    @property
    def lowest(self) -> int:
        """The lowest weight: one below the range of the paper, as far as the adder has room."""
        params = self.params
        beyond = params.largest_weight + 1
        fits = beyond << params.scale_shift <= params.threshold
        return -beyond if fits else -params.largest_weight

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw weights; some are chosen, with the golden model, to hit a border exactly."""
        params, model = self.params, NeuronModel(self.params)
        columns = np.zeros((4, steps), np.int64)
        low, high, busy, scaled = 1, 1, 1.0, 0.0  # redrawn for every phase
        for k in range(steps):
            if k % PHASE_TICKS == 0:
                low = (1, self.lowest, 0)[k // PHASE_TICKS % 3]
                high = (params.largest_weight, -1)[low < 0 and rng.random() < 0.3]
                busy, scaled = rng.choice([0.2, 1.0]), rng.choice([0.0, 0.5, 1.0])
            strobe, scale = rng.random() < busy, rng.random() < scaled
            clear = rng.random() < 0.01 + 0.1 * (k % PHASE_TICKS < 10)
            weight = int(rng.integers(low, high + 1))
            choice = rng.random()
            if choice < DIRECTED:
                border = params.threshold - int(rng.integers(2)) if rng.random() < 0.6 else 0
                weight, scale = self.approach(border - int(model.potential[0]))
            elif choice < DIRECTED + 0.05:
                weight = (self.lowest, params.largest_weight)[rng.integers(2)]
            clear |= model.potential[0] + weight >= params.threshold and rng.random() < 0.1
            strobe, clear = strobe and k < steps - 1, clear and k < steps - 1
            model.tick(weight, strobe=strobe, scale=scale, clear=clear)
            columns[:, k] = weight, strobe, scale, clear
        weight, strobe, scale, clear = columns
        bits = weight & (1 << params.weight_bits) - 1
        return rows_from_levels(
            self, {"weight": bits, "strobe": strobe, "scale": scale, "clear": clear}
        )

    def approach(self, distance: int) -> tuple[int, bool]:
        """Return the weight and the scale that come closest to adding `distance`."""
        scale = not self.lowest <= distance <= self.params.largest_weight
        weight = int(distance / (1 << self.params.scale_shift)) if scale else distance
        return min(max(weight, self.lowest), self.params.largest_weight), scale

    def weights(self, rows: np.ndarray) -> np.ndarray:
        """Return the weights of the rows as numbers."""
        bits = self.params.weight_bits
        weight = rows["weight"].astype(np.int64)
        return weight - (weight >> (bits - 1) << bits)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both borders from both sides, clear against strobe, both ends of the weights."""
        params, filled = self.params, every_tick(rows)
        weight = self.weights(filled)
        scale, clear = filled["scale"] == 1, filled["clear"] == 1
        happened = (filled["strobe"] == 1) | clear
        after = np.zeros(filled.size, np.int64)
        after[happened] = records["potential"]
        place = np.maximum.accumulate(np.where(happened, np.arange(filled.size), 0))
        before = np.concatenate([[0], after[place][:-1]])
        add = np.where(scale, weight << params.scale_shift, weight)
        total = before + add
        adds = happened & ~clear
        fires = adds & (total >= params.threshold)
        bins = {
            "fires exactly at the threshold": fires & (total == params.threshold),
            "one below the threshold does not fire": adds & (total == params.threshold - 1),
            "underflow is clamped": adds & (total < 0),
            "falls exactly to zero": adds & (total == 0) & (before > 0),
            "clear alone": clear & (filled["strobe"] == 0) & (before > 0),
            "clear on the tick of a strobe": clear & (filled["strobe"] == 1),
            "clear on the tick of an overflow": clear
            & (filled["strobe"] == 1)
            & (total >= params.threshold),
            "the largest weight": adds & (weight == params.largest_weight),
            "the lowest weight": adds & (weight == self.lowest),
            "a weight without a strobe": ~happened & (weight != 0),
            "integrates with scale": adds & scale,
            "integrates without scale": adds & ~scale,
            "integrates on two ticks in a row": adds[1:] & adds[:-1],
        }
        if params.largest_weight << params.scale_shift > 1:
            bins["fires and keeps a remainder"] = fires & (total > params.threshold)
        return {name: hits.sum() for name, hits in bins.items()}
