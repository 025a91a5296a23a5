"""Bench of the AER input: every event, valid or not, becomes what its address and its sign say."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.aer_input import AerInputStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.hdl.alwayson.aer_input import AerInput
from goldspike.model.alwayson.aer_input import AerInputModel, AerInputParams

__all__ = ["BENCH", "AerInputBench"]


class AerInputBench(AerInputStimulus):
    """From 1 to 256 lines, with and without addresses beyond the last."""

    rtl = AerInput
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {str(n): AerInputParams(lines=n) for n in (256, 1, 2, 3, 5, 65)}
    large: ClassVar = {"top": AerInputParams(lines=512)}
    varied: ClassVar = {"lines": (*range(1, 80), 511, 512)}
    published = "256"
    checks = Checks(
        group="AER input and output", gates="5", mutants=("5",), synthesis="5", random=1
    )
    shown = "5"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Launch the events seen."""
        return AerInputModel(self.params).records(*self.events(rows))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the wires; busy with an event and with the spike that it becomes."""
        tick = expected["tick"]
        names = ("plus", "minus", "invalid")
        return {**{name: held(tick, expected[name]) for name in names}, "busy": strobes(tick)}


BENCH = AerInputBench
