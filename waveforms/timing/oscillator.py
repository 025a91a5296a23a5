"""A scene of the oscillator: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.timing.oscillator import OscillatorBench

__all__ = ["scenario", "view"]


def scenario(bench: OscillatorBench, rng: np.random.Generator) -> np.ndarray:
    """Ask for a period, for a few, and within a period, which leaves no trace."""
    length = bench.params.period
    begin = [3, 3 + 2 * length, 3 + 6 * length]
    spans = [begin[0], (begin[1], begin[1] + 2 * length), begin[2], begin[2] + 3]
    count = begin[2] + 2 * length + 2
    levels = {"enable": high(count, *spans)}
    if bench.params.configurable:
        levels["length"] = np.full(count, bench.params.low)
        levels["divide"] = np.full(count, bench.params.divide)
    return rows_from_levels(bench, levels)


def view(bench: OscillatorBench) -> View:
    """See whole periods, however short the request."""
    p = bench.params
    return View(
        f"On-demand oscillator, {p.low} + {p.high} ticks, divided by {p.divide}",
        "Chundi 2021, Neuron Block",
        (
            Group("Request", (Wave("enable"),)),
            Group("Ring", (Wave("ring"), Wave("rounds", "rounds done", show="dec"))),
            Group("Clock", (Wave("clock"), Wave("rises", mark=True), Wave("falls"))),
            Group("Status", (Wave("busy"),)),
        ),
    )
