"""Bench of the multi-phase oscillator: every strobe, for requests that come and go at any time."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, strobes
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels, spans
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.model.mubrain.multi_phase_oscillator import (
    MultiPhaseOscillatorModel,
    MultiPhaseOscillatorParams,
    Phase,
)

__all__ = ["BENCH", "DELAYS", "MultiPhaseOscillatorBench", "oscillating"]

DELAYS = {f"oscillator.{phase.name.lower()}": (1, 2, 3, 4, 5, 65) for phase in Phase}
"""What random configurations of circuits with such an oscillator draw of it."""


def oscillating(access: np.ndarray, params: MultiPhaseOscillatorParams) -> np.ndarray:
    """Return the ticks on which an oscillation is under way, from those of its *access* phase."""
    begins = access - params.load - params.select - params.access
    return spans(begins + 1, access + params.recover)


class MultiPhaseOscillatorBench(Bench):
    """A step is a tick, of 200 periods at least.

    Requests of one tick, of a few periods and restless ones take turns.
    """

    rtl = MultiPhaseOscillator
    configs: ClassVar = {
        "fast": MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1),
        "default": MultiPhaseOscillatorParams(),
        "uneven": MultiPhaseOscillatorParams(load=3, select=1, access=5, recover=2),
        "longest": MultiPhaseOscillatorParams(load=300, select=70, access=1, recover=661),
    }
    varied: ClassVar = {phase.name.lower(): (*range(1, 9), 65, 300) for phase in Phase}
    published = "default"
    checks = Checks(group="arbiter, multi-phase oscillator", mutants=("uneven",))
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

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Oscillate on the requests seen, and long enough afterwards."""
        request = every_tick(rows)["request"].astype(bool)
        silence = np.zeros(self.params.period, bool)
        return MultiPhaseOscillatorModel(self.params).run(np.concatenate([request, silence]))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the phases: each strobes on the tick on which it happens."""
        happens = {p: expected["tick"][expected["phase"] == 1 << p] for p in Phase}
        return {
            **{f"{phase.name.lower()}_phase": strobes(tick) for phase, tick in happens.items()},
            "busy": strobes(oscillating(happens[Phase.ACCESS], self.params)),
        }

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


BENCH = MultiPhaseOscillatorBench
