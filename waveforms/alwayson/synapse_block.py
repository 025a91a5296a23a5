"""A scene of the synapse block: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES
from goldspike.cosim.alwayson.synapse_block import SynapseBlockBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, lines_of
from goldspike.model.alwayson.synapse_block import SynapseBlockModel
from goldspike.waveforms.alwayson.neuron import power_waves

__all__ = ["scenario", "view"]


def scenario(bench: SynapseBlockBench, rng: np.random.Generator) -> np.ndarray:
    """Fig. 5C: weights of two rows are loaded; neurons 1 and 2 ask at once."""
    params, chain, count = bench.params, bench.params.scan_chain, 110
    scan, scan_in, load = [], [], []
    words = {1: 0b011, 2: 0b101} if params.rows > 2 else {0: 1}
    for row, word in words.items():
        scan += [True] * chain.bits + [False] * 3
        scan_in += [*chain.scanned({"row": row, "word": word}), False, False, False]
        load += [False] * (chain.bits + 1) + [True, False]
    begin = len(scan)
    quiet, clock = np.zeros((begin, params.rows), bool), np.arange(count) % 2 == 1
    asks = np.full(len(words), 6)
    request, _ = SynapseBlockModel(params).asked(asks, np.array(list(words)), clock)
    levels = {"scan": scan, "scan_in": scan_in, "load": load}
    return rows_from_levels(
        bench,
        {
            "request": np.concatenate([quiet, request]),
            "neuron_clock": np.append(quiet[:, 0], clock),
            **{name: np.append(level, np.zeros(count, bool)) for name, level in levels.items()},
        },
    )


def view(bench: SynapseBlockBench) -> View:
    """See a request pass from clock to clock, and both served in turn."""
    lines = [1, 2] if bench.params.rows > 2 else [0]
    return View(
        "Synapse block",
        "Chundi 2021, Fig. 5C",
        (
            Group("Scan chain", (Wave("scan"), Wave("load"))),
            Group("Requests", lines_of("request", lines, "Req")),
            Group(
                "Local clock",
                (
                    Wave("clock_enable", "FFclk-en"),
                    Wave("clock"),
                    Wave("clock_ungate", "FFclk-ug"),
                    Wave("clock_gate.gated", "gated clock"),
                ),
            ),
            Group("Power", power_waves("")),
            Group(
                "Arbiter",
                (
                    Wave("arbiter.request", "requests seen", "set"),
                    *lines_of("arbiter.ack", lines, "Ack"),
                    Wave("arbiter.spkgen", "Spkgen", names=SPKGEN_NAMES),
                ),
            ),
            Group("Weights", (Wave("memory.read", "word-line"), Wave("weights", show="hex"))),
            Group("Spikes", (Wave("plus", "Spk+1", "set"), Wave("minus", "Spk-1", "set"))),
            Group("Neurons", lines_of("ack", lines, "Ack seen")),
        ),
    )
