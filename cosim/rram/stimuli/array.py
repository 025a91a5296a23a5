"""How the array is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels

__all__ = ["ArrayStimulus"]


class ArrayStimulus(Bench):
    """A step is a tick; first every row is written, since a reset leaves the cells as they are."""

    steps = 1000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Write at times, few ones and many; raise no line, one, just enough for the top, all."""
        params = self.params
        ticks = 1 + 3 * params.rows + steps + 1
        k = np.arange(ticks) - 1
        first = k < 3 * params.rows  # every cell goes up, down and up
        write = first & (k >= 0) | (rng.random(ticks) < 0.2)
        row = np.where(first, k % params.rows, rng.integers(0, params.rows, ticks))
        up = (k // params.rows + 1) % 2
        density = np.where(first, up, rng.choice([0.0, 0.2, 0.9, 1.0], ticks))
        data = rng.random((ticks, params.columns)) < density[:, None]
        few = [0, 1, 2, params.top - 1, params.top, params.top, params.top + 1, params.rows]
        counts = rng.choice(few, ticks) * ~first
        counts[-1], write[-1] = 0, False
        lines = rng.permuted(np.arange(params.rows) < counts[:, None], axis=-1)
        levels = {"write": write, "write_row": row, "write_data": data, "word_lines": lines}
        return rows_from_levels(self, levels)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Lowest and top level, and rows that are written while they are read."""
        params = self.params
        filled = every_tick(rows)
        lines = get_lines(filled, "word_lines", params.rows)
        read = lines[np.arange(filled.size), filled["write_row"]]
        bins = {
            "all lines": lines.all(axis=1).sum(),
            "no conducting cell": (records["levels"] == 0).sum(),
            "a row that is read is written": (read & (filled["write"] == 1)).sum(),
            "a row is written, no line is up": (~lines.any(axis=1) & (filled["write"] == 1)).sum(),
        }
        if params.rows > params.top:
            bins["the top level"] = (records["levels"] == params.top).sum()
            bins["more lines than levels"] = (lines.sum(axis=1) > params.top).sum()
        return bins
