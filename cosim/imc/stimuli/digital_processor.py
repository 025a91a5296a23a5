"""How the digital processor is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import rows_from_levels, spans, up
from goldspike.cosim.imc.shared.stimulus import scale_word
from goldspike.model.imc.digital_processor import BIAS_BITS, MULTIPLIER_BITS

__all__ = ["DigitalProcessorStimulus"]

LARGEST_SCALE, LARGEST_BIAS = ((1 << (bits - 1)) - 1 for bits in (MULTIPLIER_BITS, BIAS_BITS))
LIMITS = (-129, -128, -1, 0, 0, 1, 127, 128)


class DigitalProcessorStimulus(Bench):
    """A step is a pixel; many sums are chosen to fall on a half or next to the limits."""

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that sums and scales stay as they are while a pixel is under way."""
        ends = expected["tick"][expected["last"] == 1]
        works = spans(ends - self.params.channels - 1, ends)
        asked = up(rows, "start", "program_scale")
        return {"start and program_scale wait for done": np.intersect1d(asked, works)}

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
