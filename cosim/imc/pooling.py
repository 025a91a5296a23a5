"""Bench of the pooling: every word's sums, and the means."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes, through, unless
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.pooling import PoolingStimulus
from goldspike.hdl.imc.pooling import Pooling
from goldspike.model.imc.pooling import PoolingModel, PoolingParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "PoolingBench"]


class PoolingBench(PoolingStimulus):
    """Means of 1, 4 and 64 pixels."""

    rtl = Pooling
    configs: ClassVar = {
        "56x64": PoolingParams(channels=56, pixels=64),
        "one": PoolingParams(channels=1, pixels=1, word_bits=8),
        "5x4": PoolingParams(channels=5, pixels=4, word_bits=24),
    }
    varied: ClassVar = {
        "channels": range(1, 12), "pixels": (1, 2, 4, 8, 16), "word_bits": WORD_BITS,
    }  # fmt: skip
    published = "56x64"
    checks = Checks(group="memories, link, pooling", compared="one", mutants=("5x4",), random=1)
    shown = "5x4"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Add up what was taken."""
        params, model, records = self.params, PoolingModel(self.params), []
        filled = every_tick(rows)
        nothing = np.zeros(params.lanes, np.uint8)
        for row, word in zip(filled, word_rows(filled, "word", params.lanes), strict=True):
            if row["valid"] and row["room"]:
                sums, sent = model.take(word)
                out = nothing if sent is None else sent
                shown = pack_bits(np.unpackbits(out, bitorder="little"))
                mask = (1 << 8 + params.shift) - 1
                pushed = sent is not None
                records.append((row["tick"], sums & mask, pushed, shown, model.sent & 0xFF))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the means; a word is taken whenever there is room. Busy with both."""
        sent = expected[expected["push"] == 1]
        busy = np.append(expected["tick"], sent["tick"] + 1)
        return {
            "ready": through(every_tick(rows)["room"]),
            "push": strobes(sent["tick"] + 1),
            "mean": held(sent["tick"], sent["word"]),
            "busy": strobes(busy),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the mean open while none is pushed: the memory behind looks at `push`."""
        return {"mean": unless(pins["push"], self.params.word_bits)}


BENCH = PoolingBench
