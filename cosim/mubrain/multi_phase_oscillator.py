"""Bench of the multi-phase oscillator: every strobe, for requests that come and go at any time."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, strobes
from goldspike.cosim.bench.stimulus import every_tick, spans
from goldspike.cosim.mubrain.stimuli.multi_phase_oscillator import MultiPhaseOscillatorStimulus
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.model.mubrain.multi_phase_oscillator import (
    MultiPhaseOscillatorModel,
    MultiPhaseOscillatorParams,
    Phase,
)

__all__ = ["BENCH", "DELAYS", "MultiPhaseOscillatorBench", "oscillating"]

DELAYS = {f"oscillator.{phase.name.lower()}": (1, 2, 3, 4, 5, 65) for phase in Phase}
"""What random configurations of circuits with such an oscillator draw of it."""


def oscillating(access: np.ndarray, params: MultiPhaseOscillatorParams) -> np.ndarray:
    """Return the ticks on which an oscillation is under way, from those of its *access* phase."""
    begins = access - params.load - params.select - params.access
    return spans(begins + 1, access + params.recover)


class MultiPhaseOscillatorBench(MultiPhaseOscillatorStimulus):
    """Phases of one tick each, and of up to 661."""

    rtl = MultiPhaseOscillator
    configs: ClassVar = {
        "fast": MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1),
        "default": MultiPhaseOscillatorParams(),
        "uneven": MultiPhaseOscillatorParams(load=3, select=1, access=5, recover=2),
        "longest": MultiPhaseOscillatorParams(load=300, select=70, access=1, recover=661),
    }
    varied: ClassVar = {phase.name.lower(): (*range(1, 9), 65, 300) for phase in Phase}
    published = "default"
    checks = Checks(group="arbiter, multi-phase oscillator", mutants=("uneven",))

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Oscillate on the requests seen, and long enough afterwards."""
        request = every_tick(rows)["request"].astype(bool)
        silence = np.zeros(self.params.period, bool)
        return MultiPhaseOscillatorModel(self.params).run(np.concatenate([request, silence]))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the phases: each strobes on the tick on which it happens."""
        happens = {p: expected["tick"][expected["phase"] == 1 << p] for p in Phase}
        return {
            **{f"{phase.name.lower()}_phase": strobes(tick) for phase, tick in happens.items()},
            "busy": strobes(oscillating(happens[Phase.ACCESS], self.params)),
        }


BENCH = MultiPhaseOscillatorBench
