"""A scene of the crossbar: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.crossbar import CrossbarBench
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks

__all__ = ["scenario", "view"]


def scenario(bench: CrossbarBench, rng: np.random.Generator) -> np.ndarray:
    """Fig. 2: program, load three rows and compute; then one new row per computation."""
    params, layer = bench.params, bench.params.memory.layer
    weights = rng.integers(-1, 2, params.loads)
    ticks: list = [{}]
    ticks += [{"program_weight": 1, "weight": int(w) & 3} for w in weights]
    for kernel_rows in (layer.kernel, 1, 1):
        ticks.append({})
        for k in range(kernel_rows * layer.kernel * params.memory.words):
            word = np.full(params.memory.word_bytes, 1 + k, np.uint8)
            ticks.append({"load": 1, "word": word})
        ticks += [{"start": 1}, *[{}] * (params.ticks + 1)]
    return rows_from_ticks(bench, ticks, params.memory.word_bytes)


def view(bench: CrossbarBench) -> View:
    """Watch rows enter and move up (Fig. 2)."""
    rows = tuple(Wave(f"row_{k}", show="hex") for k in range(bench.params.memory.layer.kernel))
    return View(
        "Crossbar: rows of pixels move through the row buffers",
        "Dazzi 2021, Fig. 2",
        (
            Group("Weights", (Wave("program_weight"),)),
            Group("Row buffers", (Wave("load"), *rows)),
            Group("Computation", (Wave("start", mark=True), Wave("index"), Wave("done"))),
        ),
    )
