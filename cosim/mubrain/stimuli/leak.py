"""How the leak is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.mubrain.leak import LeakModel

__all__ = ["LeakStimulus"]

PHASE_TICKS = 120


class LeakStimulus(Bench):
    """A step is a tick; the period and the events' density change in phases."""

    steps = 6000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw periods, events and clears; some events and clears fall on a periodic strobe."""
        top = (1 << self.params.period_bits) - 1
        model = LeakModel(self.params)
        columns = np.zeros((3, steps), np.int64)
        period, density, level = 0, 0.0, True  # up as the reset ends
        for k in range(steps):
            if k % PHASE_TICKS == 0:
                period = int(rng.choice([0, 1, 2, 3, min(7, top), min(29, top), top]))
                density = float(rng.choice([0.0, 0.1, 0.8]))
                if k == PHASE_TICKS:  # whatever comes by chance
                    period, density = 0, 0.8
            nearly = period >= 2 and model.elapsed + 1 >= period
            level ^= k > 0 and rng.random() < max(density, 0.4 * nearly)
            clear = rng.random() < (0.15 if nearly else 0.01)
            last = k == steps - 1  # at rest after the end
            period, level, clear = (0, False, False) if last else (period, level, clear)
            model.tick(period=period, event=level, clear=clear)
            columns[:, k] = period, level, clear
        period_level, event, cleared = columns
        return rows_from_levels(self, {"period": period_level, "in_event": event, "clear": cleared})

    def levels(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return period, event and clear on each tick from 1 on."""
        filled = every_tick(rows)
        return filled["period"].astype(np.int64), filled["in_event"] == 1, filled["clear"] == 1

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Leaks of both kinds, alone and together, clears on and off a strobe, every merge."""
        period, event, clear = self.levels(rows)
        rises = event & ~np.concatenate([[False], event[:-1]])
        place = records["tick"] - 1
        asked = (records["strobe"] + records["merged"]).astype(np.int64)
        due = asked - rises[place]
        strobe = records["strobe"] == 1
        model, withheld = LeakModel(self.params), 0
        for now, asks, anew in zip(period, event, clear, strict=True):
            withheld += bool(anew and now >= 2 and model.elapsed + 1 >= now)
            model.tick(period=int(now), event=bool(asks), clear=bool(anew))
        bins = {
            "a periodic leak": strobe & (due == 1),
            "a leak of an event": strobe & (due == 0),
            "both on one tick": strobe & (records["merged"] == 1),
            "a leak while the strobe is up": ~strobe & (records["merged"] == 1),
            "a clear": clear,
            "an event on the tick of a clear": clear & rises,
            "an event with no period": rises & (period == 0),
            "the shortest period": period == 2,
            "a period of one tick": period == 1,
        }
        return {
            **{name: hits.sum() for name, hits in bins.items()},
            "a clear on the tick of a periodic leak": withheld,
        }
