"""Bench of the spike arbiter: pending inputs, spike register and grants, tick by tick."""

from typing import ClassVar

import numpy as np

from cosim.bench import Bench, edges, rows_from_levels
from cosim.mubrain.multi_phase_oscillator import DELAYS
from cosim.waves.view import Group, View, Wave, high, lines_of
from hdl.mubrain.arbiter import Arbiter
from model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy
from model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams, Phase

__all__ = ["BENCH", "ArbiterBench", "bins"]

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
TIES = 30
"""Grants on whose tick most inputs are made to spike anew."""


class ArbiterBench(Bench):
    """A step is a tick of random levels; silence, bursts and saturation take turns, ties follow."""

    circuit = "mubrain/arbiter"
    rtl = Arbiter
    configs: ClassVar = {
        f"{policy.value}-{n}{suffix}": ArbiterParams(inputs=n, policy=policy, oscillator=oscillator)
        for policy in Policy
        for n, oscillator, suffix in (
            (1, MultiPhaseOscillatorParams(), ""),
            (2, MultiPhaseOscillatorParams(), ""),
            (2, FAST, "-fast"),
            (7, FAST, "-fast"),
            (16, MultiPhaseOscillatorParams(), ""),
            (65, MultiPhaseOscillatorParams(load=1, select=2, access=3, recover=1), "-uneven"),
            (256, MultiPhaseOscillatorParams(), ""),
            (512, FAST, "-fast"),
        )
    }
    varied: ClassVar = {"inputs": range(1, 80), "policy": tuple(Policy), **DELAYS}
    published = "round_robin-256"
    shown = "round_robin-16"
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
        clear = np.zeros(len(levels), np.uint8)
        return rows_from_levels(self, {"spikes": levels, "clear": clear})

    def ties(self, rng: np.random.Generator, before: np.ndarray) -> np.ndarray:
        """Return levels to follow `before`: inputs that spike anew on the tick of their grant."""
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

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Serve the edges seen."""
        tick, line = edges(rows, "spikes", self.params.inputs)
        run = ArbiterModel(self.params).run(tick, line, traced=True)
        assert run.trace is not None
        return run.trace

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ties of every kind, merges, wrap-around of the search, more than one spike waiting."""
        return bins(self.params, rows, records)

    def scenario(self, rng: np.random.Generator) -> np.ndarray:
        """Spike on three ticks, served in turn; then tie, merge, and spike on the own grant."""
        n, oscillator = self.params.inputs, self.params.oscillator
        first, middle, last = self.lines()
        wait, period = oscillator.load + oscillator.select + oscillator.access, oscillator.period
        again = 3 + 4 * period
        count = again + wait + 3 * period
        spikes = np.zeros((count, n), bool)
        spikes[:, first] |= high(count, 5, again, again + wait + period)
        spikes[:, middle] |= high(count, 3)
        spikes[:, last] |= high(count, 4, again, again + 2)
        return rows_from_levels(self, {"spikes": spikes, "clear": high(count)})

    def lines(self) -> list[int]:
        """Return the first, a middle and the last input."""
        n = self.params.inputs
        return [0, n // 3, n - 1]

    def view(self) -> View:
        """Follow a spike from its edge to its grant."""
        phases = ("load", "select", "access", "recover")
        strobes = tuple(f"oscillator.{phase}" for phase in phases)
        n, policy = self.params.inputs, self.params.policy.value.replace("_", " ")
        return View(
            f"Spike arbiter, {n} inputs, {policy}",
            "Stuijt 2021, Fig. 2A and 2C",
            (
                Group("Incoming spikes", lines_of("spikes", sorted(set(self.lines())))),
                Group("Input edge detector", (Wave("detector.pending", "pending", show="set"),)),
                Group(
                    "Multi-phase oscillator",
                    (
                        Wave("oscillator.busy", "phase", show="phases", phases=strobes),
                        *(Wave(strobe, mark=True) for strobe in strobes),
                    ),
                ),
                Group(
                    "Priority encoder",
                    (
                        Wave("register", "spike register", show="set"),
                        Wave("address", "selected input", show="dec"),
                    ),
                ),
                Group(
                    "To the weight memory",
                    (Wave("grant"), Wave("merged", show="set"), Wave("busy")),
                ),
            ),
        )


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


BENCH = ArbiterBench
