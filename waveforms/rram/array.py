"""A scene of the array: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.rram.array import ArrayBench

__all__ = ["scenario", "view"]


def scenario(bench: ArrayBench, rng: np.random.Generator) -> np.ndarray:
    """Write all rows, raise five word-lines one by one, write a row that is on."""
    params, ticks = bench.params, 40
    row = np.clip(np.arange(ticks) - 2, 0, params.rows - 1)
    data = np.ones((ticks, params.columns), bool)
    data[:, 1] = row % 2 == 0
    data[30:] = False
    row[30:] = 0
    up = np.clip(np.arange(ticks) - 14, 0, 10) // 2
    up[-2:] = 0
    return rows_from_levels(
        bench,
        {
            "write": high(ticks, (3, 2 + params.rows), 31),
            "write_row": row,
            "write_data": data,
            "word_lines": np.arange(params.rows) < up[:, None],
        },
    )


def view(bench: ArrayBench) -> View:
    """Watch levels rise up to the top."""
    params = bench.params
    levels = tuple(
        Wave("levels", f"column {column}, bit {k}", line=k * params.columns + column)
        for column in (0, 1)
        for k in reversed(range(params.level_bits))
    )
    return View(
        "RRAM array: levels count the cells that conduct",
        "Lu 2021, Fig. 1",
        (
            Group("Writing", (Wave("write", mark=True), Wave("write_row", show="dec"))),
            Group("Reading", (Wave("word_lines", show="set"), *levels)),
            Group("Cells", (Wave("cells_0", "row 0", show="set"),)),
        ),
    )
