"""Bench of the layer in ``cell``: every potential after every integration, spikes and merges."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import (
    PICOSECONDS,
    CellBench,
    apart,
    changes,
    rows_from_pulses,
)
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, between
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.mubrain.cell.arbiter import oscillating_between, spans_of
from goldspike.cosim.mubrain.cell.neuron import rises
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.cosim.mubrain.shared.pulses import hold_over, pulses, pulses_within
from goldspike.cosim.mubrain.weight_memory import signed
from goldspike.hdl.mubrain.cell.layer import Layer
from goldspike.model.mubrain.arbiter import ArbiterModel, Policy
from goldspike.model.mubrain.layer import INTEGRATE_PS, LayerModel, LayerParams, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import (
    OSCILLATION_100NS,
    MultiPhaseOscillatorParams,
)
from goldspike.model.mubrain.neuron import SPIKE_PS
from goldspike.model.mubrain.weight_memory import WeightMemoryModel, loading_order

__all__ = ["BENCH", "LayerBench"]

SAMPLES = 4
UNEVEN = MultiPhaseOscillatorParams(load=9_877, select=45_678, access=12_345, recover=3)
STEP = 4_000
"""Picoseconds per weight while loading."""


class LayerBench(CellBench):
    """A step is a spike; loads, clears and the drain of what waits come on top."""

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
    steps = 4000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw samples: load, clear, spikes, drain; every other one keeps the weights.

        The reset stands for the clear of the first one. Spikes of a sample stay up through load and
        clear of the next one.
        """
        parts, start = [], 10_000
        for k in range(SAMPLES):
            part = self.sample(rng, steps // SAMPLES, start, loads=k % 2 == 0, scaled=k > 1)
            part["clear"] *= k > 0
            parts.append(part)
            start = int(parts[-1]["tick"][-1]) + 10_000
        rows = np.concatenate(parts)
        for cleared in pulses(rows, "clear")[1]:
            until = int(np.searchsorted(rows["tick"], cleared))
            hold_over(rng, rows, "spikes", self.params.inputs, until)
        return rows

    def sample(
        self, rng: np.random.Generator, spikes: int, start: int, *, loads: bool, scaled: bool
    ) -> np.ndarray:
        """Return the rows of one sample, from `start` to the first picosecond of rest."""
        n, period = self.params.inputs, self.params.oscillator.period
        total = n * self.params.neurons if loads else 0
        first = start + total * STEP + 2_000
        gap = np.repeat(rng.choice([0.3, 1.0, 4.0], -(-spikes // 50)), 50)[:spikes] * period
        rise = first + 1 + rng.exponential(gap).astype(np.int64).cumsum()
        line = rng.integers(0, n, spikes)
        line[:2], rise[1] = (n - 1, 0), rise[0]  # input 0 goes first: the search has started again
        length = np.exp(rng.uniform(0, np.log(period), spikes)).astype(np.int64)
        line, rise, fall = apart(line, rise, rise + length)
        last = int(ArbiterModel(self.params.arbiter).run(rise, line).tick[-1]) + 2 * period
        load = start + STEP * np.arange(total)
        turn = first + rng.integers(1, 3 * period, spikes).cumsum()
        turn = np.unique(turn[turn < last])[: turn.size // 2 * 2]
        early = np.array([start - 1, first - 1])[: 2 * scaled]  # up while it loads and clears
        turn = np.append(early, turn[: turn.size // 2 * 2])
        clear = np.array([start + total * STEP - 5 * STEP // 8 * loads])  # the last load rises
        rows = rows_from_pulses(
            self,
            {
                "spikes": (line, rise, fall),
                "scale": (0 * turn[::2], turn[::2], turn[1::2]),
                "load": (0 * load, load + STEP // 2, load + STEP - 1),
                "clear": (0 * clear, clear, clear + 1_000),
            },
            last=last,
        )
        bits = self.params.neuron.weight_bits
        weight = loading_order(rng.integers(-3, 8, (n, self.params.neurons)))[:total]
        place = np.maximum(np.searchsorted(load, rows["tick"], side="right") - 1, 0)
        rows["weight"] = np.append(weight, 0)[place] & (1 << bits) - 1
        return self.ahead(rows, load)

    def ahead(self, rows: np.ndarray, load: np.ndarray) -> np.ndarray:
        """Return the rows with each weight there as its step begins, before its load rises."""
        index = np.searchsorted(rows["tick"], load, side="left")
        before = rows[index] if load.size else rows[:0]
        before = before.copy()
        before["tick"], before["load"] = load, 0
        return np.sort(np.concatenate([before, rows]), order="tick", kind="stable")

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared or loaded while a spike is served or sent."""
        granted = expected["tick"][expected["integrated"] == 1] - INTEGRATE_PS
        begins, ends = spans_of(granted.astype(np.int64), self.params.oscillator)
        ends += INTEGRATE_PS + SPIKE_PS
        return {
            asked: pulses_within(rows, name, begins, ends)
            for asked, name in (("cleared at rest", "clear"), ("loaded at rest", "load"))
        }

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
