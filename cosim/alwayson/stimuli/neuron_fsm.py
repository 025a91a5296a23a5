"""How the neuron FSMs are driven."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.model.alwayson.neuron_fsm import Kind

__all__ = ["NeuronFsmStimulus"]

PHASE = 100


class NeuronFsmStimulus(Bench):
    """A step is a tick; the chances of all inputs change in phases, and so does the threshold."""

    steps = 6000
    least_steps = 6_000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw inputs; phases are mostly up, mostly down, or mixed."""
        phases = -(-steps // PHASE)

        def spread(values: np.ndarray) -> np.ndarray:
            return np.repeat(values, PHASE)[:steps]

        falling_first = np.where(np.arange(phases) < phases // 4, 0.05, 1.0)  # to the lowest
        rising = spread(np.minimum(rng.choice([0.05, 0.5, 0.95], phases), falling_first))
        some = rng.random(steps) < spread(rng.choice([0.3, 0.9], phases))
        both = some & (rng.random(steps) < 0.1)
        plus = rng.random(steps) < rising
        pending = np.where(both, 3, some * np.where(plus, 1, 2))
        highest, goes_on = self.params.highest, np.arange(steps) < steps - 1
        climbs = self.climb(steps)
        pending[climbs] = np.where(rng.random(climbs.sum()) < 0.9, 1, 0)
        threshold = spread(rng.choice([0, 1, min(2, highest), min(9, highest), highest], phases))
        levels = {
            "step": goes_on & (rng.random(steps) < spread(rng.choice([0.3, 1.0], phases))),
            "reset": goes_on & (rng.random(steps) < 0.01),
            "retain": rng.random(steps) < 0.02,
            "clear": goes_on & (rng.random(steps) < spread(rng.choice([0.0, 0.01], phases))),
            "pending": pending,
            "ack": rng.random(steps) < spread(rng.choice([0.1, 0.5], phases)),
            "threshold": threshold,
        }
        levels["step"] |= climbs
        for name in ("reset", "clear", "ack"):
            levels[name] &= ~climbs
        return rows_from_levels(self, levels)

    def climb(self, steps: int) -> np.ndarray:
        """Return the ticks on which a hidden neuron's request waits while its potential climbs.

        Two steps per spike, up to the highest potential and on, where the run is long enough.
        """
        begin, length = steps // 3, 6 * self.params.highest + PHASE // 2
        long = self.params.kind is Kind.HIDDEN and length < steps // 3
        return (np.arange(steps) >= begin) & (np.arange(steps) < begin + length * long)
