"""How the scan chain is driven, and the bins that a run must hit."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels

__all__ = ["ScanChainStimulus"]


class ScanChainStimulus(Bench):
    """A step is a bit shifted in; loads of a whole chain with rests between bits, or none."""

    steps = 1500

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Shift bits in, dense and sparse, ones and zeros in runs and mixed."""
        rests = rng.choice([0, 0, 0, 1, 7], steps)
        ticks = np.cumsum(rests + 1)
        count = int(ticks[-1]) + 2
        scan = np.zeros(count, bool)
        scan[ticks] = True
        ones = np.repeat(rng.choice([0.0, 0.5, 0.5, 1.0], -(-count // 20)), 20)[:count]
        return rows_from_levels(self, {"scan": scan, "scan_in": rng.random(count) < ones})

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every bit of the chain both ways; rests, and none; whole loads."""
        ticks = records["tick"]
        bins: Mapping[str, Any] = {
            "shifts without a rest": (np.diff(ticks) == 1).sum(),
            "a rest between two shifts": (np.diff(ticks) > 1).sum(),
            "a whole load": ticks.size >= self.params.bits,
        }
        for name, bits, _ in self.params.fields:
            lines = np.unpackbits(records[name], axis=1, count=bits, bitorder="little")
            bins = {
                **bins,
                f"every bit of {name} is 1": lines.sum(axis=0).min(),
                f"every bit of {name} is 0": (1 - lines).sum(axis=0).min(),
            }
        return bins
