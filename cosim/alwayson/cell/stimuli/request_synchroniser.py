"""How the request synchronisers in ``cell`` are driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, rows_from_levels_at
from goldspike.cosim.bench.stimulus import get_lines

__all__ = ["RequestSynchroniserStimulus", "flips", "level_of", "rising"]

PHASE = 50
CLOCKS = ("synapse_clock", "neuron_clock")
LEVELS = ("reset", "clear")


class RequestSynchroniserStimulus(CellBench):
    """A step is a moment at which clocks or signals change; never both at one picosecond."""

    steps = 4000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Flip signals seldom and often; either clock at its own pace; some resets and clears."""
        n = self.params.lines
        moments = np.cumsum(rng.integers(1, 700, steps))
        turn = rng.random(steps) < level_of(rng, steps, (0.4, 0.8), PHASE)
        signals = {
            name: flips(rng, ~turn, width, (0.1 / n, 0.1, 0.5), PHASE)
            for name, width in (("request", n), ("ack", n))
        }
        clocks = {name: flips(rng, turn, 1, (0.1, 0.5, 1.0), PHASE) for name in CLOCKS}
        rare = {name: ~turn & (rng.random(steps) < 0.03) for name in LEVELS}
        rare = {name: level | np.append(False, level[:-1]) for name, level in rare.items()}
        return rows_from_levels_at(self, moments, signals | clocks | rare)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Each edge, coincidences, levels that are up at one edge only."""
        n, rises = self.params.lines, rising(rows)
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], rows["tick"], side="left")]
        bins = {"both clocks rise": rises["synapse_clock"] & rises["neuron_clock"]}
        for name, clock, ends in zip(("request", "ack"), CLOCKS, LEVELS, strict=True):
            level, first, seen = (
                get_lines(table, column, n)
                for table, column in (
                    (rows, name), (before, f"{name}_first"), (before, f"{name}_seen")
                )
            )  # fmt: skip
            edge = (rises[clock] & (rows[ends] == 0))[:, None]
            bins |= {
                f"{name}: one edge": (edge & ~level & first & ~seen).any(axis=1),
                f"{name}: several edges": (edge & level & first & seen).any(axis=1),
                f"{name}: {ends} of both flip-flops": (rows[ends] == 1)
                & (first & seen).any(axis=1),
                f"{name}: an edge in {ends}": rises[clock] & (rows[ends] == 1),
            }
        return {name: int(hits.sum()) for name, hits in bins.items()}


def level_of(
    rng: np.random.Generator, steps: int, choices: tuple[float, ...], phase: int
) -> np.ndarray:
    """Return one of `choices` per step, the same for a phase."""
    return np.repeat(rng.choice(choices, -(-steps // phase)), phase)[:steps]


def flips(
    rng: np.random.Generator, may: np.ndarray, n: int, chances: tuple[float, ...], phase: int
) -> np.ndarray:
    """Return lines that flip on some steps on which they may, as often as the phase has it."""
    chance = level_of(rng, may.size, chances, phase)
    flip = may[:, None] & (rng.random((may.size, n)) < chance[:, None])
    return np.logical_xor.accumulate(flip, axis=0)


def rising(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return on which rows each clock rises."""
    return {name: np.diff(rows[name].astype(int), prepend=0) == 1 for name in CLOCKS}
