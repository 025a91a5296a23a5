"""How the clock gate is driven, and the bins that a run must hit."""

from collections.abc import Mapping

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.model.timing.clock_gate import ClockGateModel

__all__ = ["LONGEST", "ClockGateStimulus"]

LONGEST: Mapping[str, tuple[int, int]] = {"1-fast": (1, 1), "1": (4, 4), "7": (1, 5), "65": (5, 3)}
"""Longest low and high phase of the clock, by configuration."""


class ClockGateStimulus(Bench):
    """A step is a pulse of a clock with irregular phases; the enables flip on any tick."""

    steps = 800

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw the phases of the clock, and flips of the enables with a changing chance."""
        longest = np.array(LONGEST.get(self.config, (3, 3)))
        phases = rng.integers(1, longest + 1, (steps, 2)).ravel()
        changes = 1 + np.cumsum(phases)  # rise, fall, rise, fall, ...
        count = int(changes[-1]) + 2
        ticks = np.arange(1, count + 1)
        rises, falls = (np.isin(ticks, changes[k::2]) for k in (0, 1))
        chance = np.repeat(rng.choice([0.0, 0.05, 0.3, 0.7], -(-count // 50)), 50)[:count, None]
        flips = rng.random((count, self.params.width)) < chance
        return rows_from_levels(
            self,
            {
                "clock_rises": rises,
                "clock_falls": falls,
                "enable": np.logical_xor.accumulate(flips, axis=0),
            },
        )

    def inputs(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rises, falls and the enables on every tick."""
        every = every_tick(rows)
        rises, falls = (1 + np.flatnonzero(every[f"clock_{edge}"]) for edge in ("rises", "falls"))
        return rises, falls, get_lines(every, "enable", self.params.width)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count changes of the enable before, on and after the tick of a rise, and of a fall."""
        rises, falls, enable = self.inputs(rows)
        passes = ClockGateModel(self.params).passes(rises, enable)
        enable = np.vstack([np.zeros_like(enable[:1]), enable, enable[-1:], enable[-1:]])
        opens, closes = (np.zeros_like(enable) for _ in range(2))
        opens[1:], closes[1:] = enable[1:] & ~enable[:-1], enable[:-1] & ~enable[1:]
        bins = {
            "a pulse passes": passes.sum(),
            "a pulse does not pass": (~passes).sum(),
            "the enable comes just in time": opens[rises].sum(),
            "the enable goes just in time": closes[rises].sum(),
            "the enable comes with the rise, too late": opens[rises + 1].sum(),
            "the enable goes with the rise, too late": closes[rises + 1].sum(),
        }
        low, high = LONGEST[self.config]
        if low > 1:
            flashes = np.concatenate([opens[a + 1 : b].any(axis=0) for a, b in self.lows(rows)])
            bins["the enable comes and goes within a low phase"] = (
                flashes & ~passes[1:].ravel()
            ).sum()
        if high > 1:
            inside = [range(a + 2, b + 1) for a, b in zip(rises, falls, strict=True)]
            ticks = [tick for span in inside for tick in span]
            bins["the enable comes during a high phase"] = opens[ticks].sum()
            bins["the enable goes during a high phase"] = closes[ticks].sum()
        if low > 1 or high > 1:
            bins["a low phase of one tick"] = (rises[1:] == falls[:-1] + 1).sum()
            bins["a high phase of one tick"] = (falls == rises + 1).sum()
        if self.params.width > 1:
            bins["some pass, some do not"] = (passes.any(axis=1) & ~passes.all(axis=1)).sum()
        return bins

    def lows(self, rows: np.ndarray) -> list[tuple[int, int]]:
        """Return the tick of each fall and of the rise that follows."""
        rises, falls, _ = self.inputs(rows)
        return list(zip(falls[:-1], rises[1:], strict=True))
