"""A scene of the array: rows through the port, a packet from outside, a step, packets on links."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.truenorth.array import ArrayBench
from goldspike.cosim.truenorth.stimuli.array import packed
from goldspike.model.truenorth.array import announced
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.shared.image import blank

__all__ = ["scenario", "view"]

TICKS = 56
GOALS = ((2, 0, 1), (-1, 1, 2))
"""dx, dy and axon of the first neuron of cores 0 and 1."""


def scenario(bench: ArrayBench, rng: np.random.Generator) -> np.ndarray:
    """Load a neuron that always fires into cores 0 and 1; then run two steps.

    That of core 0 sends out of the array, to the east; that of core 1 to the core in the north
    west. A packet comes from outside for core 3.
    """
    core, words = bench.params.core, []
    for number, (dx, dy, axon) in enumerate(GOALS):
        image = blank(core.axons, core.neurons)
        image.neurons["alpha"], image.neurons["delay"] = 0, 1
        image.neurons["dx"], image.neurons["dy"], image.neurons["axon"] = dx, dy, axon
        row = row_of(image, 0, core.sram)
        words += announced(0, number, 0, row, core.sram.row_bits)
    data = np.zeros(TICKS, np.int64)
    data[1 : 1 + len(words)] = words
    begin = 3 + len(words)
    packet = int(packed(np.array([1, 1, 0, 4])))
    levels = {
        "config_valid": high(TICKS, (2, 1 + len(words))),
        "config_data": data,
        "in_valid": high(TICKS, begin),
        "in_packet": np.where(np.arange(1, TICKS + 1) == begin, packet, 0),
        "run": high(TICKS, (begin + 5, TICKS)),
        "period": np.full(TICKS, 15),
        "out_ready": np.repeat(~high(TICKS, (begin + 8, begin + 12))[:, None], 2, axis=1),
    }
    return rows_from_levels(bench, levels, whole=True)


def view(bench: ArrayBench) -> View:
    """Watch the port, the steps, and the packets."""
    cores = range(bench.params.cores)
    return View(
        "Array: packets of a step on their links",
        "Merolla 2014, Akopyan 2015",
        (
            Group(
                "Configuration",
                (Wave("config_valid"), Wave("config_ready"), Wave("config_data", show="hex")),
            ),
            Group(
                "Steps",
                (
                    Wave("run"), Wave("sync", mark=True), Wave("slot", show="dec"), Wave("idle"),
                    Wave("overrun"),
                ),
            ),
            Group("Cores", tuple(Wave(f"core_{k}.busy", f"core {k} busy") for k in cores)),
            Group(
                "Routers",
                tuple(Wave(f"router_{k}.out_valid", f"router {k}", show="set") for k in cores),
            ),
            Group(
                "In and out",
                (
                    Wave("in_valid"), Wave("in_ready"), Wave("out_valid", show="set"),
                    Wave("out_ready", show="set"), Wave("stray"), Wave("merged", show="set"),
                ),
            ),
        ),
    )  # fmt: skip
