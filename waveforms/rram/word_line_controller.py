"""A scene of the word-line controller: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import set_lines
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.rram.word_line_controller import WordLineControllerBench

__all__ = ["scenario", "view"]


def scenario(bench: WordLineControllerBench, rng: np.random.Generator) -> np.ndarray:
    """Start a vector that skips a plane, one without ones, and a dense one, as soon as possible."""
    params = bench.params
    vectors = np.array([[5, 1, 0, 5, 4, 1, 1], [0] * 7, [7] * 7])
    bits = vectors[:, :, None] >> np.arange(params.input_bits) & 1
    rows = bench.blank(7)
    rows["tick"] = [3, 4, 13, 14, 15, 16, 38]
    rows["start"] = [1, 0, 1, 0, 1, 0, 0]
    lines = np.zeros((7, params.rows * params.input_bits), bool)
    lines[[0, 2, 4]] = bits.reshape(3, -1)
    set_lines(rows, "vector", lines)
    return rows


def view(bench: WordLineControllerBench) -> View:
    """Watch groups follow each other without a gap."""
    planes = range(bench.params.input_bits)
    waiting = (Wave(f"waiting_{k}", f"plane {k}", show="set") for k in planes)
    return View(
        "Word-line controller: rows without a one cost nothing",
        "Lu 2021, NeuroSim Settings, Table 2",
        (
            Group("Vector", (Wave("start", mark=True), Wave("busy"), Wave("done"))),
            Group("Rows that wait", tuple(waiting)),
            Group(
                "Conversions",
                (
                    Wave("valid"), Wave("word_lines", show="set"), Wave("column", show="dec"),
                    Wave("plane", show="dec"), Wave("first"), Wave("last"),
                ),
            ),
        ),
    )  # fmt: skip
