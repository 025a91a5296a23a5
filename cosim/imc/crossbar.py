"""Bench of the crossbar: every column's sum, on random kernels and on the largest numbers."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, side_by_side, strobes
from goldspike.cosim.bench.stimulus import every_tick, spans, up
from goldspike.cosim.imc.input_memory import memory
from goldspike.cosim.imc.shared.stimulus import signed, word_rows
from goldspike.cosim.imc.shared.varied import ROWS_PER_TICK, WEIGHT_BITS, vary_memory
from goldspike.cosim.imc.stimuli.crossbar import CrossbarStimulus
from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.model.imc.crossbar import CrossbarModel, CrossbarParams

__all__ = ["BENCH", "CrossbarBench"]


class CrossbarBench(CrossbarStimulus):
    """A crossbar of 28 channels, and small ones, down to a single weight."""

    rtl = Crossbar
    configs: ClassVar = {
        "28x28": CrossbarParams(memory=memory(side=16, channels=28, outputs=28), rows_per_tick=2),
        "2-bit": CrossbarParams(
            memory=memory(side=5, channels=3, outputs=5, word_bits=16),
            weight_bits=2,
            rows_per_tick=7,
        ),
        "12x2": CrossbarParams(
            memory=memory(side=4, channels=3, outputs=2, kernel=2, padding=0, word_bits=16),
            weight_bits=2,
            rows_per_tick=5,
        ),
        "one": CrossbarParams(
            memory=memory(side=4, channels=1, outputs=1, kernel=1, padding=0, word_bits=8),
            weight_bits=3,
            rows_per_tick=1,
        ),
    }
    published = "28x28"
    checks = Checks(
        group="controller, crossbar, processor, fully connected",
        gates="one",
        mutants=("12x2",),
        synthesis="2-bit",
        random=1,
    )
    shown = "2-bit"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer."""
        return {
            **vary_memory(choose, "memory."),
            "weight_bits": choose(WEIGHT_BITS),
            "rows_per_tick": choose(ROWS_PER_TICK),
        }

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Program, load and compute what was seen; the sums come with the last addition."""
        params, model, filled = self.params, CrossbarModel(self.params), every_tick(rows)
        words = word_rows(filled, "word", params.memory.word_bytes)
        weights = signed(filled["weight"], params.weight_bits)
        records = []
        for row, word, weight in zip(filled, words, weights, strict=True):
            if row["program_weight"]:
                model.program(int(weight))
            if row["load"]:
                model.load(word)
            if row["start"]:
                sums = model.compute() & (1 << params.sum_bits) - 1
                records.append((row["tick"] + params.ticks - 1, sums))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the sums; busy with every input, and from a start to its sums."""
        asked, ends = up(rows, "load", "start", "program_weight"), expected["tick"]
        computes = spans(ends - self.params.ticks + 2, ends + 1)
        return {
            "done": strobes(ends + 1),
            "sums": held(ends, side_by_side(expected["sums"], self.params.sum_bits)),
            "busy": strobes(np.append(asked, computes)),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the sums open while they are added up: who takes them waits for `done`."""
        ends = expected["tick"]
        adds = strobes(spans(ends - self.params.ticks + 2, ends))
        bits = self.params.sum_bits * self.params.columns
        return {"sums": (adds[0], np.repeat(adds[1][:, None] == 1, bits, axis=1))}


BENCH = CrossbarBench
