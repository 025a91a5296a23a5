"""How the partial adder is driven."""

from itertools import count

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import LONG, rows_from_levels
from goldspike.cosim.imc.shared.stimulus import word_lines
from goldspike.model.imc.partial_adder import PartialAdderModel
from goldspike.model.imc.sum_packer import SumPackerModel

__all__ = ["PartialAdderStimulus"]

MOODS = ((0.9, 0.1), (0.3, 0.9), (1.0, 1.0), (0.8, 0.0), (0.01, 1.0))
"""How likely sums come, and are asked for."""


class PartialAdderStimulus(Bench):
    """A step is a tick; the crossbar's own sums change with every pixel."""

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
