"""Bench of the recurrent layer: every potential after every integration, spikes and merges."""

from itertools import count, pairwise
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.stimulus import edges, every_tick
from goldspike.cosim.mubrain.layer import UNEVEN, LayerBench, loaded, loads_within
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.model.errors import InputError
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerModel, RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import SparseMemoryModel, loading_order

__all__ = ["BENCH", "RecurrentLayerBench"]

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
LONGEST = 40
"""Spikes of a layer's own per spike from outside, at most, in a stimulus."""


class RecurrentLayerBench(LayerBench):
    """A step is a tick with spikes; loads, clears and the drain of what waits come on top."""

    rtl = RecurrentLayer
    configs: ClassVar = {
        "1-self": RecurrentLayerParams(lateral=Connectivity(neurons=1, synapses=1)),
        "7-linear": RecurrentLayerParams(
            lateral=Connectivity(neurons=7, synapses=15), policy=Policy.LINEAR, oscillator=UNEVEN
        ),
        "5-fast": RecurrentLayerParams(
            lateral=Connectivity(neurons=5, synapses=12), oscillator=FAST
        ),
        "16": RecurrentLayerParams(lateral=Connectivity(neurons=16, synapses=77)),
        "20-full-fast": RecurrentLayerParams(
            lateral=Connectivity(neurons=20, synapses=400, seed=2), oscillator=FAST
        ),
    }
    large: ClassVar = {"40nm": RecurrentLayerParams()}
    varied: ClassVar = {
        "lateral.neurons": range(1, 12), "lateral.synapses": range(40), "lateral.seed": range(99),
        "policy": tuple(Policy), **DELAYS,
    }  # fmt: skip
    published = "16"
    checks = Checks(
        group="layers, chip",
        assembled=True,
        mutants=("5-fast",),
        exclusions=(
            Exclusion(
                "bits",
                r"RecurrentLayer\.merged\[3\d\]",
                "one neuron in many merges by chance; of up to 16 every one does",
            ),
        ),
    )
    shown = "7-linear"
    golden: ClassVar[Any] = RecurrentLayerModel
    golden_memory: ClassVar[Any] = SparseMemoryModel

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw samples: load, clear, spikes, drain; clear again as soon as nothing is awake.

        In the last one all neurons that one neuron reaches fire on one tick.
        """
        self.matrix = np.zeros(self.params.weights.mask.shape, np.int8)
        return super().stimulus(rng, steps)

    def sample(self, rng: np.random.Generator, active: int, number: int) -> dict[str, np.ndarray]:
        """Return the levels of one sample, from the load to the first tick of rest.

        What is loaded is loaded again in the middle of the sample: potentials and turn stay. The
        last grant is an input's, if that is to be had, so that a clear changes whose turn it is.
        """
        params = self.params
        n, period, recover = params.inputs, params.oscillator.period, params.oscillator.recover
        total = params.weights.synapses if number % 2 == 0 else 0  # every other one keeps them
        start = total - (number == 2)  # where it is cleared: one load ends on this very tick
        spikes = np.zeros((start + active, n), bool)
        part = spikes[start:]
        density = np.repeat(rng.choice([0.1, 0.5, 2.0], -(-active // 100)), 100)[:active, None]
        part[:] = rng.random(part.shape) < density / (n * period)
        first = number % 2  # on the tick of the clear, or right after it
        part[first, [0, n - 1]] = True  # input 0 goes first: the search has started again
        spikes[1:] &= ~spikes[:-1]
        spikes[-1] = False
        tick, line = np.nonzero(spikes)
        scale = np.repeat(np.arange(spikes.shape[0]) % 2, rng.integers(1, 3 * period, len(spikes)))
        scale = scale[: len(spikes)]  # it keeps beyond
        if total:
            self.matrix = self.restful(rng, tick, line, scale)
        model, settle = RecurrentLayerModel(params, self.matrix), max(recover, 2) + 1

        def length_of(spikes: np.ndarray, ending: int | None = None) -> int:
            """Return when all is at rest after some spikes; 0 if the last grant is another."""
            tick, line = np.nonzero(spikes)
            most = LONGEST * (tick.size + 1)
            level = scale[: len(spikes)].astype(bool)
            done = model.run(tick, line, scale=level, most=most).arbiter
            return int(done.tick[-1]) + settle if ending in (None, done.line[-1]) else 0

        again = 0
        try:
            if total:
                half = start + active // 2
                again = max(length_of(spikes[:half]), half)
                spikes = np.insert(spikes, [half] * (again + total - half), False, axis=0)
                spikes[again + total, [0, n - 1]] = True
                spikes[again + total + 1] &= ~spikes[again + total]
                scale = np.insert(scale, [half] * (again + total - half), scale[half - 1])
            length = max(length_of(spikes), len(spikes))
            for last in rng.permutation(n - 1)[:4]:
                longer = np.zeros((length + 1, n), bool)
                longer[: len(spikes)], longer[length, last] = spikes, True
                if ends := length_of(longer, last):
                    spikes, length = longer, ends
                    break
        except InputError:  # weights that are kept do not let it rest with these spikes
            return self.sample(rng, active, number + (not total))

        weight = rng.integers(-7, 8, length)
        stream = self.loading(self.matrix)[:total]
        weight[:total] = weight[again : again + total] = stream
        ticks = np.arange(length)
        drained = np.zeros((max(0, length - len(spikes)), n), bool)
        scale = np.concatenate([scale, np.full(length, scale[-1])])
        return {
            "spikes": np.concatenate([spikes, drained])[:length],
            "scale": scale[:length].astype(np.uint8),
            "clear": (ticks == start).astype(np.uint8),
            "load": loaded(ticks, total, again),
            "weight": weight & (1 << params.neuron.weight_bits) - 1,
        }

    def restful(
        self, rng: np.random.Generator, tick: np.ndarray, line: np.ndarray, scale: np.ndarray
    ) -> np.ndarray:
        """Return weights with which the layer comes to rest soon: inhibited the more, the longer.

        Inputs are strong, some neurons excite themselves, the rest is noise around a mean that
        sinks until the spikes die out by themselves.
        """
        params = self.params
        n = params.neurons
        for inhibition in count():
            low, high_ = -7, max(1, 7 - inhibition)
            matrix = rng.integers(low, high_ + 1, (2 * n, n))
            matrix[:n] = rng.integers(4, 8, (n, n))
            own = np.arange(n)
            matrix[n + own, own] = np.maximum(matrix[n + own, own], rng.integers(0, 8, n))
            matrix[~params.weights.mask] = 0
            try:
                run = RecurrentLayerModel(params, matrix).run(
                    tick, line, scale=scale.astype(bool), most=LONGEST * (tick.size + 1)
                )
            except InputError:
                continue
            if inhibition > 6 or run.arbiter.tick[-1] < 3 * tick[-1] + 1000:
                return matrix.astype(np.int8)
        raise AssertionError

    def leading(self, rng: np.random.Generator) -> tuple[int, np.ndarray]:
        """Return the input of the neuron that reaches most, and weights.

        Its own are all the largest. Other neurons inhibit, so that the spikes die out.
        """
        mask, largest = self.params.weights.mask, self.params.neuron.largest_weight
        matrix = -rng.integers(1, largest + 1, mask.shape)
        n = self.params.neurons
        matrix[:n] = largest
        leader = int(mask[n:].sum(axis=1).argmax())
        matrix[n + leader] = largest
        return leader, np.where(mask, matrix, 0).astype(np.int8)

    def loading(self, matrix: np.ndarray) -> np.ndarray:
        """Return the weights in the order in which they are loaded."""
        return loading_order(matrix, self.params.weights.mask)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Grants of both kinds, feedback on every phase, a neuron that fires on its own grant."""
        n = self.params.inputs
        tick, _ = edges(rows, "spikes", n)
        runs = [run for _, run, _ in self.runs(rows)]
        clears = np.array([first for _, _, first in self.runs(rows)])
        grant = np.concatenate([run.arbiter.tick for run in runs])
        source = np.concatenate([run.arbiter.line for run in runs])
        merge_line = np.concatenate([run.arbiter.merge_line for run in runs])
        fired = np.concatenate([run.tick for run in runs])
        neuron = np.concatenate([run.line for run in runs])
        cause = source[np.searchsorted(grant, fired - 1)]  # the grant on which each fired
        filled = every_tick(rows)
        scale = np.concatenate([[0], filled["scale"], [0] * 10])
        together, times = np.unique(fired, return_counts=True)
        reached = self.params.weights.mask.sum(axis=1)[source[np.searchsorted(grant, together - 1)]]
        bins = {
            "a grant of the first input": (source == 0).sum(),
            "a grant of the last neuron": (source == 2 * n - 1).sum(),
            "integrates with scale": scale[grant].sum(),
            "integrates without scale": (1 - scale[grant]).sum(),
            "a neuron fires on an input's grant": (cause < n).sum(),
            "a neuron fires on a neuron's grant": (cause >= n).sum(),
            "a neuron fires on its own grant": (cause == n + neuron).sum(),
            "a spike from outside merges": (merge_line < n).sum(),
            "a spike from outside and one from a neuron on one tick": np.isin(
                tick, fired + 1
            ).sum(),
            "a spike on the tick of a clear": np.isin(tick, clears).sum(),
            "a clear of a potential": sum(run.potential.any() for run in runs[:-1]),
            "a weight on the tick of a clear": (filled["load"] & filled["clear"]).sum(),
            "a load between a sample's grants": loads_within(filled["load"], self.runs(rows)),
        }
        if widest := self.params.lateral.mask.sum(axis=1).max():
            bins["all that one neuron reaches fire on one tick"] = (
                (times == reached) & (reached == widest)
            ).sum()
        if n > 1:
            bins["several neurons fire on one tick"] = (times > 1).sum()
            bins["a neuron's spike merges"] = (merge_line >= n).sum()
            bins["input 0 goes first after a clear, though it was not its turn"] = sum(
                after.arbiter.line[0] == 0 and before.arbiter.line[-1] < n - 1
                for before, after in pairwise(runs)
            )
        return bins


BENCH = RecurrentLayerBench
