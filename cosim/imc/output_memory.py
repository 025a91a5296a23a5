"""Bench of the output memory: every word that leaves, and what is held, offered and free."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, at, through, unless
from goldspike.cosim.bench.stimulus import LONG, every_tick, longest
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.output_memory import OutputMemoryStimulus
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.model.imc.output_memory import OutputMemoryModel, OutputMemoryParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "OutputMemoryBench"]


class OutputMemoryBench(OutputMemoryStimulus):
    """Memories for one pixel of one word, up to five pixels of three."""

    rtl = OutputMemory
    configs: ClassVar = {
        "4-words": OutputMemoryParams(words=4, pixels=2),
        "one": OutputMemoryParams(words=1, pixels=1, word_bits=8),
        "3x5": OutputMemoryParams(words=3, pixels=5, word_bits=24),
    }
    large: ClassVar = {"top": OutputMemoryParams(words=1, pixels=64, word_bits=8)}
    varied: ClassVar = {"words": range(1, 8), "pixels": range(1, 10), "word_bits": WORD_BITS}
    published = "4-words"
    checks = Checks(
        group="memories, link, pooling",
        compared="words=4,pixels=2,word_bits=8",
        mutants=("3x5",),
        random=1,
    )

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Queue what was seen."""
        params, model, records = self.params, OutputMemoryModel(self.params), []
        filled = every_tick(rows)
        words = word_rows(filled, "data", params.word_bits // 8)
        nothing = np.zeros(params.word_bits // 8, np.uint8)
        for row, word in zip(filled, words, strict=True):
            push = word if row["push"] else None
            out = model.tick(push, offer=bool(row["offer"]), ready=bool(row["ready"]))
            if push is not None or out is not None:
                shown = pack_bits(np.unpackbits(nothing if out is None else out, bitorder="little"))
                counts = (model.held, model.offered, model.room)
                records.append((row["tick"], row["push"], out is not None, shown, *counts))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the queue: what is offered and how much room is left as a tick begins."""
        params, model = self.params, OutputMemoryModel(self.params)
        filled = every_tick(rows, 1)
        words = word_rows(filled, "data", params.word_bits // 8)
        heads = np.zeros_like(words)
        shown = []
        for k, row in enumerate(filled):
            if model.valid:
                heads[k] = model.queue[0]
            shown.append((model.valid, model.room, bool(model.queue) or row["push"]))
            push = words[k] if row["push"] else None
            model.tick(push, offer=bool(row["offer"]), ready=bool(row["ready"]))
        valid, room, busy = np.array(shown, np.int64).T
        return {
            "valid": through(valid),
            "word": through(heads),
            "room": through(room, params.pixels),
            "busy": through(busy),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the word open while none is offered: who takes words looks at `valid`."""
        return {"word": unless(pins["valid"], self.params.word_bits)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Full, empty, both at once."""
        both = (records["pushed"] == 1) & (records["popped"] == 1)
        filled = every_tick(rows)
        waits = (at(self.pins(rows, records)["valid"], filled["tick"]) == 1) & (
            filled["ready"] == 0
        )
        bins = {
            "full": (records["held"] == self.params.pixels).sum(),
            "emptied": ((records["held"] == 0) & (records["popped"] == 1)).sum(),
            "held but not offered": (records["held"] > records["offered"]).sum(),
            "a word waits for long": longest(waits) >= LONG,
        }
        if self.params.pixels > 1:
            bins["in and out at once"] = both.sum()
        return bins


BENCH = OutputMemoryBench
