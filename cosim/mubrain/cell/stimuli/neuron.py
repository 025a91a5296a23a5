"""How the neuron in ``cell`` is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, rows_from_levels_at
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.mubrain import neuron
from goldspike.cosim.mubrain.shared.pulses import pulses, pulses_within
from goldspike.model.mubrain.neuron import SPIKE_PS

__all__ = ["NeuronStimulus", "rises"]


class NeuronStimulus(CellBench):
    """A step is a tick of the bench of ``tick``, whose strobes and clears are spread over time."""

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared from a strobe to the end of its spike."""
        begins, ends = pulses(rows, "strobe")
        return {
            "no clear from a strobe to the end of its spike": pulses_within(
                rows, "clear", begins, ends + SPIKE_PS
            )
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
