"""Bench of the multi-phase oscillator in ``cell``: every phase, at its picosecond."""

from itertools import pairwise
from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    PICOSECONDS,
    CellBench,
    changes,
    rows_from_levels_at,
)
from goldspike.cosim.bench.pins import Pins, between
from goldspike.hdl.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorModel,
    MultiPhaseOscillatorParams,
    Phase,
)

__all__ = ["BENCH", "MultiPhaseOscillatorBench"]


class MultiPhaseOscillatorBench(CellBench):
    """A step is a request; some rise or fall at the very picosecond of *recover*."""

    rtl = MultiPhaseOscillator
    configs: ClassVar = {
        "100ns": OSCILLATION_100NS,
        "uneven": MultiPhaseOscillatorParams(load=9_877, select=45_678, access=12_345, recover=1),
        "fast": MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1),
    }
    varied: ClassVar = {phase.name.lower(): PICOSECONDS for phase in Phase}
    published = "100ns"
    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw lows of `load` and more, and highs of any length."""
        load, period = self.params.load, self.params.period
        times, time, end = [], 0, 0  # end of the oscillation under way
        for _ in range(steps):
            rise = time + load + int(rng.choice([0, 1, rng.integers(2 * period)]))
            if rng.random() < 0.3:
                rise = max(rise, end)
            end = rise + period if rise >= end else end
            fall = rise + 1 + int(rng.choice([0, rng.integers(period), rng.integers(4 * period)]))
            while end < fall:
                end += period
            if rng.random() < 0.3:
                fall = end
            if fall == end:  # the oscillator goes first
                end += period
            times += [rise, fall]
            time = fall
        level = np.arange(len(times)) % 2 == 0
        return rows_from_levels_at(self, np.array(times), {"request": level.astype(np.uint8)})

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Ask the model."""
        return MultiPhaseOscillatorModel(self.params).run_levels(rows["tick"], rows["request"])

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read the phases off the taps."""
        return self.like_the_model(records, phase=changes(records["taps"]))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the phases: each lasts until the next one; busy from launch to *recover*."""
        begins = {p: expected["tick"][expected["phase"] == 1 << p] for p in Phase}
        order = (Phase.LOAD, Phase.SELECT, Phase.ACCESS, Phase.RECOVER)
        return {
            **{
                f"{phase.name.lower()}_phase": between(begins[phase], begins[after])
                for phase, after in pairwise(order)
            },
            "busy": between(begins[Phase.LOAD] - self.params.load, begins[Phase.RECOVER]),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count requests that are short, long, ignored, and on the picosecond of *recover*."""
        time, level = rows["tick"], rows["request"].astype(bool)
        recover = records["tick"][records["phase"] == 8]
        load = records["tick"][records["phase"] == 1] - self.params.load  # the launches
        rise, fall = time[level], time[~level]
        bins = {
            "a request of one picosecond": (fall - rise == 1).sum(),
            "a request rises with recover": np.isin(rise, recover).sum(),
            "a request falls with recover": np.isin(fall, recover).sum(),
            "the next oscillation follows at once": np.isin(load, recover).sum(),
            "the next oscillation follows later": (~np.isin(load, recover)).sum(),
        }
        if self.params.period > 4:
            between = np.searchsorted(recover, rise) == np.searchsorted(recover, fall)
            bins["a request is ignored"] = (between & ~np.isin(rise, load)).sum()
        return bins


BENCH = MultiPhaseOscillatorBench
