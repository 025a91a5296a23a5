"""A scene of the synapse arbiter in ``cell``: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.synapse_arbiter import SynapseArbiterBench
from goldspike.cosim.alwayson.synapse_arbiter import SPKGEN_NAMES
from goldspike.cosim.bench.cell_bench import rows_from_levels_at
from goldspike.cosim.bench.view import Group, View, Wave, lines_of

__all__ = ["scenario", "view"]


def scenario(bench: SynapseArbiterBench, rng: np.random.Generator) -> np.ndarray:
    """Ask with one row, then with another, then with both by turns; sleep without power."""
    n = bench.params.inputs
    moments = np.arange(500, 130_000, 500)

    def within(*spans: tuple[int, int]) -> np.ndarray:
        return np.any([(moments >= begin) & (moments < end) for begin, end in spans], axis=0)

    request = np.zeros((moments.size, n), bool)
    request[:, -1] = within((6_000, 30_000), (43_000, 87_000))
    request[:, 0] = within((15_000, 62_000))
    return rows_from_levels_at(
        bench,
        moments,
        {
            "request": request,
            "clock": (moments % 8000 >= 4000) & within((0, 104_000)),
            "retain": within((110_000, 125_000)),
            "supply": within((0, 112_000), (120_000, 130_000)),
        },
    )


def view(bench: SynapseArbiterBench) -> View:
    """See Ack wait for the request to go, and what retention keeps."""
    lines = sorted({0, bench.params.inputs - 1})
    return View(
        "Synapse arbiter on a real clock",
        "Chundi 2021, Fig. 5B and 5C",
        (
            Group("Gated clock", (Wave("clock"),)),
            Group("Requests", lines_of("request", lines, "Req")),
            Group(
                "FSM",
                (*lines_of("ack", lines, "Ack"), Wave("spkgen", "Spkgen", names=SPKGEN_NAMES)),
            ),
            Group("Row", (Wave("read", "word-line"), Wave("row"), Wave("launch", "spikes"))),
            Group("Power", (Wave("supply"), Wave("retain"), Wave("steps.following", "looks from"))),
        ),
    )
