"""How the link is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, get_lines, up
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks

__all__ = ["LinkStimulus"]


class LinkStimulus(Bench):
    """A step is a tick; timesteps come every 5 to 20 ticks, some on end."""

    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Offer and take at random, slowly and quickly in turns."""
        params, due = self.params, 3
        ticks: list = [{}]
        for k in range(1, steps):
            mood = (0.9, 0.4, 1.0)[k // 100 % 3]
            step = k == due
            far = int(rng.integers(5, max(20, 2 * params.words * params.pixels)))
            due += (far if rng.random() < 0.7 else 1) * step
            lines = sum(int(rng.random() < mood) << n for n in range(params.receivers))
            word = rng.integers(0, 256, params.word_bits // 8).astype(np.uint8)
            ticks.append(
                {"step": int(step), "valid": int(rng.random() < mood), "word": word,
                 "o_ready": lines}
            )  # fmt: skip
        rows = rows_from_ticks(self, [*ticks, {}], params.word_bits // 8)
        return with_pauses(rows, "step", "o_ready", count=6)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count budgets used up, and words held up by receivers and by the budget."""
        filled = every_tick(rows)
        ready = get_lines(filled, "o_ready", self.params.receivers).all(axis=1)
        return {
            "the budget is used up": (records["left"] == 0).sum(),
            "a timestep right after another": (np.diff(up(rows, "step")) == 1).sum(),
            "words carried": records.size,
            "a word waits for a receiver": ((filled["valid"] == 1) & ~ready).sum(),
            "a word waits for the next timestep": ((filled["valid"] == 1) & ready).sum()
            - records.size,
        }
