"""Bench of the link: every word carried, within the timestep's budget, to all or to none."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.link import LinkStimulus
from goldspike.hdl.imc.link import Link
from goldspike.model.imc.link import LinkModel, LinkParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "LinkBench"]


class LinkBench(LinkStimulus):
    """Links to one receiver, and a fork to three."""

    rtl = Link
    configs: ClassVar = {
        "4-words": LinkParams(words=4),
        "fork": LinkParams(words=2, pixels=3, receivers=3, word_bits=24),
        "one": LinkParams(words=1, word_bits=8),
    }
    large: ClassVar = {"top": LinkParams(words=1, pixels=64, receivers=16, word_bits=8)}
    varied: ClassVar = {
        "words": range(1, 8), "pixels": range(1, 6), "receivers": range(1, 5),
        "word_bits": WORD_BITS,
    }  # fmt: skip
    published = "4-words"
    checks = Checks(
        group="memories, link, pooling", mutants=("fork",), random=1, alike=("o_valid", "o_ready")
    )
    shown = "fork"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Carry what was seen."""
        params, model, records = self.params, LinkModel(self.params), []
        filled = every_tick(rows)
        words = word_rows(filled, "word", params.word_bits // 8)
        receivers = get_lines(filled, "o_ready", params.receivers)
        for row, word, ready in zip(filled, words, receivers, strict=True):
            if model.tick(bool(row["valid"]), ready, step=bool(row["step"])):
                shown = pack_bits(np.unpackbits(word, bitorder="little"))
                records.append((row["tick"], shown, model.left))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Carry what was seen: a word passes on its own tick, to all receivers or to none."""
        params, model = self.params, LinkModel(self.params)
        filled = every_tick(rows, 1)
        receivers = get_lines(filled, "o_ready", params.receivers)
        ready, carries = np.zeros((2, filled.size), bool)
        for k, row in enumerate(filled):
            ready[k] = model.ready(receivers[k])
            carries[k] = model.tick(bool(row["valid"]), receivers[k], step=bool(row["step"]))
        return {
            "ready": through(ready),
            "o_valid": through(np.repeat(carries[:, None], params.receivers, axis=1)),
            "o_word": through(word_rows(filled, "word", params.word_bits // 8)),
        }


BENCH = LinkBench
