"""A scene of the PRNG: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.prng import PrngBench

__all__ = ["scenario", "view"]

TICKS = 20


def scenario(bench: PrngBench, rng: np.random.Generator) -> np.ndarray:
    """Draw once, twice, not at all; load a seed while a draw is asked for, and draw again."""
    once, twice = high(TICKS, (3, 5), 11, (14, 16)), high(TICKS, (8, 9), 18)
    levels = {
        "load": high(TICKS, 11),
        "seed": np.full(TICKS, 0x2A),
        "take": once + 2 * twice,
    }
    return rows_from_levels(bench, levels)


def view(bench: PrngBench) -> View:
    """Watch the draws."""
    return View(
        "PRNG: the next two draws are always there",
        "Cassidy 2013",
        (
            Group("Seed", (Wave("load", mark=True), Wave("seed", show="hex"))),
            Group(
                "Draws",
                (
                    Wave("take", "draws used", show="dec"), Wave("first", show="hex"),
                    Wave("second", show="hex"), Wave("state", show="hex"),
                ),
            ),
        ),
    )  # fmt: skip
