"""How the PRNG is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels

__all__ = ["PrngStimulus"]


class PrngStimulus(Bench):
    """A step is a tick; every input is drawn on every tick, looked at or not."""

    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw often, and load a seed now and then: any, one of a single bit, or 0."""
        bits = self.params.bits
        seed = rng.integers(0, 1 << bits, steps, dtype=np.uint64)
        single = np.uint64(1) << rng.integers(0, bits, steps, dtype=np.uint64)
        kind = rng.integers(0, 32, steps)
        seed = np.where(kind < 4, single, np.where(kind == 4, 0, seed))
        load, take = rng.random(steps) < 0.1, rng.choice([0, 1, 2], steps, p=[0.2, 0.4, 0.4])
        load[:20] = False  # draw from what the reset leaves
        take[-1] = load[-1] = 0
        rows = rows_from_levels(self, {"load": load, "seed": seed, "take": take})
        return with_pauses(rows, "load", "take", count=5)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks that ask for three draws."""
        return {"at most two draws per tick": rows["tick"][rows["take"] == 3]}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count draws, alone and with a seed; draws from the reset; seeds; bits both ways."""
        filled, params = every_tick(rows), self.params
        load, take, seed = filled["load"] == 1, filled["take"], filled["seed"]
        places = np.arange(params.bits, dtype=np.uint64)
        bits = records["state"].astype(np.uint64)[:, None] >> places & np.uint64(1)
        return {
            **{f"{count} draws": (take[~load] == count).sum() for count in range(3)},
            **{f"{count} draws with a seed": (take[load] == count).sum() for count in range(3)},
            "a draw from what the reset leaves": (take[: load.argmax()] > 0).sum(),
            "the seed 0": (seed[load] == 0).sum(),
            "a seed of one bit": (np.bitwise_count(seed[load]) == 1).sum(),
            "every bit is 1": bits.sum(axis=0).min(),
            "every bit is 0": (1 - bits).sum(axis=0).min(),
        }
