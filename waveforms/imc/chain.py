"""A scene of the chain: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.chain import ChainBench

__all__ = ["scenario", "view"]


def scenario(bench: ChainBench, rng: np.random.Generator) -> np.ndarray:
    """Send an image; programming is left out."""
    rows = bench.stimulus(rng, 2)
    first = rows["tick"][np.flatnonzero(rows["run"])[0]]
    rows = rows[(rows["tick"] >= first - 1) & (rows["tick"] < first + 600)]
    rows["tick"] -= first - 2
    return rows


def view(bench: ChainBench) -> View:
    """Watch the cores follow each other (Fig. 10)."""
    cores = tuple(
        Wave(f"core_{k}.controller.{name}", f"core {k}: {name}", show="analog")
        for k in range(len(bench.params.layers))
        for name in ("in_x", "out_x")
    )
    return View(
        "Chain of cores",
        "Dazzi 2021, Fig. 9 and 10",
        (
            Group("Pixels in", (Wave("in_valid"), Wave("in_ready"))),
            Group("Pointers", cores),
            Group("Answer", (Wave("answered", mark=True), Wave("answer"))),
        ),
    )
