"""Bench of the array: levels of every bit-line, while rows are written and read."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, side_by_side, strobes
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.rram.array import Array
from goldspike.model.rram.array import ArrayModel, ArrayParams

__all__ = ["BENCH", "ArrayBench", "sliced"]


def sliced(levels: np.ndarray, bits: int) -> np.ndarray:
    """Return levels (count, columns) as lines: bit k of column c at ``k * columns + c``."""
    columns = levels.shape[1]
    lines = side_by_side(levels, bits).reshape(len(levels), columns, bits)
    return lines.transpose(0, 2, 1).reshape(len(levels), -1)


class ArrayBench(Bench):
    """A step is a tick; first every row is written, since a reset leaves the cells as they are."""

    rtl = Array
    configs: ClassVar = {
        "128x128": ArrayParams(),
        "one": ArrayParams(rows=1, columns=1, level_bits=1),
        "11x5": ArrayParams(rows=11, columns=5, level_bits=2),
        "2x37": ArrayParams(rows=2, columns=37, level_bits=6),
        "70x3": ArrayParams(rows=70, columns=3, level_bits=6),
    }
    large: ClassVar = {"1024x128": ArrayParams(rows=1024, level_bits=6)}
    varied: ClassVar = {
        "rows": range(1, 40),
        "columns": range(1, 40),
        "level_bits": range(1, 7),
    }
    published = "128x128"
    checks = Checks(
        group="controller, array, ADC",
        gates="11x5",
        mutants=("11x5",),
        synthesis="11x5",
        slow=("128x128",),
        random=1,
    )
    shown = "11x5"
    steps = 1000
    outlasts = "write"

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

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Read, then write, what was seen."""
        params, model, records = self.params, ArrayModel(self.params), []
        filled = every_tick(rows)
        data = get_lines(filled, "write_data", params.columns)
        lines = get_lines(filled, "word_lines", params.rows)
        for k, row in enumerate(filled):
            if lines[k].any():
                records.append((row["tick"], model.levels(lines[k])))
            if row["write"]:
                model.write(int(row["write_row"]), data[k])
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the levels; all are 0 without a word-line."""
        lines = sliced(expected["levels"], self.params.level_bits)
        return {"levels": strobes(expected["tick"], lines)}

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


BENCH = ArrayBench
