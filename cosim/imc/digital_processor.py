"""Bench of the digital processor: every word, at and around all limits of its arithmetic."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes, unless
from goldspike.cosim.bench.stimulus import every_tick, get_lines, spans, up
from goldspike.cosim.imc.shared.stimulus import signed
from goldspike.cosim.imc.shared.varied import WORD_BITS
from goldspike.cosim.imc.stimuli.digital_processor import DigitalProcessorStimulus
from goldspike.hdl.imc.digital_processor import DigitalProcessor
from goldspike.model.imc.digital_processor import (
    GAIN_BITS,
    DigitalProcessorModel,
    DigitalProcessorParams,
)
from goldspike.model.trace import pack_bits

__all__ = ["BENCH", "DigitalProcessorBench"]

LARGEST_GAIN = (1 << (GAIN_BITS - 1)) - 1


class DigitalProcessorBench(DigitalProcessorStimulus):
    """With ReLU and without; words that the channels fill, and that they do not."""

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


BENCH = DigitalProcessorBench
