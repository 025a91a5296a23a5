"""A scene of the request synchronisers: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.request_synchroniser import RequestSynchroniserBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: RequestSynchroniserBench, rng: np.random.Generator) -> np.ndarray:
    """Show the four phases of one handshake, clocks of 8 and 2 ticks; a clear behind it."""
    n, count = bench.params.lines, 96
    levels: dict[str, np.ndarray] = {
        "request": np.zeros((count, n), bool),
        "ack": np.zeros((count, n), bool),
    }
    levels["request"][:, 0] = high(count, (11, 35))
    levels["ack"][:, 0] = high(count, (31, 54))
    clocks = {
        "synapse_rises": high(count, *range(14, count, 8)),
        "neuron_rises": high(count, *range(3, 52, 2)),
        "clear": high(count, 80),
    }
    return rows_from_levels(bench, levels | clocks)


def view(bench: RequestSynchroniserBench) -> View:
    """See either signal pass two flip-flops."""
    return View(
        "Request synchroniser of one neuron",
        "Chundi 2021, Fig. 5C",
        (
            Group(
                "Request, on the synapse block's clock",
                (
                    Wave("synapse_rises", "clock rises", mark=True),
                    Wave("request", "Req", line=0),
                    Wave("request_first", "first flip-flop", line=0),
                    Wave("request_seen", "seen by the arbiter", line=0),
                    Wave("reset"),
                ),
            ),
            Group(
                "Acknowledgement, on the neurons' clock",
                (
                    Wave("neuron_rises", "clock rises"),
                    Wave("ack", "Ack", line=0),
                    Wave("ack_first", "first flip-flop", line=0),
                    Wave("ack_seen", "seen by the neuron", line=0),
                    Wave("clear"),
                ),
            ),
        ),
    )
