"""Bench of the on-demand oscillator: every edge of the ring, with the clock and the divider."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick, spans
from goldspike.cosim.timing.stimuli.oscillator import OscillatorStimulus
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.timing.oscillator import OscillatorModel, OscillatorParams

__all__ = ["BENCH", "OscillatorBench"]


class OscillatorBench(OscillatorStimulus):
    """Rings of every shape, with and without a divider, and one that pins configure."""

    rtl = Oscillator
    configs: ClassVar = {
        "neuron": OscillatorParams(low=1, high=1),
        "synapse": OscillatorParams(low=4, high=4),
        "synapse-divided": OscillatorParams(low=1, high=1, divide=4),
        "neuron-34": OscillatorParams(low=17, high=17),
        "synapse-140": OscillatorParams(low=14, high=14, divide=5),
        "uneven-by-3": OscillatorParams(low=3, high=1, divide=3),
        "uneven-by-2": OscillatorParams(low=1, high=4, divide=2),
        "longest": OscillatorParams(low=200, high=130, divide=2),
        "most-rounds": OscillatorParams(low=1, high=1, divide=70),
        "configurable": OscillatorParams(low=9, high=9, divide=5, configurable=True),
    }
    varied: ClassVar = {"low": range(1, 12), "high": range(1, 12), "divide": range(1, 9)}
    published = "neuron"
    checks = Checks(
        group="oscillator, clock gate, power gate", mutants=("synapse-divided",), silences=True
    )
    shown = "synapse-divided"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Run on the enable seen."""
        enable = every_tick(rows)["enable"] == 1
        return OscillatorModel(self.params).run(enable, self.settings(rows))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the clock; a period is under way from the tick that its enable is seen on."""
        enable, settings = every_tick(rows)["enable"] == 1, self.settings(rows)
        model = OscillatorModel(self.params)
        starts = model.periods(enable, settings)
        length = [model.settings(settings, start + 1).period for start in starts.tolist()]
        change = np.diff(expected["clock"].astype(int), prepend=0)
        return {
            "clock": held(expected["tick"], expected["clock"]),
            "rises": strobes(expected["tick"][change > 0]),
            "falls": strobes(expected["tick"][change < 0]),
            "busy": strobes(spans(starts + 1, starts + np.array(length, np.int64))),
        }


BENCH = OscillatorBench
