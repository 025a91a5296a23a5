"""A scene of the synapse block in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.synapse_block import SynapseBlockBench
from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, lines_of

__all__ = ["scenario", "view"]


def scenario(bench: SynapseBlockBench, rng: np.random.Generator) -> np.ndarray:
    """Two neurons ask, one after the other, and are served in one wake-up; then all sleeps."""
    request = np.zeros((15_000, bench.params.rows), bool)
    request[1003:4503, 0] = True
    request[2503:7503, -1] = True
    time = np.arange(1, len(request) + 1)
    clock = (time % 210 >= 105) & (time < 12_000)
    return rows_from_levels(bench, {"request": request, "neuron_clock": clock})


def view(bench: SynapseBlockBench) -> View:
    """See the real clocks, the power, and Ack cross to the neurons' clock."""
    lines = sorted({0, bench.params.rows - 1})
    return View(
        "Synapse block with a real clock",
        "Chundi 2021, Fig. 5A and 5C",
        (
            Group("Requests", lines_of("request", lines, "Req")),
            Group(
                "Clock",
                (
                    Wave("clock_enable", "FFclk-en"),
                    Wave("clock"),
                    Wave("clock_ungate", "FFclk-ug"),
                    Wave("gated", "gated clock"),
                ),
            ),
            Group("Power", (Wave("power"), Wave("good"), Wave("on"), Wave("retain"))),
            Group(
                "Arbiter",
                (
                    *lines_of("arbiter.ack", lines, "Ack"),
                    Wave("arbiter.spkgen", "Spkgen", names=SPKGEN_NAMES),
                ),
            ),
            Group("Neurons' side", (Wave("neuron_clock", "clock"), *lines_of("ack", lines, "Ack"))),
            Group("Spikes", (Wave("minus", "spikes -"),)),
        ),
    )
