"""How the request synchronisers are driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels

__all__ = ["STROBES", "RequestSynchroniserStimulus"]

PHASE = 50
STROBES = ("synapse_rises", "neuron_rises", "reset", "clear")


class RequestSynchroniserStimulus(Bench):
    """A step is a tick; inputs of every kind, with chances that change in phases."""

    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Flip lines seldom and often; clocks of every speed, now and then a reset or a clear."""
        n = self.params.lines

        def draw(width: int, *chances: float) -> np.ndarray:
            chance = np.repeat(rng.choice(chances, -(-steps // PHASE)), PHASE)[:steps, None]
            return rng.random((steps, width)) < chance

        moves = np.arange(steps) < steps - 1
        levels: dict[str, np.ndarray] = {
            name: np.logical_xor.accumulate(draw(n, 0.1 / n, 0.1, 0.5), axis=0)
            for name in ("request", "ack")
        }
        for name in STROBES:
            chances = (0.1, 0.5, 1.0) if name.endswith("rises") else (0.0, 0.05)
            levels[name] = draw(1, *chances)[:, 0] & moves
        return rows_from_levels(self, levels)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Each edge, coincidences, levels that are up at one edge only."""
        every, n = every_tick(rows), self.params.lines
        up = {name: every[name] == 1 for name in STROBES}
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], every["tick"], side="left")]
        bins = {
            "both clocks rise": up["synapse_rises"] & up["neuron_rises"],
            "reset on an edge": up["reset"] & up["synapse_rises"],
            "clear on an edge": up["clear"] & up["neuron_rises"],
        }
        sides = (
            ("request", "synapse_rises", "reset", "clear"),
            ("ack", "neuron_rises", "clear", "reset"),
        )
        for name, clock, ends, other in sides:
            level, first, seen = (
                get_lines(table, column, n)
                for table, column in (
                    (every, name), (before, f"{name}_first"), (before, f"{name}_seen")
                )
            )  # fmt: skip
            edge = (up[clock] & ~up[ends])[:, None]
            bins |= {
                f"{name}: one edge": (edge & ~level & first & ~seen).any(axis=1),
                f"{name}: down for one edge": (edge & level & ~first & seen).any(axis=1),
                f"{name}: several edges": (edge & level & first & seen).any(axis=1),
                f"{name}: {ends} of both flip-flops": (first & seen).any(axis=1) & up[ends],
                f"{name}: kept over {other}": seen.any(axis=1) & up[other] & ~up[clock],
            }
        return {name: hits.sum() for name, hits in bins.items()}
