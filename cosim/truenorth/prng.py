"""Bench of the PRNG: every draw, one and two at a time, after seeds of every kind."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Course, Pins, held, taken_up
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.truenorth.stimuli.prng import PrngStimulus
from goldspike.hdl.truenorth.prng import Prng
from goldspike.model.truenorth.prng import PrngParams, advanced

__all__ = ["BENCH", "PrngBench"]


class PrngBench(PrngStimulus):
    """The published register, and others of 2 to 24 bits."""

    rtl = Prng
    configs: ClassVar = {
        "32": PrngParams(),
        "smallest": PrngParams(bits=2, taps=0b11, shifts=1, draw_bits=1),
        "5": PrngParams(bits=5, taps=0b10100, shifts=64, draw_bits=5),
        "17": PrngParams(bits=17, taps=0x12000, shifts=40, draw_bits=8),
        "24": PrngParams(bits=24, taps=0xE10001, shifts=7, draw_bits=24),
    }
    published = "32"
    # with few shifts a draw has bits of the register: nets of two names, which gates cannot compare
    checks = Checks(group="PRNG, neuron", gates="17", mutants=("32", "5"))
    shown = "32"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a length, then taps, of which the highest is always there."""
        bits = choose(range(2, 33))
        highest = 1 << (bits - 1)
        return {
            "bits": bits,
            "taps": highest | choose([0, *(1 << tap for tap in range(bits - 1)), highest - 1]),
            "shifts": choose((1, 2, 3, 7, 19, 32, 33, 64)),
            "draw_bits": choose(range(1, bits + 1)),
        }

    def draw(self, state: int) -> int:
        """Return the register after a draw."""
        return advanced(state, self.params.taps, self.params.shifts)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Load and draw as was seen."""
        state, records = 1, []
        for row in every_tick(rows):
            if row["load"]:
                state = int(row["seed"])
            else:
                for _ in range(int(row["take"])):
                    state = self.draw(state)
            if row["load"] or row["take"]:
                records.append((row["tick"], state))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the register, and what comes after it."""
        states = [1, *expected["state"].tolist()]
        firsts = [self.draw(state) for state in states]
        seconds = [self.draw(state) for state in firsts]
        mask, since = (1 << self.params.draw_bits) - 1, expected["tick"] + 1
        return {
            "state": held(expected["tick"], expected["state"], 1),
            "first": shown(since, np.array(firsts) & mask),
            "second": shown(since, np.array(seconds) & mask),
        }


def shown(since: np.ndarray, values: np.ndarray) -> Course:
    """Return the course of a pin whose first value is that of the reset."""
    return taken_up(since, values[1:], int(values[0]))


BENCH = PrngBench
