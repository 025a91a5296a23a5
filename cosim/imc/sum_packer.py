"""Bench of the sum packer: sums of any sign and size, pixel after pixel."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes, unless
from goldspike.cosim.bench.stimulus import every_tick, get_lines, spans, up
from goldspike.cosim.imc.shared.stimulus import signed
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.sum_packer import SumPackerStimulus
from goldspike.hdl.imc.sum_packer import SumPacker
from goldspike.model.imc.sum_packer import SumPackerModel, SumPackerParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "SumPackerBench"]


class SumPackerBench(SumPackerStimulus):
    """One, two and three sums to a word, and sums that take two words."""

    rtl = SumPacker
    configs: ClassVar = {
        "56": SumPackerParams(channels=56, sum_bits=23),
        "two-a-word": SumPackerParams(channels=5, sum_bits=12, word_bits=40),
        "three-a-word": SumPackerParams(channels=5, sum_bits=15, word_bits=48),
        "two-words": SumPackerParams(channels=3, sum_bits=21, word_bits=16),
        "one": SumPackerParams(channels=1, sum_bits=8, word_bits=8),
    }
    large: ClassVar = {"top": SumPackerParams(channels=3, sum_bits=40, word_bits=8)}
    varied: ClassVar = {
        "channels": range(1, 10), "sum_bits": range(2, 41), "word_bits": WORD_BITS,
    }  # fmt: skip
    published = "56"
    checks = Checks(
        group="partial sums",
        compared="two-words",
        mutants=("two-a-word", "two-words"),
        random=1,
    )
    shown = "two-a-word"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Pack the sums that are there as a pixel starts."""
        params, model = self.params, SumPackerModel(self.params)
        filled, records = every_tick(rows), []
        lines = get_lines(filled, "sums", params.sum_bits * params.channels)
        for k in np.flatnonzero(filled["start"]):
            bits = lines[k].reshape(params.channels, -1).astype(np.int64)
            sums = signed((bits << np.arange(params.sum_bits)).sum(axis=1), params.sum_bits)
            words, due = model.words(sums), model.ticks()
            for word, ticks in zip(words, due, strict=True):
                shown = pack_bits(np.unpackbits(word, bitorder="little"))
                records.append((filled["tick"][k] + ticks, shown, ticks == due[-1]))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the words; busy from every start to its last word."""
        last = expected["tick"][expected["last"] == 1] + 1
        return {
            "push": strobes(expected["tick"] + 1),
            "word": held(expected["tick"], expected["word"]),
            "last": strobes(last),
            "done": strobes(last),
            "busy": strobes(spans(up(rows, "start"), last)),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the word open while none is pushed: the memory looks at `push`."""
        return {"word": unless(strobes(expected["tick"] + 1), self.params.word_bits)}


BENCH = SumPackerBench
