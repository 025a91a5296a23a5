"""Bench of the neuron in ``cell``: its potential after every strobe and clear, and its spikes."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, rows_from_levels_at
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, between, taken_up
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.mubrain import neuron
from goldspike.cosim.mubrain.shared.pulses import pulses, pulses_within
from goldspike.hdl.mubrain.cell.neuron import Neuron
from goldspike.model.mubrain.neuron import SPIKE_PS, NeuronModel

__all__ = ["BENCH", "NeuronBench"]

CHANGES = 8
"""The counters of the trace word are one byte each."""


class NeuronBench(CellBench):
    """A step is a tick of the bench of ``tick``, whose strobes and clears are spread over time."""

    rtl = Neuron
    configs: ClassVar = neuron.NeuronBench.configs
    varied: ClassVar = neuron.NeuronBench.varied
    published = "published"
    checks = Checks(waves=True)
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Let strobes last from 1 ps to 20 ns."""
        drawn = every_tick(neuron.NeuronBench("", self.params).stimulus(rng, steps))
        drawn = drawn[(drawn["strobe"] | drawn["clear"]) == 1]
        length = np.exp(rng.uniform(0, np.log(20_000), drawn.size)).astype(np.int64)
        gap = np.exp(rng.uniform(0, np.log(200_000), drawn.size)).astype(np.int64)
        before = rng.integers(1, 500, drawn.size)  # the weight is there before the strobe
        start = np.cumsum(before + 2 * length + SPIKE_PS + gap) - (before + length)
        start += SPIKE_PS
        time = np.stack([start - before, start, start + length], axis=1).ravel()
        held = np.repeat(drawn, 3)
        up = np.arange(held.size) % 3 == 1
        values = {name: held[name] for name in ("weight", "scale")}
        values["clear"] = held["clear"] * up
        values["strobe"] = held["strobe"] * up * (1 - held["clear"])
        return rows_from_levels_at(self, time, values)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Integrate at every rising edge; a spike follows."""
        model, records = NeuronModel(self.params), []
        strobes, clears = (rises(rows[name]) for name in ("strobe", "clear"))
        weights = neuron.NeuronBench("", self.params).weights(rows)
        for k in np.flatnonzero(strobes | clears):
            time, strobe, clear = int(rows["tick"][k]), bool(strobes[k]), bool(clears[k])
            scale = bool(rows["scale"][k])
            fired = model.tick(int(weights[k]), strobe=strobe, scale=scale, clear=clear)
            records.append((time, model.potential[0], 0))
            if fired:
                records.append((time + SPIKE_PS, model.potential[0], 1))
        return np.array(records, self.params.trace.record_dtype)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared from a strobe to the end of its spike."""
        begins, ends = pulses(rows, "strobe")
        return {
            "no clear from a strobe to the end of its spike": pulses_within(
                rows, "clear", begins, ends + SPIKE_PS
            )
        }

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read the spikes off their counter; each event counts once."""
        counts = [np.diff(records[name], prepend=0) for name in ("strobes", "clears", "spikes")]
        fired = counts[2].astype(np.uint8)
        fired[sum(counts) % (1 << CHANGES) != 1] = 255  # two events at once, or one of no length
        return self.like_the_model(records, fired=fired)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the potential; a spike lasts as long as its strobe."""
        fired = expected["tick"][expected["fired"] == 1]
        level = rows["strobe"].astype(int)
        falls = rows["tick"][np.diff(level, prepend=0) < 0] + SPIKE_PS
        ends = falls[np.searchsorted(falls, fired, side="right")]
        return {
            "potential": taken_up(expected["tick"], expected["potential"]),
            "fire": between(fired, ends),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both borders, both ends of the weights, spikes in a row."""
        fired = records["tick"][records["fired"] == 1] - SPIKE_PS
        strobes, clears = (np.flatnonzero(rises(rows[name])) for name in ("strobe", "clear"))
        weight = neuron.NeuronBench("", self.params).weights(rows)[strobes]
        turn = np.searchsorted(rows["tick"][strobes], fired)
        events = records[records["fired"] == 0]
        length = rows["tick"][strobes + 1] - rows["tick"][strobes]
        bins = {
            "fires": fired.size,
            "does not fire after a spike": (np.diff(turn) > 1).sum(),
            "falls to zero": (
                (events["potential"][1:] == 0) & (events["potential"][:-1] > 0)
            ).sum(),
            "a clear": clears.size,
            "the largest weight": (weight == self.params.largest_weight).sum(),
            "the lowest weight": (weight == weight.min()).sum(),
            "with scale": rows["scale"][strobes].sum(),
            "without scale": (1 - rows["scale"][strobes]).sum(),
            "a strobe shorter than the spike takes": (length < SPIKE_PS).sum(),
            "a strobe longer than the spike takes": (length > SPIKE_PS).sum(),
        }
        most = self.params.largest_weight << self.params.scale_shift
        if 2 * most > self.params.threshold:  # the remainder and the largest weight
            bins["fires twice in a row"] = (np.diff(turn) == 1).sum()
        return bins


def rises(level: np.ndarray) -> np.ndarray:
    """Return on which rows a one-bit input rises."""
    before = np.concatenate([[0], level[:-1]])
    return (level == 1) & (before == 0)


BENCH = NeuronBench
