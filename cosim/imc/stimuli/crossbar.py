"""How the crossbar is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import spans, up
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, signed

__all__ = ["CrossbarStimulus"]


class CrossbarStimulus(Bench):
    """A step is a computation; kernel rows are loaded before each, one or all of them."""

    steps = 40
    least_steps = 10

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Program, then load rows and compute; weights and activations at their limits at times."""
        params, layer = self.params, self.params.memory.layer
        half = 1 << (params.weight_bits - 1)
        ticks: list = [{}]
        for k in range(steps):
            if k % max(10, steps // 3) == 0:
                weights = rng.integers(-half, half, params.loads)
                if k == 0:
                    weights[:] = -half
                ticks += [{"program_weight": 1, "weight": int(w) & (2 * half - 1)} for w in weights]
            kernel_rows = layer.kernel if k % 5 == 0 else int(rng.integers(1, layer.kernel + 1))
            for _ in range(kernel_rows * layer.kernel * params.memory.words):
                word = rng.integers(0, 256, params.memory.word_bytes).astype(np.uint8)
                if k < 2:
                    word[:] = 0x80 if k == 0 else 0x7F
                ticks.append({"load": 1, "word": word})
                ticks += [{"word": word}] * int(rng.random() < 0.1)
            start = {"start": 1}
            if k > 1 and rng.random() < 0.3:  # everything else may come with it
                start |= ticks.pop() if "load" in ticks[-1] else {}
                start |= {"program_weight": 1, "weight": int(rng.integers(0, 2 * half))}
            again = [{}] * (params.ticks - 1) + [{"start": 1}]  # on the tick of `done`
            ticks += [start, *again * int(rng.integers(0, 2)), *[{}] * (params.ticks - 1)]
            ticks += [{}] * int(rng.integers(0, 3))
        rows = rows_from_ticks(self, [*ticks, {}], params.memory.word_bytes)
        return with_pauses(rows, "load", "start", "program_weight", count=5)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing comes while sums are added up."""
        ends, asked = expected["tick"], up(rows, "load", "start", "program_weight")
        computes = spans(ends - self.params.ticks + 2, ends)
        return {"load, start and program_weight wait for done": np.intersect1d(asked, computes)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both signs, and the largest sum that there can be."""
        params = self.params
        sums = signed(records["sums"], params.sum_bits)
        largest = params.rows * 128 << (params.weight_bits - 1)
        return {
            "positive sums": (sums > 0).sum(),
            "negative sums": (sums < 0).sum(),
            "the largest sum": (sums == largest).sum(),
        }
