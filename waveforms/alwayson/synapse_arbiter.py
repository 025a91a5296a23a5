"""A scene of the synapse arbiter: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES, SynapseArbiterBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of

__all__ = ["scenario", "view"]


def scenario(bench: SynapseArbiterBench, rng: np.random.Generator) -> np.ndarray:
    """Ask with one row, then with another, then with both by turns."""
    n, count = bench.params.inputs, 100
    request = np.zeros((count, n), bool)
    request[:, -1] = high(count, (6, 30), (43, 87))
    request[:, 0] = high(count, (15, 62))
    return rows_from_levels(bench, {"request": request, "step": high(count, *range(4, 96, 8))})


def view(bench: SynapseArbiterBench) -> View:
    """See the sub-FSM go through its states, and Ack wait for the request to go."""
    lines = sorted({0, bench.params.inputs - 1})
    return View(
        "Synapse arbiter and spike generator",
        "Chundi 2021, Fig. 5B and 5C",
        (
            Group("Gated clock", (Wave("step", mark=True),)),
            Group("Requests", lines_of("request", lines, "Req")),
            Group(
                "FSM",
                (*lines_of("ack", lines, "Ack"), Wave("spkgen", "Spkgen", names=SPKGEN_NAMES)),
            ),
            Group("Row", (Wave("read", "word-line"), Wave("row"), Wave("launch", "spikes"))),
            Group("Steps", (Wave("grant"), Wave("capture"), Wave("sleep"))),
        ),
    )
