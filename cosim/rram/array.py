"""Bench of the array: levels of every bit-line, while rows are written and read."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, side_by_side, strobes
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.cosim.rram.stimuli.array import ArrayStimulus
from goldspike.hdl.rram.array import Array
from goldspike.model.rram.array import ArrayModel, ArrayParams

__all__ = ["BENCH", "ArrayBench", "sliced"]


def sliced(levels: np.ndarray, bits: int) -> np.ndarray:
    """Return levels (count, columns) as lines: bit k of column c at ``k * columns + c``."""
    columns = levels.shape[1]
    lines = side_by_side(levels, bits).reshape(len(levels), columns, bits)
    return lines.transpose(0, 2, 1).reshape(len(levels), -1)


class ArrayBench(ArrayStimulus):
    """Arrays that are square, flat or tall, with levels of 1 to 6 bits."""

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
    outlasts = "write"

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


BENCH = ArrayBench
