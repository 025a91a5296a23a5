"""How the pooling is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import LONG
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, signed

__all__ = ["PoolingStimulus"]

ALL = 77
"""Odd: its multiples are all bytes, in an order in which all of their bits change."""


class PoolingStimulus(Bench):
    """A step is a pixel."""

    steps = 300

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Images of noise; some of the largest and the lowest activations only; small sums.

        An image of one pixel has every value once.
        """
        params = self.params
        ticks: list = [{}]
        for k in range(steps):
            image = k // params.pixels
            for _ in range(params.words):
                word = rng.integers(0, 256, params.lanes).astype(np.uint8)
                if image in (1, 2):
                    word[:] = (0x7F, 0x80)[image - 1]
                if 3 <= image < 6:  # sums of half the number of pixels, of both signs, and -1
                    own = np.array([k % 2, -(k % 2), -(k % params.pixels == 0)]).astype(np.int8)
                    word[:] = own[(np.arange(params.lanes) + image) % 3].view(np.uint8)
                elif params.pixels == 1:
                    word[:] = (ALL * k + np.arange(params.lanes)) % 256
                for _ in range(LONG if k == steps // 2 else 0):  # there is no room for long
                    noise = rng.integers(0, 256, params.lanes).astype(np.uint8)
                    ticks.append({"valid": 1, "word": noise, "room": 0})
                while rng.random() < 0.1:
                    valid = int(rng.random() < 0.5)
                    ticks.append({"valid": valid, "word": word, "room": 1 - valid})
                ticks.append({"valid": 1, "word": word, "room": 1})
        return with_pauses(rows_from_ticks(self, [*ticks, {}], params.lanes), "valid", count=7)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Means of both signs; the largest and the lowest sum; halves."""
        params = self.params
        sums = signed(records["sums"][records["push"] == 1], 8 + params.shift)
        bins = {
            "positive means": (sums > 0).sum(),
            "negative means": (sums < 0).sum(),
            "the largest sum": (sums == 127 * params.pixels).sum(),
            "the lowest sum": (sums == -128 * params.pixels).sum(),
        }
        bins["a sum of -1"] = (sums == -1).sum()
        if params.pixels > 1:
            half = params.pixels // 2
            bins["a positive half"] = (sums == half).sum()
            bins["a negative half"] = (sums == -half).sum()
        elif len(sums) >= 256 + 6:
            bins["all values"] = np.unique(sums).size == 256
        return bins
