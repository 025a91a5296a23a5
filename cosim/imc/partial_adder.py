"""Bench of the partial adder: sums come at random and are added at random, full and empty."""

from itertools import count
from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, through, unless
from goldspike.cosim.bench.stimulus import LONG, every_tick, get_lines, longest, rows_from_levels
from goldspike.cosim.imc.shared.stimulus import signed, word_lines, word_rows
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.model.imc.partial_adder import PartialAdderModel, PartialAdderParams
from goldspike.model.imc.sum_packer import SumPackerModel
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "PartialAdderBench"]

MOODS = ((0.9, 0.1), (0.3, 0.9), (1.0, 1.0), (0.8, 0.0), (0.01, 1.0))
"""How likely sums come, and are asked for."""


class PartialAdderBench(Bench):
    """A step is a tick; the crossbar's own sums change with every pixel."""

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
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Push where there is room, add where a pixel waits, as the mood is."""
        params, packer = self.params, SumPackerModel(self.params.packer)
        model = PartialAdderModel(params)
        half, own_half = 1 << (params.partial_bits - 1), 1 << (params.own_bits - 1)
        pending: list[np.ndarray] = []
        own = np.zeros(params.channels, np.int64)
        columns: dict[str, list] = {"push": [0], "data": [], "start": [0], "sums": [own]}
        columns["data"].append(np.zeros(params.word_bits // 8, np.uint8))
        length = max(LONG + 100, 3 * params.packer.words * params.pixels)
        for k in count():
            comes, asks = MOODS[k // length % len(MOODS)] if k < steps else (0.0, 0.0)
            if k >= steps and not pending and model.channel < 0:
                break
            if not pending and model.room > 0 and rng.random() < comes:
                pending = [*packer.words(self.draw(rng, half))]
            push = bool(pending) and rng.random() < 0.9
            start = model.channel < 0 and model.waits and rng.random() < asks
            if start:
                own = self.draw(rng, own_half)
            word = pending.pop(0) if push else None
            columns["push"].append(push)
            noise = rng.integers(0, 256, params.word_bits // 8).astype(np.uint8)
            columns["data"].append(noise if word is None else word)
            columns["start"].append(start)
            columns["sums"].append(own)
            model.tick(word, start=start)
        for name, value in zip(columns, (False, np.zeros_like(columns["data"][0]), False, own),
                               strict=True):  # fmt: skip
            columns[name].append(value)
        shifts = np.arange(params.own_bits)
        bits = np.array(columns["sums"])[:, :, None] >> shifts & 1
        levels = {
            "push": np.array(columns["push"], np.int64),
            "data": word_lines(np.array(columns["data"])),
            "start": np.array(columns["start"], np.int64),
            "sums": bits.reshape(len(bits), -1).astype(bool),
        }
        return with_pauses(rows_from_levels(self, levels), "push", "start", count=12)

    def draw(self, rng: np.random.Generator, half: int) -> np.ndarray:
        """Draw sums, often at their limits."""
        sums = rng.integers(-half, half, self.params.channels)
        limits = rng.choice((-half, -1, 0, half - 1), self.params.channels)
        return np.where(rng.random(self.params.channels) < 0.3, limits, sums)

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
