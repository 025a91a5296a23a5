"""How the macro is driven."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.stimulus import LONG, rows_from_levels
from goldspike.model.rram.macro import LATENCY, MacroParams

__all__ = ["INPUTS", "MacroStimulus", "drain"]

PHASES = (  # cells, share of ones in the inputs, and of ticks with a word, a product taken, a write
    ("any", None, 0.5, 0.5, 0.1),
    ("lowest", 1.0, 1.0, 1.0, 0.0),
    ("any", None, 1.0, 1.0, 0.02),
    ("highest", 1.0, 0.7, 0.7, 0.0),
    ("any", 0.05, 1.0, 0.1, 0.3),
    ("any", None, 0.1, 1.0, 0.5),
    ("any", 0.0, 0.8, 0.8, 0.1),
)
SELDOM = 0.5
"""Where fewer products than that are taken, one waits for long."""
DENSITIES = (0.0, 0.02, 0.2, 0.5, 1.0)
INPUTS = ("in_valid", "precision", "signed_inputs", "out_ready", "write", "write_row")


def drain(params: MacroParams) -> int:
    """Return the ticks within which everything has left, if products are taken."""
    groups_at_most = -(-params.rows // params.controller.rows_at_once) * params.input_bits
    return 2 * (params.share * groups_at_most + params.columns + LATENCY + 1)


class MacroStimulus(Bench):
    """A step is a tick; no driver waits for anything, so that words that are not taken change."""

    steps = 14000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Write all cells, let vectors through, and again; nothing waits for anything."""
        ticks = -(-steps // len(PHASES))
        parts = [self.phase(rng, k, ticks) for k in range(len(PHASES))]
        levels = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        idle = self.quiet(drain(self.params))
        rows = rows_from_levels(
            self, {name: np.concatenate([levels[name], idle[name]]) for name in levels}
        )
        return with_pauses(rows, "in_valid", "out_ready", "write", count=9)

    def quiet(self, ticks: int) -> dict[str, np.ndarray]:
        """Return ticks on which products are taken, and nothing else happens."""
        levels = {name: np.zeros(ticks, np.int64) for name in INPUTS}
        levels["out_ready"][1:] = 1
        bits = self.params.lanes * self.params.input_bits
        return levels | {
            "in_data": np.zeros((ticks, bits), bool),
            "write_data": np.zeros((ticks, self.params.columns), bool),
        }

    def phase(self, rng: np.random.Generator, number: int, ticks: int) -> dict[str, np.ndarray]:
        """Return the ticks that write all cells and let vectors through."""
        params = self.params
        kind, ones, offered, taken, written = PHASES[number]
        before = drain(params) if kind != "any" or number == 0 else 2
        count = before + params.rows + ticks
        levels = self.quiet(count)
        traffic = slice(before + params.rows, None)
        extreme = kind != "any"
        top = len(params.precisions) - 1

        def some(share: float) -> np.ndarray:
            return (rng.random(ticks) < share).astype(np.int64)

        levels["in_valid"][traffic] = some(offered)
        levels["out_ready"][traffic] = some(taken)
        if taken < SELDOM:
            levels["out_ready"][traffic][ticks // 2 :][: 2 * LONG] = 0
        levels["write"][traffic] = some(written)
        levels["write"][before : before + params.rows] = 1
        levels["write_row"][:] = rng.integers(0, params.rows, count)
        levels["write_row"][before : before + params.rows] = rng.permutation(params.rows)
        levels["precision"][:] = top if extreme else rng.integers(0, top + 1, count)
        levels["signed_inputs"][:] = 0 if extreme else rng.integers(0, 2, count)
        block = 4 * params.words + 3  # words that follow each other are about as dense
        density = np.repeat(rng.choice(DENSITIES, count // block + 1), block)[:count]
        density = density if ones is None else np.full(count, ones)
        levels["in_data"] = rng.random(levels["in_data"].shape) < density[:, None]
        sign = np.arange(params.columns) % params.share == params.share - 1
        cells = {"lowest": sign, "highest": ~sign if params.share > 1 else sign}
        random = rng.random((count, params.columns)) < rng.choice((0.1, 0.5, 0.9), (count, 1))
        levels["write_data"] = np.tile(cells[kind], (count, 1)) if extreme else random
        return levels
