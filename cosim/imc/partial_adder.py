"""Bench of the partial adder: sums come at random and are added at random, full and empty."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, through, unless
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest
from goldspike.cosim.imc.shared.stimulus import signed, word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.partial_adder import PartialAdderStimulus
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.model.imc.partial_adder import PartialAdderModel, PartialAdderParams
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "PartialAdderBench"]


class PartialAdderBench(PartialAdderStimulus):
    """Partial sums that are wider than the crossbar's own, narrower, and as wide."""

    rtl = PartialAdder
    configs: ClassVar = {
        "56": PartialAdderParams(channels=56),
        "narrow": PartialAdderParams(
            channels=3, own_bits=14, partial_bits=17, word_bits=16, pixels=4, hold=2
        ),
        "two-a-word": PartialAdderParams(channels=5, own_bits=15, partial_bits=12, word_bits=40),
        "one": PartialAdderParams(channels=1, own_bits=8, partial_bits=8, word_bits=8, pixels=1),
    }
    large: ClassVar = {
        "top": PartialAdderParams(
            channels=2, own_bits=39, partial_bits=39, word_bits=8, pixels=64, hold=8
        )
    }
    varied: ClassVar = {
        "channels": range(1, 10), "own_bits": range(2, 40), "partial_bits": range(2, 40),
        "word_bits": WORD_BITS, "pixels": range(1, 5), "hold": range(1, 4),
    }  # fmt: skip
    published = "56"
    checks = Checks(
        group="partial sums", compared="one", mutants=("narrow", "two-a-word"), random=1
    )
    shown = "two-a-word"

    @once
    def follow(self, rows: np.ndarray) -> tuple[list[tuple], dict[str, np.ndarray]]:
        """Return the queue's records, and what the adder shows on every tick."""
        params, model = self.params, PartialAdderModel(self.params)
        filled, records = every_tick(rows, 1), []
        words = word_rows(filled, "data", params.word_bits // 8)
        lines = get_lines(filled, "sums", params.own_bits * params.channels)
        bits = lines.reshape(len(filled), params.channels, -1).astype(np.int64)
        own = signed((bits << np.arange(params.own_bits)).sum(axis=2), params.own_bits)
        shown: dict[str, list] = {"room": [], "waits": [], "sum": [], "adds": [], "busy": []}
        nothing = np.zeros(params.queue.word_bits // 8, np.uint8)
        for k, row in enumerate(filled):
            channel = model.channel
            adds = channel >= 0
            total = int(own[k, channel] + model.came[channel]) if adds else 0
            busy = adds or row["push"] or row["start"]
            for name, value in zip(
                shown, (model.room, model.waits, total, adds, busy), strict=True
            ):
                shown[name].append(value)
            entered, left = model.tick(words[k] if row["push"] else None, start=bool(row["start"]))
            if entered or left is not None:
                word = pack_bits(np.unpackbits(nothing if left is None else left,
                                               bitorder="little"))  # fmt: skip
                queue = model.queue
                counts = (queue.held, queue.offered, queue.room)
                records.append((row["tick"], entered, left is not None, word, *counts))
        return records, {name: np.array(values) for name, values in shown.items()}

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Queue and add what was seen."""
        return np.array(self.follow(rows)[0], self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the queue and the adder."""
        shown, params = self.follow(rows)[1], self.params
        total = shown["sum"] & (1 << params.sum_bits) - 1
        return {
            "room": through(shown["room"], params.pixels),
            "waits": through(shown["waits"]),
            "sum": through(total, (1 << params.sum_bits) - 1),
            "busy": through(shown["busy"]),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the sum open while no channel is added: nothing takes it then."""
        return {"sum": unless(through(self.follow(rows)[1]["adds"]), self.params.sum_bits)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Full, empty, both at once, sums of either sign."""
        shown = self.follow(rows)[1]
        bins = {
            "full": (shown["room"] == 0).sum(),
            "emptied": ((records["held"] == 0) & (records["popped"] == 1)).sum(),
            "negative": (shown["sum"] < 0).sum(),
            "positive": (shown["sum"] > 0).sum(),
            "a pixel waits for long": longest(shown["waits"] & ~shown["adds"]) >= LONG,
        }
        if self.params.pixels > 1:  # else there is no room until all is added
            enters = records["tick"][records["pushed"] == 1]
            bins["a word comes while one is added"] = shown["adds"][enters - 1].sum()
        return bins


BENCH = PartialAdderBench
