"""How the multi-phase oscillator is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.mubrain.multi_phase_oscillator import Phase

__all__ = ["MultiPhaseOscillatorStimulus"]


class MultiPhaseOscillatorStimulus(Bench):
    """A step is a tick, of 200 periods at least.

    Requests of one tick, of a few periods and restless ones take turns.
    """

    steps = 4000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw highs and lows whose lengths have another mean every 40 periods or more."""
        period = self.params.period
        block = max(400, 40 * period)
        steps = max(steps, 5 * block)
        parts, left = [self.edges(period)], steps
        while left > 0:
            high, low = [(1, period), (3 * period, 2), (period, period), (1, 1)][rng.integers(4)]
            lengths = rng.integers(1, 2 * np.array([high, low] * 100) + 1)
            exact = rng.random(lengths.size) < 0.3  # ends with an oscillation, or next to it
            lengths[exact] = rng.choice([1, period - 1, period, period + 1], exact.sum())
            part = np.repeat(np.arange(lengths.size) % 2 == 0, lengths)[:block]
            parts.append(part)
            left -= part.size
        request = np.concatenate(parts).astype(np.uint8)
        request[-1] = 0
        return rows_from_levels(self, {"request": request})

    def edges(self, period: int) -> np.ndarray:
        """Return a request that comes, from rest, and comes again or goes around *recover*."""
        lows_and_highs = [2 * period, period - 1]
        for late in (-1, 0, 1):
            for length in (1, 2):
                lows_and_highs += [2 * period, 1, max(1, period - 2 + late), length]
        lengths = np.array([*lows_and_highs, 2 * period])
        return np.repeat(np.arange(lengths.size) % 2 == 1, lengths)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count requests that fall, rise or pulse at every moment of an oscillation."""
        request = np.concatenate(
            [[0], every_tick(rows)["request"], np.zeros(2 * self.params.period + 100, np.uint8)]
        )
        change = np.diff(request.astype(int), prepend=0)
        at = {phase: records["tick"][records["phase"] == 1 << phase] for phase in Phase}
        begin, end = at[Phase.LOAD] - self.params.load + 1, at[Phase.RECOVER]
        under_way = np.zeros(request.size, bool)
        for first, last in zip(begin, end, strict=True):
            under_way[first + 1 : last + 1] = True
        ended = np.append(end[:-1] + 1, [])
        return {
            "a request falls during an oscillation": (under_way & (change < 0)).sum(),
            "a request rises during an oscillation": (under_way & (change > 0)).sum(),
            "a request falls on the tick of recover": (change[end] < 0).sum(),
            "a request rises on the tick of recover": (change[end] > 0).sum(),
            "a request rises on the tick after recover": (change[end + 1] > 0).sum(),
            "a request only on the tick of recover": (
                (change[end] > 0) & (request[end + 1] == 0)
            ).sum(),
            "one oscillation follows another": (begin[1:] == ended).sum(),
            "rest between two oscillations": (begin[1:] > ended).sum(),
            "a request of one tick": (request[begin + 1] == 0).sum(),
        }
