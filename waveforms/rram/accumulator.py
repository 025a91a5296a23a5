"""A scene of the accumulators: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.rram.accumulator import AccumulatorBench

__all__ = ["scenario", "view"]


def scenario(bench: AccumulatorBench, rng: np.random.Generator) -> np.ndarray:
    """Add the planes of a vector of signed inputs, two groups each, to weights of all bits."""
    params, names = bench.params, ("clear", "add", "partial", "first", "last", "plane", "negative")
    ticks = [(0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0)]
    for plane in range(params.input_bits):
        top = plane == params.input_bits - 1
        for group in range(2):
            partial = int(rng.integers(1, 1 << params.share - 1))
            ticks += [(0, 1, partial, group == 0, group == 1, plane, top)]
            ticks += [(0, 0, 0, 0, 0, 0, 0)] * (params.share - 1)
    given = np.array([*ticks, *[(0,) * 7] * 3]).T
    levels = dict(zip(names, given.astype(np.int64), strict=True))
    return rows_from_levels(bench, levels)


def view(bench: AccumulatorBench) -> View:
    """Watch the first slot's sum and total."""
    marks = (Wave("first"), Wave("last"), Wave("plane", show="dec"), Wave("negative"))
    return View(
        "Accumulators: groups add up to planes, planes to a product",
        "Lu 2021, Digital Modules, Table 4",
        (
            Group(
                "Partial sums", (Wave("clear"), Wave("add"), Wave("partial", show="dec"), *marks)
            ),
            Group(
                "First slot",
                (
                    Wave("sum_0", show="signed"),
                    Wave("due", mark=True),
                    Wave("total_0", show="signed"),
                ),
            ),
        ),
    )
