"""Bench of the word-line controller: every conversion of vectors of any sparsity."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, between, strobes
from goldspike.cosim.rram.stimuli.word_line_controller import WordLineControllerStimulus
from goldspike.hdl.rram.word_line_controller import WordLineController
from goldspike.model.rram.word_line_controller import (
    SHARES,
    WordLineControllerParams,
    conversion_ticks,
    groups,
)
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "WordLineControllerBench", "conversions"]


def conversions(
    starts: np.ndarray, vectors: np.ndarray, params: WordLineControllerParams
) -> np.ndarray:
    """Return the trace records of vectors (count, rows) that are started on some ticks."""
    records = []
    for start, vector in zip(starts.tolist(), vectors, strict=True):
        tick = start + 1
        for group in groups(vector, params):
            lines = np.isin(np.arange(params.rows), group.rows)
            for select in range(params.share):
                shown = (pack_bits(lines), select, group.plane, group.first, group.last)
                records.append((tick + select, *shown))
            tick += params.share
    return np.array(records, params.trace.record_dtype)


class WordLineControllerBench(WordLineControllerStimulus):
    """Vectors of 1 to 128 rows, with inputs of 1 to 8 bits."""

    rtl = WordLineController
    configs: ClassVar = {
        "128x8": WordLineControllerParams(),
        "one": WordLineControllerParams(rows=1, input_bits=1, adc_bits=1, share=1),
        "7x3": WordLineControllerParams(rows=7, input_bits=3, adc_bits=2, share=2),
        "37x5": WordLineControllerParams(rows=37, input_bits=5, adc_bits=1, share=4),
        "100x8": WordLineControllerParams(rows=100, adc_bits=5, share=1),
    }
    large: ClassVar = {"1024x8": WordLineControllerParams(rows=1024, adc_bits=6)}
    varied: ClassVar = {
        "rows": range(1, 70),
        "input_bits": range(1, 9),
        "adc_bits": range(1, 7),
        "share": SHARES,
    }
    published = "128x8"
    checks = Checks(
        group="controller, array, ADC",
        gates="7x3",
        mutants=("7x3",),
        synthesis="7x3",
        random=1,
        exclusions=(
            Exclusion(
                "bits",
                r"WordLineController\.(peeled|rest)\[0\]",
                "the first row is the lowest that can wait, so every group takes it",
            ),
        ),
    )
    shown = "7x3"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Convert what was started."""
        return conversions(*self.started(rows), self.params)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Show each conversion on the tick after its record; busy from a start to its last one."""
        starts, vectors = self.started(rows)
        ends = starts + 2 + conversion_ticks(vectors, self.params)
        lines = ("word_lines", "column", "plane", "first", "last")
        return {
            **{name: strobes(expected["tick"] + 1, expected[name]) for name in lines},
            "valid": strobes(expected["tick"] + 1),
            "done": strobes(ends - 1),
            "busy": between(starts + 1, ends),
        }


BENCH = WordLineControllerBench
