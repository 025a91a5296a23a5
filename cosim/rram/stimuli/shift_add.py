"""How the shift-add is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels

__all__ = ["ShiftAddStimulus"]


class ShiftAddStimulus(Bench):
    """A step is a weight; some are broken off by the next, some have gaps between their codes."""

    steps = 400

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Codes of all weights of an ADC in turn, or of any; without `take`, anything."""
        params, top = self.params, (1 << self.params.adc_bits) - 1
        ticks = [(0, 0, 0, 0)]

        def idle(precision: int) -> None:
            """Leave a gap: the code and the column that nobody takes."""
            code, select = int(rng.integers(0, top + 1)), int(rng.integers(0, params.share))
            ticks.append((0, code, select, precision))

        slot = 0
        for k in range(steps):
            precision = int(rng.integers(0, len(params.precisions)))
            bits, gaps = params.precisions[precision], (0, 0.2)[k // 40 % 2]
            slot = (slot + 1, int(rng.integers(0, params.share)))[k % 3 == 0]
            first = slot * bits % params.share
            codes = rng.integers(0, top + 1, bits)
            if k % 4 == 0:  # the largest sum and the lowest
                codes[:] = (0, top)[k % 8 == 0]
                codes[-1] = top - codes[-1] if bits > 1 else codes[-1]
            whole = bits if rng.random() < 0.9 else int(rng.integers(0, bits))
            for place in range(whole):
                while rng.random() < gaps:
                    idle(precision)
                ticks.append((1, int(codes[place]), first + place, precision))
        idle(0)
        take, code, select, precision = np.array(ticks).T
        levels = {"take": take, "code": code, "column": select, "precision": precision}
        return with_pauses(rows_from_levels(self, levels), "take", count=5)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every precision and column; the largest sum and the lowest; gaps, and weights cut off."""
        params, filled = self.params, every_tick(rows)
        top, highest = (1 << params.adc_bits) - 1, params.share - 1
        taken, whole = filled[filled["take"] == 1], records["valid"] == 1
        bits = 1 << taken["precision"].astype(np.int64)
        begins = taken["column"] % bits == 0
        width = params.partial_bits
        partial = records["partial"].astype(np.int64)
        if params.share > 1:
            partial -= partial >> (width - 1) << width
        largest = top * ((1 << highest) - 1) if params.share > 1 else top
        bins = {
            "the largest sum": (whole & (bits == params.share) & (partial == largest)).sum(),
            "a code that nobody takes": ((filled["take"] == 0) & (filled["code"] != 0)).sum(),
            "a gap within a weight": (whole & (np.diff(records["tick"], prepend=0) > 1)).sum(),
            **{f"weights of {p} bits": (whole & (bits == p)).sum() for p in params.precisions},
            **{f"a code of column {k}": (taken["column"] == k).sum() for k in range(params.share)},
        }
        if params.share > 1:
            bins["the lowest sum"] = (whole & (partial == -top << highest)).sum()
            bins["a weight cut off"] = (begins[1:] & ~whole[:-1]).sum()
        return bins
