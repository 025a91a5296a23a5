"""Bench of the delay cell in ``cell``: every change of an output line."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    PICOSECONDS,
    CellBench,
    rows_from_levels_at,
)
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, taken_up
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.hdl.timing.cell.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellModel, DelayCellParams

__all__ = ["BENCH", "DelayCellBench"]


class DelayCellBench(CellBench):
    """A step is a moment at which random lines change; gaps reach from 1 ps to beyond the delay."""

    rtl = DelayCell
    configs: ClassVar = {
        f"{width}x{delay}": DelayCellParams(width=width, delay=delay)
        for width, delay in ((1, 1), (1, 100_000), (7, 26_731), (16, 1000))
    }
    varied: ClassVar = {"width": range(1, 20), "delay": PICOSECONDS}
    published = "1x100000"
    checks = Checks(waves=True)
    shown = "7x26731"
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw gaps of every order of magnitude up to ten delays, and lines that change."""
        delay, width = self.params.delay, self.params.width
        gaps = np.exp(rng.uniform(0, np.log(10 * delay + 10), steps)).astype(np.int64)
        gaps[rng.random(steps) < 0.1] = delay  # one change enters as the one before leaves
        flips = rng.random((steps, width)) < 0.3
        flips[np.arange(steps), rng.integers(0, width, steps)] = True
        level = np.logical_xor.accumulate(flips, axis=0)
        return rows_from_levels_at(self, gaps.cumsum(), {"level": level})

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Delay the levels seen."""
        level = get_lines(rows, "level", self.params.width)
        return DelayCellModel(self.params).run_levels(rows["tick"], level)

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the delayed lines."""
        return {"delayed": taken_up(expected["tick"], expected["output"])}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Shortest pulses, several changes inside, and changes on both sides at once."""
        time, delay = rows["tick"], self.params.delay
        inside = np.arange(time.size) - np.searchsorted(time, time - delay, side="right")
        bins = {
            "a pulse of one picosecond": (np.diff(time) == 1).sum(),
            "entering and leaving at one picosecond": np.isin(records["tick"], time).sum(),
            "no change inside": (inside == 0).sum(),
        }
        if delay > 1:
            bins["several changes inside at once"] = (inside > 1).sum()
        return bins


BENCH = DelayCellBench
