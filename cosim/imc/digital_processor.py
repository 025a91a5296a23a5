"""Bench of the digital processor: every word, at and around all limits of its arithmetic."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, held, strobes, unless
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels, spans, up
from goldspike.cosim.imc.shared.stimulus import scale_word, signed
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.hdl.imc.digital_processor import DigitalProcessor
from goldspike.model.imc.digital_processor import (
    BIAS_BITS,
    GAIN_BITS,
    MULTIPLIER_BITS,
    DigitalProcessorModel,
    DigitalProcessorParams,
)
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "DigitalProcessorBench"]


LIMITS = (-129, -128, -1, 0, 0, 1, 127, 128)
LARGEST_GAIN, LARGEST_SCALE, LARGEST_BIAS = (
    (1 << (bits - 1)) - 1 for bits in (GAIN_BITS, MULTIPLIER_BITS, BIAS_BITS)
)


class DigitalProcessorBench(Bench):
    """A step is a pixel; many sums are chosen to fall on a half or next to the limits."""

    rtl = DigitalProcessor
    configs: ClassVar = {
        "56": DigitalProcessorParams(channels=56, sum_bits=24, shift=14, gain=3000),
        "signed": DigitalProcessorParams(
            channels=5, sum_bits=14, word_bits=16, shift=6, gain=-77, relu=False
        ),
        "plain": DigitalProcessorParams(channels=1, sum_bits=9, word_bits=8, shift=0, relu=False),
    }
    large: ClassVar = {
        "top": DigitalProcessorParams(
            channels=9, sum_bits=40, word_bits=32, shift=40, gain=LARGEST_GAIN, relu=False
        ),
    }
    varied: ClassVar = {
        "channels": range(1, 10), "sum_bits": range(2, 41), "word_bits": WORD_BITS,
        "shift": range(41), "gain": (0, 1, -1, 77, -3000, LARGEST_GAIN, -LARGEST_GAIN - 1),
        "relu": (False, True),
    }  # fmt: skip
    published = "56"
    checks = Checks(
        group="controller, crossbar, processor, fully connected",
        gates="signed",
        compared="channels=1,sum_bits=4,word_bits=8,shift=0,gain=0,relu=False",
        mutants=("signed",),
        random=1,
        exclusions=(
            Exclusion(
                "bits",
                r"DigitalProcessor\.word\[(23|31|39|47|55|63|71|79|87|95|103|111|119|127)\]",
                "signs of rectified bytes; in other configurations not all are rectified",
            ),
        ),
    )
    shown = "signed"
    steps = 120

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load scales, then process pixels; scales are loaded again at times."""
        params = self.params
        columns: dict[str, list] = {"start": [], "program_scale": [], "scale": []}
        sums: list[np.ndarray] = []
        residuals: list[np.ndarray] = []

        def tick(start: int, program: int, scale: int, total: np.ndarray, res: np.ndarray) -> None:
            for name, value in zip(columns, (start, program, scale), strict=True):
                columns[name].append(value)
            sums.append(total)
            residuals.append(res)

        none = np.zeros(params.channels, np.int64)
        zero = np.zeros(params.word_bytes, np.uint8)
        tick(0, 0, 0, none, zero)
        multiplier, bias = np.ones(params.channels, np.int64), none
        scale = together = 0
        lasts = max(1, steps // max(4, 40 // params.channels))
        for k in range(steps):
            if k % lasts == 0:
                multiplier, bias = self.scales(rng, ends=k // lasts % 2 == 1)
                *loads, scale = map(scale_word, multiplier.tolist(), bias.tolist())
                for load in loads:
                    tick(0, 1, load, none, zero)
                together = int(rng.random() < 0.5)  # the last one, and the start
                if not together:
                    tick(0, 1, scale, none, zero)
            wanted = rng.integers(-150, 150, params.channels)
            special = rng.random(params.channels) < 0.3
            wanted[special] = rng.choice(LIMITS, special.sum())
            near = rng.integers(-1, 2, params.channels)
            if k % lasts == 1:  # zero itself, with any scales
                wanted[0] = near[0] = 0
            wanted = (wanted << params.shift) + (1 << params.shift >> 1)  # exactly a half
            total = (wanted - bias) // np.where(multiplier, multiplier, 1)
            total += near
            limit = 1 << (params.sum_bits - 1)
            if k % 10 == 0:
                total = rng.integers(-limit, limit, params.channels)
            if k % 10 == 5:
                total = rng.choice([-limit, limit - 1], params.channels)
            total = total.clip(-limit, limit - 1)
            words = rng.integers(0, 256, (params.words, params.word_bytes)).astype(np.uint8)
            if k % 4:
                words[:] = 0
            lanes = np.arange(params.channels) // params.word_bytes
            tick(1, together, scale * together, total, words[0])
            together = 0
            for lane in lanes:
                tick(0, 0, 0, total, words[lane])
            for _ in range(int(rng.integers(2, 5))):
                tick(0, 0, 0, total, words[-1])
        shifts = np.arange(params.sum_bits)
        bits = (np.array(sums)[:, :, None] >> shifts & 1).reshape(len(sums), -1).astype(bool)
        scale = np.array(columns["scale"], np.uint64)
        rows = rows_from_levels(
            self,
            {
                "start": np.array(columns["start"]),
                "sums": bits,
                "residual": np.unpackbits(np.array(residuals), axis=1, bitorder="little") == 1,
                "program_scale": np.array(columns["program_scale"]),
                "scale": scale,
            },
        )
        return with_pauses(rows, "start", "program_scale", count=5)

    def scales(self, rng: np.random.Generator, *, ends: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return multipliers and biases: those that suit the shift, or many at their ends."""
        params, count = self.params, self.params.channels
        multiplier = rng.integers(1, 1 << rng.integers(1, 16, count))
        multiplier[rng.random(count) < 0.3] *= -1
        if params.shift == 0:
            multiplier[:] = 1
        span = 1 << min(24, params.shift + 7)
        bias = rng.integers(-span, span, count)
        if ends:
            multiplier = rng.choice([-LARGEST_SCALE - 1, LARGEST_SCALE, -1, 0, 1], count)
            at_end, wide = rng.random(count) < 0.5, rng.random(count) < 0.3
            bias[wide] = rng.integers(-LARGEST_BIAS - 1, LARGEST_BIAS + 1, wide.sum())
            bias[at_end] = rng.choice([-LARGEST_BIAS - 1, LARGEST_BIAS], at_end.sum())
        return multiplier, bias

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Process what was seen: a channel's residual is the word on its tick.

        A word is there two ticks after its last channel was fetched and its residual used.
        """
        params, model = self.params, DigitalProcessorModel(self.params)
        filled = every_tick(rows)
        lines = get_lines(filled, "sums", params.sum_bits * params.channels)
        residuals = np.packbits(get_lines(filled, "residual", params.word_bits), axis=1,
                                bitorder="little")  # fmt: skip
        records, pixels = [], 0
        # ticks after `start` on which the last channel of each word is fetched
        lasts = np.minimum(params.word_bytes * (1 + np.arange(params.words)), params.channels)
        for k, row in enumerate(filled):
            if row["program_scale"]:
                scale = int(row["scale"])
                model.program(
                    int(signed(np.array(scale & 0xFFFF), 16)),
                    int(signed(np.array(scale >> 16), 32)),
                )
            if row["start"]:
                bits = lines[k].reshape(params.channels, -1).astype(np.int64)
                sums = signed((bits << np.arange(params.sum_bits)).sum(axis=1), params.sum_bits)
                channels = np.arange(params.channels)
                ticks = np.minimum(k + 1 + channels, len(filled) - 1)  # levels hold at the end
                bytes_ = residuals[ticks, channels % params.word_bytes]
                pixel = model.run(sums, bytes_.view(np.int8))
                for last, word in zip(lasts, model.words(pixel), strict=True):
                    shown = pack_bits(np.unpackbits(word, bitorder="little"))
                    used = pixels * params.words + int((lasts <= last + 2).sum())
                    tick = row["tick"] + last + 2
                    records.append((tick, shown, last == params.channels, used & 0xFF))
                pixels += 1
        return np.array(records, self.layout.record_dtype)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that sums and scales stay as they are while a pixel is under way."""
        ends = expected["tick"][expected["last"] == 1]
        works = spans(ends - self.params.channels - 1, ends)
        asked = up(rows, "start", "program_scale")
        return {"start and program_scale wait for done": np.intersect1d(asked, works)}

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the words; a residual's word has been used with its last channel.

        Busy from every start to its last word, and with every scale.
        """
        params = self.params
        last = expected["tick"][expected["last"] == 1] + 1
        starts = up(rows, "start")
        ends = np.minimum(params.word_bytes * (1 + np.arange(params.words)), params.channels)
        works = spans(starts, last)
        return {
            "residual_next": strobes((starts[:, None] + ends).ravel()),
            "push": strobes(expected["tick"] + 1),
            "word": held(expected["tick"], expected["word"]),
            "last": strobes(last),
            "done": strobes(last),
            "busy": strobes(np.append(up(rows, "program_scale"), works)),
        }

    def free(self, rows: np.ndarray, expected: np.ndarray, pins: Pins) -> Pins:
        """Leave the word open while none is pushed: the memory behind looks at `push`."""
        return {"word": unless(strobes(expected["tick"] + 1), self.params.word_bits)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both limits, zero, numbers in between, a residual that counts."""
        lanes = records["word"].view(np.int8)[:, : min(8, self.params.channels)]
        bins = {
            "saturated": (lanes == 127).sum(),
            "zero": (lanes == 0).sum(),
            "in between": ((lanes > 0) & (lanes < 127)).sum(),
            "last words": (records["last"] == 1).sum(),
        }
        if not self.params.relu:
            bins["saturated below"] = (lanes == -128).sum()
            bins["negative"] = ((lanes < 0) & (lanes > -128)).sum()
        return bins


BENCH = DigitalProcessorBench
