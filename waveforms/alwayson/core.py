"""A scene of the core: weights are loaded, two neurons fire, and their rows leave in turn."""

import numpy as np

from goldspike.cosim.alwayson.core import CoreBench
from goldspike.cosim.alwayson.shared.core_levels import STROBES
from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of

__all__ = ["scenario", "view"]

REST = 190
"""Ticks after the load: long enough for two requests with the clocks after reset."""


def scenario(bench: CoreBench, rng: np.random.Generator) -> np.ndarray:
    """Neurons 0 and 2 get a spike on one tick; both fire with a threshold of 1."""
    params, chain = bench.params, bench.params.synapses.scan_chain
    words = {0: 0b00110, 2: 0b11010} if params.neurons.neurons > 2 else {0: 1}
    levels: dict[str, list[bool]] = {name: [] for name in STROBES}
    for row, word in words.items():
        bits = chain.scanned({"row": row, "word": word % (1 << params.synapses.columns)})
        idle = [False] * (len(bits) + 2)
        given = {
            "scan_synapses": [True] * len(bits) + [False] * 2,
            "scan_in": [*bits, False, False],
            "load": [*idle[:-1], True],
        }
        for name in STROBES:
            levels[name] += given.get(name, idle)
    begin = len(levels["load"])
    plus = np.zeros((begin + REST, params.neurons.neurons), bool)
    for row in words:
        plus[begin:, row] = high(REST, (6, 12))
    filled = {name: np.append(found, np.zeros(REST, bool)) for name, found in levels.items()}
    return rows_from_levels(bench, {"plus": plus, "minus": np.zeros_like(plus), **filled})


def view(bench: CoreBench) -> View:
    """Follow two spikes from the neurons over both clocks to the next core."""
    lines = [0, 2] if bench.params.neurons.neurons > 2 else [0]
    return View(
        "Core: neurons and their synapses",
        "Chundi 2021, Fig. 2A and 5",
        (
            Group("Scan chain", (Wave("scan_synapses"), Wave("load"))),
            Group("Spikes in", lines_of("plus", lines, "Spk+1 of neuron ")),
            Group("Clocks", (Wave("neuron_clock", "neurons"), Wave("synapse_clock", "synapses"))),
            Group("Power", (Wave("power", "gates on", "set"),)),
            Group("Requests", lines_of("neurons.request", lines, "Req")),
            Group(
                "Synapse block",
                (
                    *lines_of("synapses.arbiter.ack", lines, "Ack"),
                    Wave("synapses.arbiter.spkgen", "Spkgen", names=SPKGEN_NAMES),
                    *lines_of("synapses.ack", lines, "Ack seen"),
                ),
            ),
            Group(
                "Spikes out", (Wave("plus_out", "Spk+1", "set"), Wave("minus_out", "Spk-1", "set"))
            ),
            Group("Rest", (Wave("busy"),)),
        ),
    )
