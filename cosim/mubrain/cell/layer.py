"""Bench of the layer in ``cell``: every potential after every integration, spikes and merges."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import PICOSECONDS, changes
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, between
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.mubrain.cell.arbiter import oscillating_between
from goldspike.cosim.mubrain.cell.stimuli.layer import STEP, LayerStimulus
from goldspike.cosim.mubrain.cell.stimuli.neuron import rises
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.cosim.mubrain.stimuli.weight_memory import signed
from goldspike.hdl.mubrain.cell.layer import Layer
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.layer import INTEGRATE_PS, LayerModel, LayerParams, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorParams,
)
from goldspike.model.mubrain.neuron import SPIKE_PS
from goldspike.model.mubrain.weight_memory import WeightMemoryModel

__all__ = ["BENCH", "LayerBench"]

UNEVEN = MultiPhaseOscillatorParams(load=9_877, select=45_678, access=12_345, recover=3)


class LayerBench(LayerStimulus):
    """Layers of one neuron to ten, with either policy."""

    rtl = Layer
    configs: ClassVar = {
        "1x1": LayerParams(inputs=1, neurons=1, oscillator=OSCILLATION_100NS),
        "7x3-linear": LayerParams(inputs=7, neurons=3, policy=Policy.LINEAR, oscillator=UNEVEN),
        "7x3": LayerParams(inputs=7, neurons=3, oscillator=UNEVEN),
        "16x10": LayerParams(inputs=16, neurons=10, oscillator=OSCILLATION_100NS),
    }
    varied: ClassVar = {
        "inputs": range(1, 10), "neurons": range(1, 5), "policy": tuple(Policy),
        **dict.fromkeys(DELAYS, PICOSECONDS),
    }  # fmt: skip
    published = "16x10"
    checks = Checks(mutants=("7x3",))
    shown = "7x3-linear"

    def runs(self, rows: np.ndarray) -> list[tuple[LayerModel, LayerRun]]:
        """Run the samples seen."""
        tick, line = edges(rows, "spikes", self.params.inputs)
        memory = WeightMemoryModel(self.params.weights)
        raw = signed(rows["weight"], self.params.neuron.weight_bits)
        loads = np.flatnonzero(rises(rows["load"]))
        clears = np.append(tick[:1], rows["tick"][rises(rows["clear"])])
        scale = (rows["tick"], rows["scale"] == 1)
        results, loaded = [], 0
        for first, end in zip(clears, [*clears[1:], 1 << 62], strict=True):
            upto = int(np.searchsorted(rows["tick"][loads], first + STEP))  # one comes with a clear
            for place in loads[loaded:upto]:
                memory.shift(int(raw[place]))
            loaded = upto
            own = (tick >= first) & (tick < end)
            model = LayerModel(
                self.params, memory.weights.copy(), integrate=INTEGRATE_PS, spike=SPIKE_PS
            )
            results.append((model, model.run(tick[own], line[own], scale=scale, traced=True)))
        return results

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Run the samples seen; `source` keeps over a clear."""
        parts, source = [], 0
        for model, run in self.runs(rows):
            records = model.records(run)
            records["source"][np.cumsum(records["integrated"]) == 0] = source
            source = records["source"][-1]
            parts.append(records)
        return np.concatenate(parts)

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read events off the bits that change; a clear, which zeroes all potentials, is none."""
        integrated = np.diff(records["integrations"], prepend=0).astype(np.uint8)
        fired, merged = changes(records["spikes"]), changes(records["merges"])
        event = (integrated != 0) | fired.any(axis=1) | merged.any(axis=1)
        decoded = self.like_the_model(records, integrated=integrated, fired=fired, merged=merged)
        return decoded[event | records["potential"].any(axis=1)]

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the spikes, which last as long as the grants that made them."""
        oscillator = self.params.oscillator
        fired = expected[expected["fired"].any(axis=1)]
        granted = expected["tick"][expected["integrated"] == 1] - INTEGRATE_PS
        ends = fired["tick"] + oscillator.recover
        return {
            "fired": between(fired["tick"], ends, fired["fired"]),
            "busy": oscillating_between(granted, oscillator),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count spikes, merges, both levels of the scale, clears of potentials."""
        n, runs = self.params.inputs, self.runs(rows)
        grant = np.concatenate([run.arbiter.tick for _, run in runs])
        merge = np.concatenate([run.arbiter.merge_tick for _, run in runs])
        fired = np.concatenate([run.tick for _, run in runs])
        level = rows["scale"][np.searchsorted(rows["tick"], grant) - 1]
        integrated = records[records["integrated"] == 1]
        bins = {
            "a grant of the first source": (integrated["source"] == 0).sum(),
            "a grant of the last source": (integrated["source"] == n - 1).sum(),
            "with scale": level.sum(),
            "without scale": (1 - level).sum(),
            "a neuron fires": fired.size,
            "no neuron fires": integrated.size - np.unique(fired).size,
            "a spike merges": merge.size,
            "a clear of a potential": sum(run.potential.any() for _, run in runs[:-1]),
        }
        if self.params.neurons > 1:
            bins["several neurons fire at once"] = fired.size - np.unique(fired).size
        return bins


BENCH = LayerBench
