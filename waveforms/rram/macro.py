"""A scene of the macro: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.rram.macro import MacroBench

__all__ = ["scenario", "view"]

TICKS = 64


def scenario(bench: MacroBench, rng: np.random.Generator) -> np.ndarray:
    """Write all cells, send two vectors, the second sparser, and let products wait at times."""
    params, levels = bench.params, bench.quiet(TICKS)
    write, words = slice(2, 2 + params.rows), params.words
    levels["write"][write] = 1
    levels["write_row"][write] = np.arange(params.rows)
    levels["write_data"][write] = rng.random((params.rows, params.columns)) < 0.5
    data = rng.random((2 * words, levels["in_data"].shape[1])) < np.repeat([[0.9], [0.3]], words, 0)
    held = np.insert(data, words, data[words], axis=0)  # the buffer is full for a tick
    sent = slice(write.stop + 1, write.stop + 1 + len(held))
    levels["in_valid"][sent], levels["in_data"][sent] = 1, held
    levels["out_ready"] = ~high(TICKS, (26, 34))
    return rows_from_levels(bench, levels)


def view(bench: MacroBench) -> View:
    """Follow two vectors from word to product."""
    conversions = (
        Wave("controller.word_lines", "word-lines on", show="set"),
        Wave("controller.plane", show="dec"),
        Wave("adc.codes", show="hex"),
    )
    return View(
        "Macro: a vector in, its products out",
        "Lu 2021, Fig. 6",
        (
            Group("Cells", (Wave("write"), Wave("write_row", show="dec"), Wave("write_ready"))),
            Group("Words", (Wave("in_valid"), Wave("in_ready"), Wave("in_data", show="hex"))),
            Group("Conversions", (Wave("start", mark=True), *conversions)),
            Group("First total", (Wave("accumulator_0.total_0", show="dec"),)),
            Group(
                "Products",
                (
                    Wave("out_valid"),
                    Wave("out_ready"),
                    Wave("out_data", show="dec"),
                    Wave("out_last"),
                ),
            ),
        ),
    )
