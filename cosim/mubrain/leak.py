"""Bench of the leak: strobe, merges and the period's count, tick by tick."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, strobes, through
from goldspike.cosim.mubrain.stimuli.leak import LeakStimulus
from goldspike.hdl.mubrain.leak import Leak
from goldspike.model.mubrain.leak import LeakModel, LeakParams

__all__ = ["BENCH", "LeakBench"]


class LeakBench(LeakStimulus):
    """Periods of 2 to 32 bits."""

    rtl = Leak
    configs: ClassVar = {
        "published": LeakParams(),
        "smallest": LeakParams(period_bits=2),
        "odd": LeakParams(period_bits=5),
        "widest": LeakParams(period_bits=32),
    }
    varied: ClassVar = {"period_bits": range(2, 33)}
    published = "published"
    checks = Checks(
        group="leak, sparse memory",
        mutants=("odd",),
        exclusions=(
            Exclusion(
                "bits",
                r"Leak\.elapsed\[([789]|[123]\d)\]",
                "counts the ticks of long periods; every bit is used where the counter is narrow",
            ),
        ),
    )

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Leak as was seen, tick by tick."""
        return LeakModel(self.params).run(*self.levels(rows))[1]

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the strobes, up to two ticks after the last row: inputs hold from there."""
        period, event, clear = (np.append(level, level[[-1, -1]]) for level in self.levels(rows))
        up, records = LeakModel(self.params).run(period, event, clear)
        moves = np.diff(event.astype(int), prepend=0) != 0
        seen = np.isin(np.arange(1, period.size + 1), up + 1)
        return {
            "strobe": strobes(up + 1),
            "merged": strobes(records["tick"][records["merged"] == 1] + 1),
            "busy": through((period > 1) | moves | seen),
        }


BENCH = LeakBench
