"""How the accumulators are driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels

__all__ = ["FLAGS", "NUMBERS", "AccumulatorStimulus"]

FLAGS = ("add", "first", "last", "negative", "clear")
NUMBERS = ("partial", "slot", "plane")
MOODS = ("any", "lowest", "highest", "any", "sparse")


class AccumulatorStimulus(Bench):
    """A step is a vector; some are broken off by the next one's clear."""

    steps = 40
    least_steps = 20

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Add the groups of some planes, in any order; what a tick does not use holds anything."""
        params = self.params
        nothing: dict[str, int] = dict.fromkeys((*FLAGS, *NUMBERS), 0)
        ticks = [nothing]
        for k in range(steps):
            bits = int(rng.choice(params.shift_add.precisions)) if k % 3 else params.share
            mood, signed = MOODS[k % len(MOODS)], k // len(MOODS) % 2
            ticks.append(self.anything(rng) | {"clear": 1})
            for plane in rng.permutation(params.input_bits).tolist():
                negative = int(signed and plane == params.input_bits - 1)
                if mood == "any" and rng.random() < 0.2:
                    continue
                for group in self.groups(rng, bits, mood, negative):
                    if mood == "any" and rng.random() < 0.03:
                        break
                    for tick in group:
                        while rng.random() < 0.02:
                            ticks.append(self.anything(rng) | {"add": 0, "clear": 0})
                        sampled = {"plane": plane, "negative": negative} if tick["last"] else {}
                        ticks.append(self.anything(rng) | tick | sampled)
            for _ in range(int(rng.integers(mood in ("lowest", "highest"), 3))):  # no clear yet
                ticks.append(self.anything(rng) | {"add": 0, "clear": 0})
        ticks.append(nothing)
        mask = (1 << params.shift_add.partial_bits) - 1
        levels = {name: np.array([tick[name] for tick in ticks]) for name in ticks[0]}
        rows = rows_from_levels(self, levels | {"partial": levels["partial"] & mask})
        return with_pauses(rows, "add", "clear", count=5)

    def anything(self, rng: np.random.Generator) -> dict[str, int]:
        """Return a tick on which every input holds anything."""
        tick = {name: int(rng.integers(0, 2)) for name in FLAGS}
        bits = self.params.shift_add.partial_bits
        return tick | {
            "partial": int(rng.integers(0, 1 << bits)),
            "slot": int(rng.integers(0, self.params.share)),
            "plane": int(rng.integers(0, self.params.input_bits)),
        }

    def groups(
        self, rng: np.random.Generator, bits: int, mood: str, negative: int
    ) -> list[list[dict[str, int]]]:
        """Return a plane's groups, each as the ticks that add its slots' partial sums."""
        params, slots = self.params, self.params.share // bits
        ones = (
            params.rows if mood in ("lowest", "highest") else int(rng.integers(1, params.rows + 1))
        )
        ones = min(ones, 3) if mood == "sparse" else ones
        at_once = (1 << params.adc_bits) - 1
        low, high = (-1 << (bits - 1), (1 << (bits - 1)) - 1) if bits > 1 else (0, 1)
        extreme = low if (mood == "lowest") != bool(negative) else high
        found = []
        for begin in range(0, ones, at_once):
            count = min(at_once, ones - begin)
            partial = rng.integers(count * low, count * high + 1, slots)
            if mood in ("lowest", "highest"):
                partial[:] = count * extreme
            first, last = int(begin == 0), int(begin + at_once >= ones)
            shared = {"add": 1, "clear": 0, "first": first, "last": last}
            found.append([shared | {"slot": k, "partial": int(partial[k])} for k in range(slots)])
        return found

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every slot and plane, added and subtracted; clears at every moment; both limits."""
        params, filled = self.params, every_tick(rows)
        clear, adds, plane = filled["clear"] == 1, filled["add"] == 1, filled["plane"]
        ends, slot = adds & (filled["last"] == 1) & ~clear, filled["slot"]
        adds &= ~clear
        totals = records["totals"][:, 0].astype(np.int64)
        totals -= totals >> (params.bits - 1) << params.bits
        inputs, weight = (1 << params.input_bits) - 1, max(1, 1 << (params.share - 1))
        lowest = -params.rows * inputs * weight if params.share > 1 else 0
        largest = params.rows * inputs * max(1, weight - 1)
        signed = ends & (filled["negative"] == 1)
        bins = {
            "the lowest total": (totals == lowest).sum(),
            "the largest total of unsigned inputs": (totals == largest).sum(),
            "a plane subtracted": signed.sum(),
            "an add on the tick of a clear": (clear & (filled["add"] == 1)).sum(),
            "a plane that a clear drops": (clear[1:] & ends[:-1]).sum(),
            "a slot that is due gets a partial sum": (
                adds[1:] & ends[:-1] & (slot[1:] == slot[:-1])
            ).sum(),
            **{f"plane {k}": (ends & (plane == k)).sum() for k in range(params.input_bits)},
            **{f"slot {k}": (ends & (slot == k)).sum() for k in range(params.share)},
        }  # fmt: skip
        if params.input_bits == 1:  # a clear lies between two planes
            del bins["a slot that is due gets a partial sum"]
        return bins
