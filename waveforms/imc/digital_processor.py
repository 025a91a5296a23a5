"""A scene of the digital processor: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.imc.digital_processor import DigitalProcessorBench

__all__ = ["scenario", "view"]


def scenario(bench: DigitalProcessorBench, rng: np.random.Generator) -> np.ndarray:
    """Load the scales and process three pixels."""
    rows = bench.stimulus(rng, 3)
    return rows[rows["tick"] <= 80]


def view(bench: DigitalProcessorBench) -> View:
    """Follow a channel through the three stages."""
    return View(
        "Digital processor: scale, add, round, rectify, saturate",
        "Dazzi 2021, sections 2.1 and 3.1",
        (
            Group("Pixel", (Wave("start", mark=True), Wave("channel"), Wave("lane"))),
            Group("Stages", (Wave("number", show="signed"), Wave("total", show="signed"))),
            Group("Words", (Wave("push"), Wave("word", show="hex"), Wave("done"))),
        ),
    )
