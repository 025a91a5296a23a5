"""A scene of the flash ADCs: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.rram.array import sliced
from goldspike.cosim.rram.flash_adc import FlashAdcBench

__all__ = ["scenario", "view"]


def scenario(bench: FlashAdcBench, rng: np.random.Generator) -> np.ndarray:
    """Convert a ramp, column by column; then rest, and convert the middle column once more."""
    params, ticks = bench.params, 24
    ramp = np.arange(params.columns) % (params.amplifiers + 1)
    select = np.clip(np.arange(ticks) - 2, 0, params.share - 1)
    select[14:] = params.share // 2
    levels = {
        "sample": high(ticks, (3, 2 + params.share), 18),
        "levels": sliced(np.tile(ramp, (ticks, 1)), params.bits),
        "column": select,
    }
    return rows_from_levels(bench, levels)


def view(bench: FlashAdcBench) -> View:
    """Watch thermometers rise, and what the encoder makes of them."""
    latches = range(bench.params.amplifiers)
    amplifiers = (Wave(f"amplifiers_{k}", f"above {k}", show="set") for k in reversed(latches))
    return View(
        "Flash ADCs: sense amplifiers and codes",
        "Lu 2021, Fig. 2B",
        (
            Group("Multiplexer", (Wave("sample", mark=True), Wave("column", show="dec"))),
            Group("Sense amplifiers: ADCs whose level is", tuple(amplifiers)),
            Group("Codes", (Wave("valid"), Wave("codes", show="hex"))),
        ),
    )
