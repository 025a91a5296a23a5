"""A scene of the AER output: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.cosim.mubrain.aer_output import AerOutputBench

__all__ = ["scenario", "view"]


def scenario(bench: AerOutputBench, rng: np.random.Generator) -> np.ndarray:
    """Spike on three lines at once; later on one line twice, and again after its event."""
    n, period = bench.params.lines, bench.params.oscillator.period
    count = 9 * period
    spikes = np.zeros((count, n), bool)
    chosen = lines(bench)
    for line in chosen:
        spikes[2, line] = True
    spikes[:, chosen[0]] |= high(count, 3, 5 * period, 5 * period + 2, 6 * period + 5)
    return rows_from_levels(bench, {"spikes": spikes, "clear": high(count)})


def view(bench: AerOutputBench) -> View:
    """See a strobe of fixed length per spike."""
    return View(
        f"AER output, {bench.params.lines} lines",
        "Stuijt 2021, Fig. 1B",
        (
            Group("Spikes of the last layer", lines_of("spikes", lines(bench))),
            Group("Waiting", (Wave("arbiter.detector.pending", "pending", show="set"),)),
            Group("AER", (Wave("address", show="dec"), Wave("strobe", mark=False))),
            Group("Status", (Wave("merged", show="set"), Wave("busy"))),
        ),
    )


def lines(bench: AerOutputBench) -> list[int]:
    """Return the first, a middle and the last line."""
    n = bench.params.lines
    return sorted({0, n // 3, n - 1})
