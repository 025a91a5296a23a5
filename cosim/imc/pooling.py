"""Bench of the pooling: every word's sums, and the means."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, held, strobes, through, unless
from goldspike.cosim.bench.stimulus import LONG, every_tick
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, signed, word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.hdl.imc.pooling import Pooling
from goldspike.model.imc.pooling import PoolingModel, PoolingParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "PoolingBench"]


ALL = 77
"""Odd: its multiples are all bytes, in an order in which all of their bits change."""


class PoolingBench(Bench):
    """A step is a pixel."""

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
    steps = 300

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Images of noise; some of the largest and the lowest activations only; small sums.

        An image of one pixel has every value once.
        """
        params = self.params
        ticks: list = [{}]
        for k in range(steps):
            image = k // params.pixels
            for _ in range(params.words):
                word = rng.integers(0, 256, params.lanes).astype(np.uint8)
                if image in (1, 2):
                    word[:] = (0x7F, 0x80)[image - 1]
                if 3 <= image < 6:  # sums of half the number of pixels, of both signs, and -1
                    own = np.array([k % 2, -(k % 2), -(k % params.pixels == 0)]).astype(np.int8)
                    word[:] = own[(np.arange(params.lanes) + image) % 3].view(np.uint8)
                elif params.pixels == 1:
                    word[:] = (ALL * k + np.arange(params.lanes)) % 256
                for _ in range(LONG if k == steps // 2 else 0):  # there is no room for long
                    noise = rng.integers(0, 256, params.lanes).astype(np.uint8)
                    ticks.append({"valid": 1, "word": noise, "room": 0})
                while rng.random() < 0.1:
                    valid = int(rng.random() < 0.5)
                    ticks.append({"valid": valid, "word": word, "room": 1 - valid})
                ticks.append({"valid": 1, "word": word, "room": 1})
        return with_pauses(rows_from_ticks(self, [*ticks, {}], params.lanes), "valid", count=7)

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

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Means of both signs; the largest and the lowest sum; halves."""
        params = self.params
        sums = signed(records["sums"][records["push"] == 1], 8 + params.shift)
        bins = {
            "positive means": (sums > 0).sum(),
            "negative means": (sums < 0).sum(),
            "the largest sum": (sums == 127 * params.pixels).sum(),
            "the lowest sum": (sums == -128 * params.pixels).sum(),
        }
        bins["a sum of -1"] = (sums == -1).sum()
        if params.pixels > 1:
            half = params.pixels // 2
            bins["a positive half"] = (sums == half).sum()
            bins["a negative half"] = (sums == -half).sum()
        elif len(sums) >= 256 + 6:
            bins["all values"] = np.unique(sums).size == 256
        return bins


BENCH = PoolingBench
