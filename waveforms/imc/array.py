"""A scene of the array: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.array import ArrayBench

__all__ = ["scenario", "view"]


def scenario(bench: ArrayBench, rng: np.random.Generator) -> np.ndarray:
    """Send an image; programming is left out."""
    rows = bench.stimulus(rng, 2)
    first = rows["tick"][np.flatnonzero(rows["run"])[0]]
    rows = rows[(rows["tick"] >= first - 1) & (rows["tick"] < first + 800)]
    rows["tick"] -= first - 2
    return rows


def view(bench: ArrayBench) -> View:
    """Watch partial sums go from core to core, a timestep each."""
    cores = tuple(
        Wave(f"core_{k}.{name}", f"core {k}: {name}")
        for k, core in enumerate(bench.params.circuits)
        for name in (*(("sum_valid", "sum_ready") if core.partial_in else ()), "out_valid")
    )
    return View(
        "Array of cores",
        "Dazzi 2021, section 2.4.4",
        (
            Group("Pixels in", (Wave("in_valid"), Wave("in_ready"))),
            Group("Partial sums and pixels", cores),
            Group("Answer", (Wave("answered", mark=True), Wave("answer"))),
        ),
    )
