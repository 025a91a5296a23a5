"""A scene of the core's memory: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.pins import side_by_side
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.core_sram import CoreSramBench

__all__ = ["scenario", "view"]

TICKS = 20


def scenario(bench: CoreSramBench, rng: np.random.Generator) -> np.ndarray:
    """Load three rows and the types; read one while its potential is written, and read it again."""
    params = bench.params
    rows = (0b10110, 0b01101, 0b11111)[: params.neurons]
    load = np.array([rows[min(max(tick - 2, 0), len(rows) - 1)] for tick in range(TICKS)])
    numbers = side_by_side(load[:, None], params.row_bits)
    types = side_by_side(np.full((TICKS, 1), 0b11_10_01_00_11), 2 * params.axons)
    levels = {
        "load": high(TICKS, (3, 5)),
        "load_neuron": np.clip(np.arange(TICKS) - 2, 0, 2),
        "load_row": numbers,
        "load_types": high(TICKS, 6),
        "types": types,
        "read": high(TICKS, 8, 11, 13),
        "read_neuron": np.where(np.arange(TICKS) < 9, 0, 1),
        "write": high(TICKS, 11),
        "write_neuron": np.ones(TICKS, int),
        "potential": np.full(TICKS, 5),
        "axon": np.clip(np.arange(TICKS) - 8, 0, params.axons - 1),
    }
    return rows_from_levels(bench, levels)


def view(bench: CoreSramBench) -> View:
    """Watch rows come and go."""
    return View(
        "Core SRAM: a row per neuron, types of axons",
        "Akopyan 2015",
        (
            Group(
                "Loading",
                (
                    Wave("load"), Wave("load_neuron", show="dec"), Wave("load_row", show="set"),
                    Wave("load_types"),
                ),
            ),
            Group(
                "Accesses",
                (
                    Wave("read", mark=True), Wave("read_neuron", show="dec"),
                    Wave("row", show="set"), Wave("write"), Wave("write_neuron", show="dec"),
                    Wave("potential", show="dec"),
                ),
            ),
            Group("Types", (Wave("axon", show="dec"), Wave("axon_type", show="dec"))),
        ),
    )  # fmt: skip
