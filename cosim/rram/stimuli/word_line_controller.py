"""How the word-line controller is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import get_lines, set_lines
from goldspike.model.rram.word_line_controller import conversion_ticks

__all__ = ["WordLineControllerStimulus"]


class WordLineControllerStimulus(Bench):
    """A step is a vector; the next one comes at once, or a few ticks later."""

    steps = 100
    least_steps = 20

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw how many rows have each bit, as many as fill a group among them, or a single one."""
        params = self.params
        few, size = params.rows_at_once, (steps, params.input_bits)
        counts = rng.choice([0, 0, 0, 1, 2, few, few, few + 1, 2 * few, params.rows], size)
        counts[:3] = np.array([params.rows, 0, params.rows])[:steps, None]
        ones = np.arange(params.rows) < counts[..., None]
        bits = rng.permuted(ones, axis=-1).transpose(0, 2, 1)
        singles, n = bits[3::4], params.rows * params.input_bits
        place = (np.arange(len(singles)) + rng.integers(n)) % n
        singles[:] = (np.arange(n) == place[:, None]).reshape(singles.shape)
        wait = np.where(rng.random(steps) < 0.5, 0, rng.integers(0, 9, steps))
        lasts = conversion_ticks(self.numbers(bits), params) + 2 + wait
        rows = self.blank(2 * steps + 1)
        rows["tick"][2::2] = np.cumsum(lasts)
        rows["tick"] += 1
        rows["start"][:-1:2] = 1
        rows["tick"][1::2] = rows["tick"][:-1:2] + 1
        noise = rng.integers(0, 2, (steps + 1, *bits.shape[1:]))  # nobody looks at it
        both = np.stack([np.concatenate([bits, bits[:1]]), noise], axis=1)
        set_lines(rows, "vector", both.reshape(2 * steps + 2, -1)[:-1].astype(bool))
        return rows

    def numbers(self, bits: np.ndarray) -> np.ndarray:
        """Return vectors as numbers out of their bits (..., rows, input_bits)."""
        return bits @ (1 << np.arange(self.params.input_bits))

    def started(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ticks of the starts seen, and the vectors."""
        seen, params = rows[rows["start"] == 1], self.params
        lines = get_lines(seen, "vector", params.rows * params.input_bits)
        return seen["tick"], self.numbers(lines.reshape(-1, params.rows, params.input_bits))

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Full and partial groups, planes that are skipped, vectors that end at once."""
        params = self.params
        starts, vectors = self.started(rows)
        ticks = conversion_ticks(vectors, params)
        bits = vectors[:, :, None] >> np.arange(params.input_bits) & 1
        ones = bits.sum(axis=1)
        bins = {
            "a vector without ones": (ticks == 0).sum(),
            "a dense vector": (ones == params.rows).all(axis=1).sum(),
            "a start right after the last conversion": (np.diff(starts) == ticks[:-1] + 2).sum(),
            "a start later than that": (np.diff(starts) > ticks[:-1] + 2).sum(),
            "a last group that is full": (ones % params.rows_at_once == 0).sum(),
        }
        if params.rows > params.rows_at_once:
            bins["a group that is neither first nor last"] = (
                (records["first"] | records["last"]) == 0
            ).sum()
        if params.input_bits > 2:
            empty = ones == 0
            between_two = ~empty[:, :-2] & empty[:, 1:-1] & ~empty[:, 2:]
            bins["an empty plane between two others"] = between_two.sum()
        return bins
