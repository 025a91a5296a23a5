"""A scene of the request synchronisers in ``cell``: a stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.cell.request_synchroniser import RequestSynchroniserBench
from goldspike.cosim.bench.cell_bench import rows_from_levels_at
from goldspike.cosim.bench.view import Group, View, Wave

__all__ = ["scenario", "view"]


def scenario(bench: RequestSynchroniserBench, rng: np.random.Generator) -> np.ndarray:
    """Show the four phases of one handshake between clocks of 8 and 2.1 ns; a clear behind it."""
    moments = np.arange(500, 96_000, 50)
    line = np.arange(bench.params.lines) == 0

    def within(begin: int, end: int) -> np.ndarray:
        return (moments >= begin) & (moments < end)

    return rows_from_levels_at(
        bench,
        moments,
        {
            "request": within(11_000, 35_000)[:, None] & line,
            "ack": within(31_000, 54_000)[:, None] & line,
            "synapse_clock": (moments + 2000) % 8000 >= 4000,
            "neuron_clock": (moments % 2100 >= 1050) & within(0, 52_500),
            "clear": within(80_000, 81_000),
        },
    )


def view(bench: RequestSynchroniserBench) -> View:
    """See either signal pass two flip-flops."""
    return View(
        "Request synchroniser on real clocks",
        "Chundi 2021, Fig. 5C",
        (
            Group(
                "Request, on the synapse block's clock",
                (
                    Wave("synapse_clock", "gated clock"),
                    Wave("request", "Req", line=0),
                    Wave("request_first", "first flip-flop", line=0),
                    Wave("request_seen", "seen by the arbiter", line=0),
                ),
            ),
            Group(
                "Acknowledgement, on the neurons' clock",
                (
                    Wave("neuron_clock", "clock"),
                    Wave("ack", "Ack", line=0),
                    Wave("ack_first", "first flip-flop", line=0),
                    Wave("ack_seen", "seen by the neuron", line=0),
                    Wave("clear"),
                ),
            ),
        ),
    )
