"""A scene of the AER output: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.aer_output import AerOutputBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: AerOutputBench, rng: np.random.Generator) -> np.ndarray:
    """Read out twice: the second neuron wins, then the first of two; a start between is ignored."""
    lines, bits = bench.params.lines, bench.params.bits
    count = 3 * lines + 30
    again = lines + 14
    values = np.full((count, lines), -2)
    values[:, min(1, lines - 1)] = 3 if bits > 2 else 1
    values[again - 4 :, -1] = values[0, min(1, lines - 1)]
    places = values[:, :, None] >> np.arange(bits) & 1
    return rows_from_levels(
        bench,
        {
            "potentials": places.reshape(count, -1).astype(bool),
            "start": high(count, 4, 6, again),
        },
    )


def view(bench: AerOutputBench) -> View:
    """See the potentials one by one, and the winner behind them."""
    return View(
        f"AER output, {bench.params.lines} neurons",
        "Chundi 2021, Chip Prototype",
        (
            Group("Readout", (Wave("start", mark=True), Wave("runs"), Wave("place", show="dec"))),
            Group("Best so far", (Wave("highest", show="signed"), Wave("leader", show="dec"))),
            Group(
                "AER",
                (
                    Wave("valid"),
                    Wave("address", show="dec"),
                    Wave("value", show="signed"),
                    Wave("done"),
                    Wave("winner", show="dec"),
                    Wave("busy"),
                ),
            ),
        ),
    )
