"""How the scheduler is driven."""

from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.model.truenorth.scheduler import SLOTS

__all__ = ["SchedulerStimulus"]

MOODS = ((0.9, 0.05, 0.0), (0.5, 0.5, 0.02), (0.95, 0.02, 0.002), (0.2, 0.7, 0.1))
"""How likely `write`, `sync` and `clear` are up, in four parts of a run."""


class SchedulerStimulus(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    steps = 6000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Fill slots; in half of the run steps come in order, and spikes crowd a few axons."""
        axons, part = self.params.axons, np.arange(steps) * len(MOODS) // steps
        odds = np.array(MOODS)[part]
        odds[-1] = 0
        names = ("write", "sync", "clear")
        levels: dict[str, Any] = dict(zip(names, (rng.random(odds.shape) < odds).T, strict=True))
        turn = np.cumsum(levels["sync"]) % SLOTS
        levels["sync_slot"] = np.where(part % 2, rng.integers(0, SLOTS, steps), turn)
        slot = rng.integers(0, SLOTS, steps)
        levels["slot"] = np.where(rng.random(steps) < 0.2, levels["sync_slot"], slot)
        few = rng.integers(0, min(axons, 4), steps) * axons // min(axons, 4)
        turns = rng.permutation(steps) % axons
        levels["axon"] = np.where(part == 0, turns, np.where(rng.random(steps) < 0.5, few, turns))
        return with_pauses(rows_from_levels(self, levels), "write", "sync", "clear", count=9)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks with spikes for axons that there are not."""
        beyond = (rows["write"] == 1) & (rows["axon"] >= self.params.axons)
        return {"no spike for an axon beyond the last": rows["tick"][beyond]}
