"""A scene of the weight memory: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.weight_memory import WeightMemoryBench

__all__ = ["scenario", "view"]


def scenario(bench: WeightMemoryBench, rng: np.random.Generator) -> np.ndarray:
    """Shift all weights in, then read every row."""
    params, total = bench.params, bench.total
    reads = [total + 4 + 2 * k for k in range(params.sources)]
    count = reads[-1] + 4
    weight, address = np.zeros((2, count), np.int64)
    weight[:total] = bench.order(rng.integers(-7, 8, (params.sources, params.neurons)))
    for source, tick in enumerate(reads):
        address[tick - 2 :] = source
    return rows_from_levels(
        bench,
        {
            "load": high(count, (1, total)),
            "weight": weight & (1 << params.neuron.weight_bits) - 1,
            "read": high(count, *reads),
            "address": address,
        },
    )


def view(bench: WeightMemoryBench) -> View:
    """See the weights move from row to row as they are shifted in."""
    rows = tuple(f"row_{k}" for k in range(min(4, bench.params.sources)))
    return View(
        f"Weight memory, {bench.params.sources} rows of {bench.params.neurons} weights",
        "Stuijt 2021, Fig. 1A and section 2.3",
        (
            Group("Load", (Wave("load"), Wave("weight", show="signed"))),
            Group("Rows", tuple(Wave(row, show="hex") for row in rows)),
            Group("Read", (Wave("read", mark=True), Wave("address", show="dec"))),
            Group("To the neurons", (Wave("word", show="hex"),)),
        ),
    )
