"""A scene of the shift-add: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.rram.shift_add import ShiftAddBench

__all__ = ["scenario", "view"]


def scenario(bench: ShiftAddBench, rng: np.random.Generator) -> np.ndarray:
    """Take a code per column, at every precision."""
    share, levels = bench.params.share, []
    for precision in range(len(bench.params.precisions)):
        codes = rng.integers(0, 1 << bench.params.adc_bits, share)
        levels += [(1, int(code), select, precision) for select, code in enumerate(codes)]
        levels += [(0, 0, 0, precision)] * 3
    given = np.array([(0, 0, 0, 0), *levels]).T
    names = ("take", "code", "column", "precision")
    return rows_from_levels(bench, dict(zip(names, given, strict=True)))


def view(bench: ShiftAddBench) -> View:
    """Watch the sums grow."""
    codes = (Wave("take"), Wave("code", show="dec"), Wave("column", show="dec"))
    return View(
        "Shift-add: the codes of a weight's bits, one after the other",
        "Lu 2021, NeuroSim Settings, Table 4",
        (
            Group("Codes", (*codes, Wave("precision", show="dec"))),
            Group(
                "Sums",
                (
                    Wave("partial", show="signed"),
                    Wave("valid", mark=True),
                    Wave("slot", show="dec"),
                ),
            ),
        ),
    )
