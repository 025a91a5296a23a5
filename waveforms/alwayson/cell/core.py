"""A scene of the core in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.core import CoreBench
from goldspike.cosim.alwayson.cell.stimuli.core import GRID
from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, lines_of

__all__ = ["scenario", "view"]


def scenario(bench: CoreBench, rng: np.random.Generator) -> np.ndarray:
    """Two neurons get a spike each, one shortly after the other, and fire."""
    plus = np.zeros((15_000, bench.params.neurons.neurons), bool)
    plus[20 * GRID : 24 * GRID, 0] = True
    plus[50 * GRID : 54 * GRID, -1] = True
    return rows_from_levels(bench, {"plus": plus})


def view(bench: CoreBench) -> View:
    """See two rings, the handshake between them, and the spikes that leave."""
    lines = sorted({0, bench.params.neurons.neurons - 1})
    return View(
        "Core with two real clocks",
        "Chundi 2021, Fig. 2A, 5A and 5C",
        (
            Group("Spikes in", lines_of("plus", lines, "Spk+1")),
            Group("Clocks", (Wave("neuron_clock", "neurons"), Wave("synapse_clock", "synapses"))),
            Group(
                "Handshake",
                (
                    *lines_of("synapses.request", lines, "Req"),
                    *lines_of("synapses.arbiter.ack", lines, "Ack, synapses' clock"),
                    *lines_of("synapses.synchroniser.ack_seen", lines, "Ack, neurons' clock"),
                    Wave("synapses.arbiter.spkgen", "Spkgen", names=SPKGEN_NAMES),
                ),
            ),
            Group("Power", (Wave("power"), Wave("isolate"), Wave("retain"))),
            Group("Spikes out", (Wave("minus_out", "spikes -"),)),
        ),
    )
