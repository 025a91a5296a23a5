"""A scene of the input memory: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.input_memory import InputMemoryBench

__all__ = ["scenario", "view"]


def scenario(bench: InputMemoryBench, rng: np.random.Generator) -> np.ndarray:
    """Fig. 8: store 2H + 3 pixels, then read the first window."""
    params, layer = bench.params, bench.params.layer
    ticks: list[dict[str, int]] = [{}]
    for k in range(2 * layer.height + 3):
        last = int(k % layer.height == layer.height - 1)
        for word in range(params.words):
            ticks.append({"store": 1, "last_row": last & (word == params.words - 1)})
        ticks.append({})
    ticks += [*next(bench.program()), {}, {}]
    levels = {
        name: np.array([tick.get(name, 0) for tick in ticks], np.int64)
        for name in bench.blank(1).dtype.names or ()
        if name not in ("tick", "data")
    }
    number = np.cumsum(levels["store"])  # of the word stored, to recognise it
    data = (number[:, None] >> np.arange(params.word_bits) % 64 & 1).astype(bool)
    data[:, 64:] = False
    return rows_from_levels(bench, {**levels, "data": data})


def view(bench: InputMemoryBench) -> View:
    """Watch the two addresses of Fig. 8 move."""
    return View(
        "Input memory, H * F pixels kept",
        "Dazzi 2021, Fig. 7D and 8, Algorithm 2",
        (
            Group("Store", (Wave("store"), Wave("last_row"), Wave("addr_w_0"))),
            Group("Fetch", (Wave("fetch"), Wave("next_row"), Wave("pixel_r"), Wave("addr_r_0"))),
            Group("SRAM", (Wave("address", show="analog"),)),
        ),
    )
