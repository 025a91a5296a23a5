"""A scene of the AER input: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.alwayson.aer_input import AerInputBench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high

__all__ = ["scenario", "view"]


def scenario(bench: AerInputBench, rng: np.random.Generator) -> np.ndarray:
    """Name the first neuron, the last, one beyond them; then send two events back to back."""
    room, lines = 1 << bench.params.address_bits, bench.params.lines
    count = 48
    address = np.zeros(count, np.int64)
    named = (0, lines - 1, room - 1, min(3, lines - 1), min(3, lines - 1))
    for first, line in zip((2, 12, 22, 32, 35), named, strict=True):
        address[first - 1 :] = line
    return rows_from_levels(
        bench,
        {
            "address": address,
            "negative": high(count, (12, 21), (35, 40)),
            "strobe": high(count, (4, 7), (14, 17), (24, 27), 34, 36),
        },
    )


def view(bench: AerInputBench) -> View:
    """See one spike of one tick per rise of the strobe."""
    return View(
        f"AER input, {bench.params.lines} neurons",
        "Chundi 2021, Chip Prototype",
        (
            Group("AER", (Wave("address", show="dec"), Wave("negative"), Wave("strobe"))),
            Group("Inside", (Wave("sampled"), Wave("rises", mark=True))),
            Group(
                "Spikes",
                (
                    Wave("plus", "Spk+1 of neurons", show="set"),
                    Wave("minus", "Spk-1 of neurons", show="set"),
                    Wave("invalid"),
                    Wave("busy"),
                ),
            ),
        ),
    )
