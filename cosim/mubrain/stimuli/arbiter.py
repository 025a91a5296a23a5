"""How the spike arbiter is driven, and the bins that a run must hit."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import edges, rows_from_levels, up
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, ArbiterRun, Policy
from goldspike.model.mubrain.multi_phase_oscillator import Phase

__all__ = ["ArbiterStimulus", "bins", "served"]

TIES = 30
"""Grants on whose tick most inputs are made to spike again."""
CLEARS = 8
"""Clears after everything else, each at rest and with a burst on its tick or the next."""


class ArbiterStimulus(Bench):
    """A step is a tick of random levels; silence, bursts and saturation take turns.

    Ties follow, then clears.
    """

    steps = 6000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw levels with a density that changes every 500 ticks."""
        n = self.params.inputs
        density = np.repeat(rng.choice([0.0, 0.2, 1.0, 5.0], -(-steps // 500)), 500)[:steps]
        chance = np.minimum(0.5, density / (n * self.params.oscillator.period))
        flips = rng.random((steps, n)) < 2 * chance[:, None]
        levels = np.logical_xor.accumulate(flips, axis=0)
        levels[-1] = False
        levels = np.concatenate([levels, self.ties(rng, levels)])
        clear = np.zeros(len(levels), bool)
        for k in range(CLEARS):
            few = rng.permutation(self.params.inputs)[: rng.integers(1, 4)]
            burst = ([0], [0, self.params.inputs - 1], few, few)[k % 4]
            levels, clear = self.cleared(levels, clear, burst, int(rng.integers(2)))
        return rows_from_levels(self, {"spikes": levels, "clear": clear})

    def cleared(
        self, levels: np.ndarray, clear: np.ndarray, burst: Sequence[int] | np.ndarray, late: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return levels and clears with one more clear at rest, and a burst `late` ticks later."""
        n, count = self.params.inputs, len(levels)
        *_, (last, _) = self.runs(rows_from_levels(self, {"spikes": levels, "clear": clear}))
        served = last.tick[-1:].tolist()
        rest = max([count, *served]) + self.params.oscillator.period
        more = np.zeros((rest + 4 - count, n), bool)
        more[rest + late - count, burst] = True
        clears = np.arange(count, rest + 4) == rest
        return np.concatenate([levels, more]), np.concatenate([clear, clears])

    def runs(self, rows: np.ndarray) -> list[tuple[ArbiterRun, np.ndarray]]:
        """Serve the edges seen; return runs and the edges' lines."""
        return served(self.params, rows, up(rows, "clear"))

    def ties(self, rng: np.random.Generator, before: np.ndarray) -> np.ndarray:
        """Return levels to follow `before`: inputs that spike again on the tick of their grant."""
        n, model = self.params.inputs, ArbiterModel(self.params)
        rise = before & ~np.vstack([np.zeros((1, n), bool), before[:-1]])
        tick, line = np.nonzero(rise)
        served = model.run(tick, line).tick
        rest = max([len(before), *served[-1:].tolist()]) + self.params.oscillator.period
        tick = np.append(tick, [rest] * min(n, 3))
        line = np.append(line, rng.permutation(n)[:3])
        for k in range(served.size, served.size + TIES):
            granted = model.run(tick, line)
            if rng.random() < 0.2 and k + 1 < granted.tick.size:
                continue  # left alone
            place = np.searchsorted(tick, granted.tick[k], side="right")
            tick = np.insert(tick, place, granted.tick[k])
            line = np.insert(line, place, granted.line[k])
        new = tick >= rest
        levels = np.zeros((int(tick[-1]) + 2 - len(before), n), bool)
        levels[tick[new] - len(before), line[new]] = True
        return levels

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ties of every kind, merges, wrap-around of the search, more than one spike waiting."""
        runs = self.runs(rows)
        first = rows["tick"][rows["clear"] == 1].min(initial=rows["tick"][-1] + 1)
        found = bins(self.params, rows[rows["tick"] < first], records)
        if self.params.policy is Policy.ROUND_ROBIN and self.params.inputs > 1:
            found["a clear that changes whose turn it is"] = sum(
                bool((line > before.line[-1]).any() and run.line[0] <= before.line[-1])
                for (before, _), (run, line) in pairwise(runs)
                if before.line.size and run.line.size
            )
        return found | {"a clear": len(runs) - 1}


def served(
    params: ArbiterParams, rows: np.ndarray, clears: np.ndarray
) -> list[tuple[ArbiterRun, np.ndarray]]:
    """Serve the edges seen, starting over at every clear; return runs and the edges' lines."""
    tick, line = edges(rows, "spikes", params.inputs)
    parts = np.split(np.arange(tick.size), np.searchsorted(tick, clears))
    model = ArbiterModel(params)
    return [(model.run(tick[k], line[k], traced=True), line[k]) for k in parts]


def bins(params: ArbiterParams, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
    """Return the bins of an arbiter's run, of either realisation."""
    n = params.inputs
    tick, line = edges(rows, "spikes", n)
    run = ArbiterModel(params).run(tick, line)
    edge_keys, grant_keys = tick * n + line, run.tick * n + run.line
    found = {
        "edge and grant of one input on one tick": np.isin(edge_keys, grant_keys).sum(),
        "an edge merges": run.merge_tick.size,
        "grant of the first input": (run.line == 0).sum(),
        "grant of the last input": (run.line == n - 1).sum(),
    }
    for phase in Phase:
        there = records["tick"][records["phase"] == 1 << phase]
        found[f"an edge on the tick of {phase.name.lower()}"] = np.isin(tick, there).sum()
    if n > 1:
        found["edges of several inputs on one tick"] = tick.size - np.unique(tick).size
        found["a spike waits for others"] = (run.waited > 0).sum()
        found["the search wraps"] = (np.diff(run.line) < 0).sum()
    return {name: int(hits) for name, hits in found.items()}
