"""Bench of the delay cell: the outputs on every tick on which a level moves."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellModel, DelayCellParams

__all__ = ["BENCH", "DelayCellBench"]


class DelayCellBench(Bench):
    """A step is a tick of random levels; silence and flips on every tick take turns."""

    rtl = DelayCell
    configs: ClassVar = {
        f"{width}x{delay}": DelayCellParams(width=width, delay=delay)
        for width, delay in ((1, 1), (7, 2), (16, 10), (65, 5), (1, 200))
    }
    varied: ClassVar = {"width": range(1, 20), "delay": range(1, 40)}
    published = "1x1"
    checks = Checks(group="edge detector, delay cell", mutants=("7x2",), silences=True)
    shown = "16x10"
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw flips with a chance that is redrawn every 50 ticks; in between, let all leave."""
        chance = np.repeat(rng.choice([0.0, 0.01, 0.3, 0.9], -(-steps // 50)), 50)[:steps, None]
        chance[steps // 3 : steps // 3 + 2 * self.params.delay] = 0
        flips = rng.random((steps, self.params.width)) < chance
        return rows_from_levels(self, {"level": np.logical_xor.accumulate(flips, axis=0)})

    def level(self, rows: np.ndarray) -> np.ndarray:
        """Return the levels on every tick."""
        return get_lines(every_tick(rows), "level", self.params.width)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Delay the levels seen."""
        return DelayCellModel(self.params).run(self.level(rows))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the delayed levels; a record is a tick on which some level is inside."""
        output = DelayCellModel(self.params).delayed(self.level(rows))
        return {
            "delayed": held(np.arange(1, len(output) + 1), output),
            "busy": strobes(expected["tick"]),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Shortest pulses and gaps, several edges inside, and changes on both sides at once."""
        width, delay = self.params.width, self.params.delay
        level = np.vstack([np.zeros((1, width), bool), self.level(rows)])
        rises = ~level[:-1] & level[1:]
        falls = level[:-1] & ~level[1:]
        changes = (rises | falls).any(axis=1)
        entered = np.flatnonzero(changes)
        bins = {
            "a high of one tick": (rises[:-1] & falls[1:]).sum(),
            "a low of one tick": (falls[:-1] & rises[1:]).sum(),
            "entering and leaving on one tick": np.intersect1d(entered, entered + delay - 1).size,
        }
        if delay > 1:
            window = np.convolve(changes, np.ones(delay, int))
            bins["several changes inside at once"] = (window > 1).sum()
            bins["no change inside"] = (window[:-delay] == 0).sum()
        if width > 1:
            bins["one line rises as another falls"] = (rises.any(axis=1) & falls.any(axis=1)).sum()
        return bins


BENCH = DelayCellBench
