"""Bench of the AER output: every potential and every winner, after every change."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.aer_output import AerOutputStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.hdl.alwayson.aer_output import AerOutput
from goldspike.model.alwayson.aer_output import AerOutputModel, AerOutputParams

__all__ = ["BENCH", "AerOutputBench"]


class AerOutputBench(AerOutputStimulus):
    """From 1 to 10 neurons, with potentials of 2 to 16 bits."""

    rtl = AerOutput
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "10": AerOutputParams(),
        "1": AerOutputParams(lines=1, bits=9),
        "2-2": AerOutputParams(lines=2, bits=2),
        "3-4": AerOutputParams(lines=3, bits=4),
        "5-16": AerOutputParams(lines=5, bits=16),
        "8-3": AerOutputParams(lines=8, bits=3),
    }
    large: ClassVar = {"top": AerOutputParams(lines=512, bits=16)}
    varied: ClassVar = {"lines": range(1, 20), "bits": range(2, 17)}
    published = "10"
    checks = Checks(
        group="AER input and output", gates="3-4", mutants=("3-4",), synthesis="3-4", random=1
    )
    shown = "3-4"

    def run_model(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the golden model's words after every tick, and the pin `busy` on each."""
        model, takes = AerOutputModel(self.params), self.params.lines + 2
        every = every_tick(rows, takes)
        values = self.potentials(every)
        words, busy = np.zeros((every.size, 5), np.int64), np.zeros(every.size, bool)
        for k, start in enumerate(every["start"]):
            busy[k] = model.tick(values[k], start=bool(start))
            words[k] = model.word
        return words, busy

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Read out what was seen."""
        words, _ = self.run_model(rows)
        moved = np.diff(words, axis=0, prepend=0).any(axis=1)
        records = np.zeros(moved.sum(), self.layout.record_dtype)
        records["tick"] = np.flatnonzero(moved) + 1
        for k, name in enumerate(self.layout.dtype.names or ()):
            records[name] = words[moved, k]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the registers."""
        _, busy = self.run_model(rows)
        names = self.layout.dtype.names or ()
        return {
            **{name: held(expected["tick"], expected[name]) for name in names},
            "busy": strobes(np.flatnonzero(busy) + 1),
        }


BENCH = AerOutputBench
