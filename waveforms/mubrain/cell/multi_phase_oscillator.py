"""A scene of the multi-phase oscillator in ``cell``: a stimulus, and signals to look at."""

from itertools import pairwise

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    rows_from_pulses,
)
from goldspike.cosim.bench.view import Group, View, Wave
from goldspike.cosim.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillatorBench

__all__ = ["scenario", "view"]


def scenario(bench: MultiPhaseOscillatorBench, rng: np.random.Generator) -> np.ndarray:
    """Ask once, shortly; then for as long as two oscillations take."""
    period = bench.params.period
    rise = np.array([period // 3, 2 * period])
    fall = np.array([period // 3 + period // 50, 3 * period + period // 2])
    pulses = {"request": (np.zeros(2, int), rise, fall)}
    return rows_from_pulses(bench, pulses, last=9 * period // 2)


def view(bench: MultiPhaseOscillatorBench) -> View:
    """Follow the transition down the chain."""
    taps = tuple(f"{phase}_tap" for phase in ("load", "select", "access", "recover"))
    clocks = tuple(
        Wave(f"{name}_phase", f"{name}: {one} to {two}")
        for name, (one, two) in zip(
            ("load", "select", "access"),
            pairwise(("load", "select", "access", "recover")),
            strict=True,
        )
    )
    return View(
        f"Multi-phase oscillator, {bench.params.period} ps, self-timed",
        "Stuijt 2021, Fig. 2B and 2C",
        (
            Group("Launch", (Wave("request"), Wave("launch"), Wave("turn"))),
            Group("Taps of the chain", tuple(Wave(tap, mark=True) for tap in taps)),
            Group("Clocks", (*clocks, Wave("busy", "phase", show="phases", phases=taps))),
        ),
    )
