"""Bench of the accumulators: every sum and every total, up to the largest that there can be."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, side_by_side
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.rram.stimuli.accumulator import FLAGS, NUMBERS, AccumulatorStimulus
from goldspike.hdl.rram.accumulator import Accumulator
from goldspike.model.rram.accumulator import AccumulatorModel, AccumulatorParams

__all__ = ["BENCH", "AccumulatorBench"]


class AccumulatorBench(AccumulatorStimulus):
    """Sums and totals of 1 to 1000 rows, at several widths of inputs and codes."""

    rtl = Accumulator
    configs: ClassVar = {
        "128": AccumulatorParams(),
        "one": AccumulatorParams(rows=1, input_bits=1, share=1, adc_bits=1),
        "5": AccumulatorParams(rows=5, input_bits=3, share=4, adc_bits=2),
        "16-of-1": AccumulatorParams(rows=16, input_bits=1, share=2, adc_bits=4),
        "1000": AccumulatorParams(rows=1000, adc_bits=6),
    }
    varied: ClassVar = {
        "rows": range(1, 40), "input_bits": range(1, 9), "share": (1, 2, 4, 8),
        "adc_bits": range(1, 7),
    }  # fmt: skip
    published = "128"
    checks = Checks(group="shift-add, accumulator", compared="5", mutants=("5",), gates="5")
    shown = "5"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Add up what was seen."""
        params, model, records = self.params, AccumulatorModel(self.params), []
        bits = params.shift_add.partial_bits
        masks = (1 << params.sum_bits(0)) - 1, (1 << params.bits) - 1
        for row in every_tick(rows):
            inputs: dict[str, Any] = {name: bool(row[name]) for name in FLAGS}
            inputs |= {name: int(row[name]) for name in NUMBERS}
            if params.share > 1:
                inputs["partial"] -= inputs["partial"] >> (bits - 1) << bits
            if inputs["clear"] or inputs["add"] or model.due:
                model.tick(**inputs)
                records.append((row["tick"], model.sums & masks[0], model.totals & masks[1]))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the totals."""
        return {
            "totals": held(expected["tick"], side_by_side(expected["totals"], self.params.bits))
        }


BENCH = AccumulatorBench
