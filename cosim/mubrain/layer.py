"""Bench of the layer: every potential after every integration, spikes and merges."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, strobes
from goldspike.cosim.bench.stimulus import at_rest, edges, every_tick, rows_from_levels, up
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS, oscillating
from goldspike.cosim.mubrain.stimuli.weight_memory import signed
from goldspike.hdl.mubrain.layer import Layer
from goldspike.model.mubrain.arbiter import ArbiterModel, Policy
from goldspike.model.mubrain.chip import SPIKE_DELAY
from goldspike.model.mubrain.layer import INTEGRATE_DELAY, LayerModel, LayerParams, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryModel, loading_order

__all__ = ["BENCH", "LayerBench", "at_work", "loaded", "loads_within"]

SAMPLES = 6
LONGER = 20
"""Ticks, at most, for which a line stays up after a load."""
UNEVEN = MultiPhaseOscillatorParams(load=1, select=2, access=3, recover=1)


def at_work(
    granted: np.ndarray, fired: np.ndarray, oscillator: MultiPhaseOscillatorParams
) -> np.ndarray:
    """Return the ticks on which a layer with these grants and spikes has something under way."""
    return np.concatenate(
        [oscillating(granted, oscillator), granted + INTEGRATE_DELAY, fired + SPIKE_DELAY]
    )


def loaded(ticks: np.ndarray, total: int, again: int) -> np.ndarray:
    """Return when `total` weights are loaded: before a sample, and once more in its middle."""
    return ((ticks < total) | (ticks >= again) & (ticks < again + total)).astype(np.uint8)


def loads_within(load: np.ndarray, runs: list[tuple[Any, Any, int]]) -> int:
    """Return on how many ticks weights come between two grants of one sample."""
    ticks = np.flatnonzero(load) + 1
    spans = [run.arbiter.tick[[0, -1]] for _, run, _ in runs]
    return sum(int(((ticks > first) & (ticks < last)).sum()) for first, last in spans)


class LayerBench(Bench):
    """A step is a tick with spikes; loads, clears and the drain of what waits come on top."""

    rtl = Layer
    configs: ClassVar = {
        "registers-1x1": LayerParams(inputs=1, neurons=1),
        "registers-7x3-linear": LayerParams(
            inputs=7, neurons=3, policy=Policy.LINEAR, oscillator=UNEVEN
        ),
        "registers-7x3": LayerParams(inputs=7, neurons=3, oscillator=UNEVEN),
        "registers-16x10": LayerParams(inputs=16, neurons=10),
        "memory-65x5": LayerParams(inputs=65, neurons=5, storage=Storage.MEMORY),
    }
    varied: ClassVar = {
        "inputs": range(1, 20), "neurons": range(1, 8), "policy": tuple(Policy),
        "storage": tuple(Storage), **DELAYS,
    }  # fmt: skip
    published = "registers-16x10"
    checks = Checks(
        group="layers, chip",
        assembled=True,
        gates="registers-7x3-linear",
        mutants=("registers-7x3",),
        vectors=("registers-7x3-linear", 2000),
    )
    shown = "registers-7x3-linear"
    steps = 6000
    golden: ClassVar[Any] = LayerModel
    golden_memory: ClassVar[Any] = WeightMemoryModel

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw samples: load, clear, spikes, drain; clear again as soon as nothing is awake.

        In the last one all neurons fire on one tick.
        """
        parts = [self.sample(rng, steps // SAMPLES, k) for k in range(SAMPLES)]
        parts.append(self.together(rng))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self.hold(rng, columns["spikes"], columns["load"])
        return rows_from_levels(self, columns)

    def hold(self, rng: np.random.Generator, spikes: np.ndarray, load: np.ndarray) -> None:
        """Let the last spikes of some lines, or all, stay up until a load is over, and longer."""
        moves = np.diff(load.astype(int), append=0)
        begins, ends = np.flatnonzero(moves == 1), np.flatnonzero(moves == -1)[1:]  # not the first
        for before, last in zip(begins, ends, strict=True):
            for line in np.flatnonzero(rng.random(spikes.shape[1]) < rng.choice((0.5, 1.0))):
                spiked = np.flatnonzero(spikes[: before + 1, line])
                if spiked.size:
                    later = np.append(np.flatnonzero(spikes[last:, line]), LONGER)
                    until = last + min(later[0] - 1, int(rng.integers(LONGER)))
                    spikes[spiked[-1] : until, line] = True

    def sample(self, rng: np.random.Generator, active: int, number: int) -> dict[str, np.ndarray]:
        """Return the levels of one sample, from the load to the first tick of rest.

        What is loaded is loaded again in the middle of the sample: potentials and turn stay.
        """
        params = self.params
        n, period, recover = params.inputs, params.oscillator.period, params.oscillator.recover
        total = n * params.neurons if number % 2 == 0 else 0  # every other sample keeps the weights
        start = total - (number == 2)  # where it is cleared: one load ends on this very tick
        rest = (n + 2) * period
        spikes = np.zeros((start + active + rest, n), bool)
        part = spikes[start : start + active]
        density = np.repeat(rng.choice([0.1, 0.6, 2.0], -(-active // 100)), 100)[:active, None]
        part[:] = rng.random(part.shape) < density / (n * period)
        first = number % 2  # on the tick of the clear, or right after it
        if number == 3:
            part[active // 4 : active // 4 + 3] = [[True], [False], [True]]  # every line merges
        part[first] |= rng.permutation(n) < 2
        part[first, [0, n - 1]] = True  # input 0 goes first: the search has started again
        again = start + active // 2 + rest
        if total:
            spikes = np.insert(spikes, [start + active // 2] * (rest + total), False, axis=0)
            spikes[again + total, [0, n - 1]] = True
        spikes[1:] &= ~spikes[:-1]
        tick, line = np.nonzero(spikes)
        last = int(ArbiterModel(params.arbiter).run(tick, line).tick[-1])
        length = last + max(recover, 2) + 1

        lowest = (1, -7)[number // 2 % 2]
        weight = rng.integers(-7, 8, spikes.shape[0])
        stream = loading_order(rng.integers(lowest, 8, (n, params.neurons)))[:total]
        weight[:total] = weight[again : again + total] = stream
        runs = rng.integers(1, 3 * period, spikes.shape[0])
        scale = np.repeat(np.arange(runs.size) % 2, runs)[: spikes.shape[0]]
        ticks = np.arange(spikes.shape[0])
        levels = {
            "spikes": spikes,
            "scale": scale.astype(np.uint8),
            "clear": (ticks == start).astype(np.uint8),
            "load": loaded(ticks, total, again),
            "weight": weight & (1 << params.neuron.weight_bits) - 1,
        }
        return {name: level[:length] for name, level in levels.items()}

    def together(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the levels of a sample in which one source alone brings all it reaches to fire."""
        params = self.params
        source, matrix = self.leading(rng)
        stream = self.loading(matrix)
        start, n = stream.size, params.inputs
        tick = np.arange(1, 4) * (params.arbiter.inputs + 2) * params.oscillator.period
        model = self.golden(params, matrix)
        served = model.run(tick, np.full(tick.size, source), scale=True).arbiter
        length = start + int(served.tick[-1]) + max(params.oscillator.recover, 2) + 1
        spikes = np.zeros((length, n), bool)
        spikes[start + tick, source] = True
        ticks = np.arange(length)
        weight = rng.integers(-7, 8, length)
        weight[:start] = stream
        return {
            "spikes": spikes,
            "scale": np.ones(length, np.uint8),
            "clear": (ticks == start).astype(np.uint8),
            "load": (ticks < start).astype(np.uint8),
            "weight": weight & (1 << params.neuron.weight_bits) - 1,
        }

    def leading(self, rng: np.random.Generator) -> tuple[int, np.ndarray]:
        """Return a source and weights of which its own are all the largest."""
        largest = self.params.neuron.largest_weight
        matrix = rng.integers(-largest, largest + 1, (self.params.inputs, self.params.neurons))
        source = int(rng.integers(self.params.inputs))
        matrix[source] = largest
        return source, matrix.astype(np.int8)

    def loading(self, matrix: np.ndarray) -> np.ndarray:
        """Return the weights in the order in which they are loaded."""
        return loading_order(matrix)

    def runs(self, rows: np.ndarray) -> list[tuple[LayerModel, LayerRun, int]]:
        """Run the samples seen; return model, run and the tick of the clear of each."""
        filled = every_tick(rows)
        tick, line = edges(rows, "spikes", self.params.inputs)
        memory = self.golden_memory(self.params.weights)
        loads = np.flatnonzero(filled["load"])
        raw = signed(filled["weight"], self.params.neuron.weight_bits)
        room = (self.params.inputs + 2) * self.params.oscillator.period
        scale = np.concatenate([[0], filled["scale"], np.full(room, filled["scale"][-1])])
        clears = np.flatnonzero(filled["clear"]) + 1
        results, loaded = [], 0
        for first, end in zip(clears, [*clears[1:], scale.size], strict=True):
            upto = int(np.searchsorted(loads, first))
            for place in loads[loaded:upto]:
                memory.shift(int(raw[place]))
            loaded = upto
            own = (tick >= first) & (tick < end)
            model = self.golden(self.params, memory.weights)
            run = model.run(tick[own], line[own], scale=scale.astype(bool), traced=True)
            results.append((model, run, int(first)))
        return results

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Run the samples seen; `source` keeps over a clear."""
        parts, source = [], 0
        for model, run, _ in self.runs(rows):
            records = model.records(run)
            none_yet = np.cumsum(records["integrated"]) == 0
            records["source"][none_yet] = source
            parts.append(records)
            source = records["source"][-1] if records.size else source
        return np.concatenate(parts)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow spikes and merges.

        Busy from the edge to the end of its oscillation, to the integration and to its spikes, and
        while it is loaded or cleared.
        """
        fired = expected[expected["fired"].any(axis=1)]
        merged = expected[expected["merged"].any(axis=1)]
        granted = expected["tick"][expected["integrated"] == 1] - INTEGRATE_DELAY
        busy = at_work(granted, fired["tick"], self.params.oscillator)
        at_rest(rows, busy, "load", "clear")
        return {
            "fired": strobes(fired["tick"] + 1, fired["fired"]),
            "merged": strobes(merged["tick"] + 1, merged["merged"]),
            "busy": strobes(np.concatenate([busy, up(rows, "load", "clear")])),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Spikes, merges, clamping, and the scale and the clear at every moment."""
        n, neurons = self.params.inputs, self.params.neurons
        runs = self.runs(rows)
        tick, _ = edges(rows, "spikes", n)
        filled = every_tick(rows)
        grant = np.concatenate([run.arbiter.tick for _, run, _ in runs])
        merge = np.concatenate([run.arbiter.merge_tick for _, run, _ in runs])
        fired = np.concatenate([run.tick for _, run, _ in runs])
        scale = np.concatenate([[0], filled["scale"], [0] * 10])
        clears = np.array([first for _, _, first in runs])
        ends = np.array([run.arbiter.tick[-1] for _, run, _ in runs])
        integrated = records[records["integrated"] == 1]
        bins = {
            "a grant of the first source": (integrated["source"] == 0).sum(),
            "a grant of the last source": (integrated["source"] == n - 1).sum(),
            "integrates with scale": scale[grant].sum(),
            "integrates without scale": (1 - scale[grant]).sum(),
            "the scale changes between grant and integration": (
                scale[grant] != scale[grant + 1]
            ).sum(),
            "a neuron fires": fired.size,
            "no neuron fires": integrated.size - np.unique(fired).size,
            "a potential falls to zero": (
                (integrated["potential"][1:] == 0) & (integrated["potential"][:-1] > 0)
            ).sum(),
            "a spike merges": merge.size,
            "a spike on the tick of an integration": np.isin(tick, grant + 1).sum(),
            "a spike on the tick of a clear": np.isin(tick, clears).sum(),
            "a clear as soon as nothing is awake": (
                clears[1:] == ends[:-1] + max(self.params.oscillator.recover, 2) + 1
            ).sum(),
            "a clear of a potential": sum(run.potential.any() for _, run, _ in runs[:-1]),
            "a weight on the tick of a clear": (filled["load"] & filled["clear"]).sum(),
            "a load between a sample's grants": loads_within(filled["load"], runs),
        }
        if n > 1:
            heads = [run.arbiter.line[0] for _, run, _ in runs[1:]]
            tails = [run.arbiter.line[-1] for _, run, _ in runs[:-1]]
            bins["input 0 goes first after a clear, though it was not its turn"] = sum(
                head == 0 and tail not in (0, n - 1)
                for head, tail in zip(heads, tails, strict=True)
            )
            bins["a spike merges on the tick of an integration"] = np.isin(merge, grant + 1).sum()
        if neurons > 1:
            _, times = np.unique(fired, return_counts=True)
            bins["several neurons fire on one tick"] = (times > 1).sum()
            bins["all neurons fire on one tick"] = (times == neurons).sum()
        return bins


BENCH = LayerBench
