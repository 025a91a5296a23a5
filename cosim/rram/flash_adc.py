"""Bench of the column multiplexers and flash ADCs: every thermometer and every code."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, held, side_by_side, strobes
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.cosim.rram.array import sliced
from goldspike.hdl.rram.flash_adc import FlashAdc
from goldspike.model.rram.flash_adc import FlashAdcParams, encode, sense
from goldspike.model.rram.word_line_controller import SHARES

__all__ = ["BENCH", "FlashAdcBench"]


class FlashAdcBench(Bench):
    """A step is a tick; levels change on every tick, sampled or not."""

    rtl = FlashAdc
    configs: ClassVar = {
        "16x8": FlashAdcParams(),
        "one": FlashAdcParams(adcs=1, share=1, bits=1),
        "3x2": FlashAdcParams(adcs=3, share=2, bits=2),
        "2x8": FlashAdcParams(adcs=2, share=8, bits=3),
        "5x4": FlashAdcParams(adcs=5, share=4, bits=6),
    }
    large: ClassVar = {"128x8": FlashAdcParams(adcs=128)}
    varied: ClassVar = {"adcs": range(1, 20), "share": SHARES, "bits": range(1, 7)}
    published = "16x8"
    checks = Checks(group="controller, array, ADC", gates="3x2", mutants=("2x8",), random=1)
    shown = "2x8"
    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw all levels alike; sample often and seldom in turns."""
        params = self.params
        ticks = np.arange(steps + 2)
        levels = rng.integers(0, params.amplifiers + 1, (ticks.size, params.columns))
        mood = np.array([1.0, 0.5, 0.05])[ticks // 40 % 3]
        sample = (rng.random(ticks.size) < mood) & (ticks > 0) & (ticks <= steps)
        rows = rows_from_levels(
            self,
            {
                "sample": sample,
                "levels": sliced(levels, params.bits),
                "column": rng.integers(0, params.share, ticks.size),
            },
        )
        return with_pauses(rows, "sample")

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Convert what was sampled."""
        params, filled = self.params, every_tick(rows)
        filled = filled[filled["sample"] == 1]
        lines = get_lines(filled, "levels", params.bits * params.columns)
        places = np.int64(1) << np.arange(params.bits)
        levels = np.einsum("tkc,k->tc", lines.reshape(-1, params.bits, params.columns), places)
        records = np.zeros(filled.size, self.layout.record_dtype)
        records["tick"] = filled["tick"]
        for record, level, select in zip(records, levels, filled["column"], strict=True):
            amplifiers = sense(level, int(select), params)
            record["thermometers"] = amplifiers @ (
                np.uint64(1) << np.arange(params.amplifiers, dtype=np.uint64)
            )
            record["codes"] = encode(amplifiers)
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Show codes from the tick after a sample until that after the next."""
        ticks = expected["tick"]
        return {
            "valid": strobes(ticks + 1),
            "codes": held(ticks, side_by_side(expected["codes"], self.params.bits)),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every code, every column, samples at once and after a rest."""
        filled = every_tick(rows)
        taken = filled[filled["sample"] == 1]
        codes = np.bincount(records["codes"].reshape(-1), minlength=self.params.amplifiers + 1)
        selects = np.bincount(taken["column"], minlength=self.params.share)
        gaps = np.diff(taken["tick"])
        bins = {
            "one sample after another": (gaps == 1).sum(),
            "a sample after a rest": (gaps > 1).sum(),
            "another column is selected, but not sampled": (
                (np.diff(filled["column"].astype(int)) != 0) & (filled["sample"][1:] == 0)
            ).sum()
            + (self.params.share == 1),
        }
        bins |= {f"code {code}": hits for code, hits in enumerate(codes)}
        bins |= {f"column {place}": hits for place, hits in enumerate(selects)}
        return bins


BENCH = FlashAdcBench
