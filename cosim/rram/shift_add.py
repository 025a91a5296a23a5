"""Bench of the shift-add: every sum, at every precision, of weights whole and broken off."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.rram.stimuli.shift_add import ShiftAddStimulus
from goldspike.hdl.rram.shift_add import ShiftAdd
from goldspike.model.rram.shift_add import ShiftAddModel, ShiftAddParams

__all__ = ["BENCH", "ShiftAddBench"]


class ShiftAddBench(ShiftAddStimulus):
    """Every number of columns per ADC, with codes of 1 to 6 bits."""

    rtl = ShiftAdd
    configs: ClassVar = {
        "8x3": ShiftAddParams(),
        "one": ShiftAddParams(share=1, adc_bits=1),
        "2x2": ShiftAddParams(share=2, adc_bits=2),
        "4x5": ShiftAddParams(share=4, adc_bits=5),
        "8x6": ShiftAddParams(adc_bits=6),
    }
    varied: ClassVar = {"share": (1, 2, 4, 8), "adc_bits": range(1, 7)}
    published = "8x3"
    checks = Checks(group="shift-add, accumulator")

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Add up what was taken."""
        model, records = ShiftAddModel(self.params), []
        mask = (1 << self.params.partial_bits) - 1
        for row in every_tick(rows):
            if row["take"]:
                code, select, precision = (int(row[k]) for k in ("code", "column", "precision"))
                valid, slot = model.take(code, select, precision)
                records.append((row["tick"], model.partial & mask, valid, slot))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the records: all outputs are registers."""
        ticks = expected["tick"]
        return {
            "valid": strobes(ticks[expected["valid"] == 1] + 1),
            "partial": held(ticks, expected["partial"]),
            "slot": held(ticks, expected["slot"]),
        }


BENCH = ShiftAddBench
