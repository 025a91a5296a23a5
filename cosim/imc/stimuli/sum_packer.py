"""How the sum packer is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels, spans, up

__all__ = ["SumPackerStimulus"]

REST = 5
"""Ticks after the last pixel."""


class SumPackerStimulus(Bench):
    """A step is a pixel; the next one starts at once, or a few ticks later."""

    steps = 60

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw sums, often the largest and the smallest; they stay until the pixel is done."""
        params = self.params
        half = 1 << (params.sum_bits - 1)
        starts, sums = [0], [np.zeros(params.channels, np.int64)]
        for k in range(steps):
            total = rng.integers(-half, half, params.channels)
            limits = rng.choice((-half, -1, 0, half - 1), params.channels)
            total = np.where(rng.random(params.channels) < 0.3, limits, total)
            ticks = params.ticks + (0 if k % 3 else int(rng.integers(1, 5)))
            starts += [1, *[0] * (ticks - 1)]
            sums += [total] * ticks
        shifts = np.arange(params.sum_bits)
        bits = (np.array(sums)[:, :, None] >> shifts & 1).reshape(len(sums), -1).astype(bool)
        rest = np.zeros((REST, bits.shape[1]), bool)
        levels = {
            "start": np.array(starts + [0] * REST),
            "sums": np.concatenate([bits, rest]),
        }
        return rows_from_levels(self, levels)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that no pixel starts while another is under way."""
        starts = up(rows, "start")
        works = spans(starts + 1, starts + self.params.ticks - 1)
        return {"start waits for done": np.intersect1d(starts, works)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count words, pixels, and pixels that start as the one before is done."""
        starts = up(rows, "start")
        return {
            "words": records.size,
            "last words": (records["last"] == 1).sum(),
            "pixels without a gap": (np.diff(starts) == self.params.ticks).sum(),
            "pixels with a gap": (np.diff(starts) > self.params.ticks).sum(),
        }
