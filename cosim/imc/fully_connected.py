"""Bench of the fully connected layer: all scores and the answer, with ties."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pauses import PAUSE
from goldspike.cosim.bench.pins import Course, Pins, held, side_by_side, strobes
from goldspike.cosim.bench.stimulus import every_tick, spans, up
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, signed, word_rows
from goldspike.cosim.imc.shared.varied import ROWS_PER_TICK, WEIGHT_BITS, WORD_BITS
from goldspike.hdl.imc.fully_connected import FullyConnected
from goldspike.model.imc.digital_processor import BIAS_BITS
from goldspike.model.imc.fully_connected import FullyConnectedModel, FullyConnectedParams

__all__ = ["BENCH", "FullyConnectedBench", "opened"]


def opened(records: np.ndarray, bits: int) -> Course:
    """Return the mask of a bundle that is open from a pixel's first word to its answer."""
    begun, answers = (records["tick"][records["answered"] == k] for k in (0, 1))
    since, works = strobes(spans(begun[: len(answers)] + 2, answers))
    return since, np.repeat(works[:, None] == 1, bits, axis=1)


class FullyConnectedBench(Bench):
    """A step is a pixel."""

    rtl = FullyConnected
    configs: ClassVar = {
        "56-10": FullyConnectedParams(channels=56, classes=10, rows_per_tick=4),
        "3-2": FullyConnectedParams(
            channels=3, classes=2, weight_bits=2, rows_per_tick=2, word_bits=16
        ),
        "5-3": FullyConnectedParams(
            channels=5, classes=3, weight_bits=3, rows_per_tick=2, word_bits=16
        ),
    }
    varied: ClassVar = {
        "channels": range(1, 13), "classes": range(2, 7), "weight_bits": WEIGHT_BITS,
        "rows_per_tick": ROWS_PER_TICK, "word_bits": WORD_BITS,
    }  # fmt: skip
    published = "56-10"
    checks = Checks(
        group="controller, crossbar, processor, fully connected",
        gates="3-2",
        mutants=("5-3",),
        synthesis="3-2",
        random=1,
        exclusions=(
            Exclusion(
                "lines",
                "with m.Default():\nm.d.sync += state.eq(State.FILL)",
                "all values of the register are states with cases of their own",
            ),
        ),
    )
    shown = "3-2"
    steps = 40
    least_steps = 10

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Program, then send pixels: noise and zeros; three programs take turns.

        A program goes on between the words of a pixel and with them, and at times biases come with
        weights. One in three comes at rest, and pauses before biases.
        """
        crossbar, ticks = self.params.crossbar, [{}]
        words = crossbar.memory.words
        for k in range(steps):
            program, kind = [], k // max(3, steps // 9) % 3
            if k % max(3, steps // 9) == 0:
                program = self.program(rng, kind)
            rests = kind == 1
            begun = 0 if rests else int(rng.integers(0, words))  # words that come before a program
            place = np.full(len(program), begun)  # the word that it comes before, or with
            some = 0 if rests else min(self.params.classes, place.size)
            place[place.size - some :] = np.sort(rng.integers(begun, words, some))
            gap, eager = rng.choice([0.0, 0.5]), rng.choice([0.0, 0.5, 1.0])
            for n in range(words):
                own = [
                    program[part] | {"word": self.word(rng)} for part in np.flatnonzero(place == n)
                ]
                for load in own[:-1]:
                    pauses = rests and "program_bias" in load and rng.random() < 0.5
                    ticks += [{"word": self.word(rng)}] * 2 * pauses + [load]
                if k == steps // 2 and n == words // 2:  # for long nothing comes, within a pixel
                    ticks += [{"word": self.word(rng)} for _ in range(PAUSE)]
                while rng.random() < gap:
                    ticks.append({"word": self.word(rng)})
                taken = {"valid": 1, "word": self.word(rng) * np.uint8(k % 4 > 0)}
                ticks.append((own[-1] if own else {}) | taken)
            for _ in range(self.params.ticks - 1):  # nothing is taken meanwhile
                ticks.append({"valid": int(rng.random() < eager), "word": self.word(rng)})
            ticks += [{}] * int(rng.integers(0, 3))
            if k == steps // 2 + 1:  # nor after an answer
                ticks += [{"word": self.word(rng)} for _ in range(PAUSE)]
        return rows_from_ticks(self, [*ticks, {}], crossbar.memory.word_bytes)

    def word(self, rng: np.random.Generator) -> np.ndarray:
        """Return a word of noise."""
        return rng.integers(0, 256, self.params.crossbar.memory.word_bytes).astype(np.uint8)

    def program(self, rng: np.random.Generator, kind: int) -> list:
        """Return what loads weights and biases.

        Kind 0: the last class ties with the first. 1: all classes differ, the last one has the
        largest bias, and no bias comes with a weight. 2: biases of any size, and at both ends.
        """
        params = self.params
        crossbar, half = params.crossbar, 1 << (params.weight_bits - 1)
        rows = crossbar.words * crossbar.rows_per_tick
        weights = rng.integers(-half, half, (rows, params.classes))
        bias = rng.integers(-50, 50, params.classes)
        if kind == 0:
            weights[:, -1] = weights[:, 0]
            bias[[0, -1]] = bias.max() + 5
        if kind == 1:
            bias[-1] = bias.max() + 5
        if kind == 2:
            largest = (1 << (BIAS_BITS - 1)) - 1
            bias = rng.integers(-largest - 1, largest + 1, params.classes)
            last = rng.random(params.classes) < 0.5
            bias[last] = rng.choice([-largest - 1, largest], last.sum())
        loads = [{"program_weight": 1, "weight": int(w) & (2 * half - 1)} for w in weights.flat]
        biases = [{"program_bias": 1, "bias": int(b) & 0xFFFFFFFF} for b in bias]
        if kind != 1 and rng.random() < 0.5 and len(biases) <= len(loads):
            loads, last = loads[: -len(biases)], loads[-len(biases) :]
            biases = [load | one for load, one in zip(last, biases, strict=True)]
        return [*loads, *biases]

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Answer what was taken; the answer stays until the next pixel begins."""
        params, model, records = self.params, FullyConnectedModel(self.params), []
        memory, filled = params.crossbar.memory, every_tick(rows)
        words = word_rows(filled, "word", memory.word_bytes)
        weights = signed(filled["weight"], params.weight_bits)
        biases = signed(filled["bias"], 32)
        pixel, free, shown = [], 0, (np.zeros(params.classes, np.int64), 0)
        for k, row in enumerate(filled):
            if row["program_weight"]:
                model.crossbar.program(int(weights[k]))
            if row["program_bias"]:
                model.program(int(biases[k]))
            if row["valid"] and row["tick"] >= free:
                if not pixel:
                    records.append((int(row["tick"]), *shown, False))
                pixel.append(words[k])
            if len(pixel) == memory.words:
                scores, answer = model.run(np.array(pixel))
                free = int(row["tick"]) + params.ticks
                shown = (scores & ((1 << params.score_bits) - 1), answer)
                records.append((free - 1, *shown, True))
                pixel = []
        return np.array(records, self.layout.record_dtype)

    def closed(self, expected: np.ndarray) -> np.ndarray:
        """Return the ticks after a pixel's last word and before its answer."""
        ends = expected["tick"][expected["answered"] == 1] + 1
        return spans(ends - self.params.ticks + 1, ends - 1)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that weights and biases stay as they are while an answer is worked out."""
        asked = up(rows, "program_weight", "program_bias")
        return {
            "nothing is programmed before an answer": np.intersect1d(asked, self.closed(expected))
        }

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the answers; nothing is taken from a pixel's last word to its answer.

        Busy from a pixel's first word to its answer, and with every input.
        """
        begun, answers = (expected[expected["answered"] == k] for k in (0, 1))
        asked = up(rows, "valid", "program_weight", "program_bias")
        ends, whole = answers["tick"] + 1, begun["tick"][: len(answers)]
        ready = strobes(self.closed(expected))
        return {
            "ready": (ready[0], 1 - ready[1]),
            "answered": strobes(ends),
            "answer": held(answers["tick"], answers["answer"]),
            "scores": held(
                answers["tick"], side_by_side(answers["scores"], self.params.score_bits)
            ),
            "busy": strobes(np.append(asked, spans(whole + 1, ends))),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the answer open while a pixel is under way: who reads it waits for `answered`."""
        bits = max(1, (self.params.classes - 1).bit_length())
        scores = self.params.score_bits * self.params.classes
        return {"answer": opened(expected, bits), "scores": opened(expected, scores)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count ties, answers and negative scores."""
        records = records[records["answered"] == 1]
        scores = signed(records["scores"], self.params.score_bits)
        best = scores.max(axis=1, keepdims=True)
        return {
            "a tie for the first place": ((scores == best).sum(axis=1) > 1).sum(),
            "answers": records.size,
            "negative scores": (scores < 0).sum(),
        }


BENCH = FullyConnectedBench
