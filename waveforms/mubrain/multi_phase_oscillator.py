"""A scene of the multi-phase oscillator: a short stimulus, and the signals to look at."""

import numpy as np

from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high
from goldspike.cosim.mubrain.multi_phase_oscillator import MultiPhaseOscillatorBench
from goldspike.model.mubrain.multi_phase_oscillator import (
    Phase,
)

__all__ = ["scenario", "view"]


def scenario(bench: MultiPhaseOscillatorBench, rng: np.random.Generator) -> np.ndarray:
    """Request for a tick, for long, until inside an oscillation, and only during recover."""
    period = bench.params.period
    begin = [3 + k * period for k in (0, 2, 5, 7)]
    count = begin[-1] + 3 * period
    spans = (
        begin[0],
        (begin[1], begin[1] + period + 1),
        (begin[2], begin[2] + period // 2),
        (begin[3], begin[3] + 1),
        begin[3] + period - 1,
    )
    return rows_from_levels(bench, {"request": high(count, *spans)})


def view(bench: MultiPhaseOscillatorBench) -> View:
    """See one strobe after the other."""
    phases = tuple(f"{phase.name.lower()}_phase" for phase in Phase)
    return View(
        "Multi-phase oscillator",
        "Stuijt 2021, Fig. 2B and 2C",
        (
            Group("Request", (Wave("request"),)),
            Group(
                "Oscillation",
                (
                    Wave("busy", "phase", show="phases", phases=phases),
                    *(Wave(phase, mark=True) for phase in phases),
                    Wave("busy"),
                ),
            ),
        ),
    )
