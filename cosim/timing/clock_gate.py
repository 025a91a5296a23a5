"""Bench of the clock gate: every edge that gets through, and how many pulses did."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.timing.stimuli.clock_gate import LONGEST, ClockGateStimulus
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.model.timing.clock_gate import ClockGateModel, ClockGateParams

__all__ = ["BENCH", "ClockGateBench"]


class ClockGateBench(ClockGateStimulus):
    """Gates of 1 to 65 enables, and one whose clock is as fast as can be."""

    rtl = ClockGate
    configs: ClassVar = {
        name: ClockGateParams(width=int(name.partition("-")[0])) for name in LONGEST
    }
    varied: ClassVar = {"width": range(1, 20)}
    published = "1-fast"
    checks = Checks(
        group="oscillator, clock gate, power gate", mutants=("7",), vectors=("1-fast", 200)
    )
    shown = "7"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Gate the pulses seen."""
        return ClockGateModel(self.params).run(*self.inputs(rows))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the pulses: the strobes come on the ticks on which the gated clocks change."""
        rises, falls, enable = self.inputs(rows)
        passes = ClockGateModel(self.params).passes(rises, enable)
        return {
            "gated": held(expected["tick"], expected["gated"]),
            "rises": strobes(rises, passes),
            "falls": strobes(falls, passes),
        }


BENCH = ClockGateBench
