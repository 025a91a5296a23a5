"""How the layer in ``cell`` is driven."""

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, apart, rows_from_pulses
from goldspike.cosim.mubrain.cell.stimuli.arbiter import spans_of
from goldspike.cosim.mubrain.shared.pulses import hold_over, pulses, pulses_within
from goldspike.model.mubrain.arbiter import ArbiterModel
from goldspike.model.mubrain.layer import INTEGRATE_PS
from goldspike.model.mubrain.neuron import SPIKE_PS
from goldspike.model.mubrain.weight_memory import loading_order

__all__ = ["STEP", "LayerStimulus"]

SAMPLES = 4
STEP = 4_000
"""Picoseconds per weight while loading."""


class LayerStimulus(CellBench):
    """A step is a spike; loads, clears and the drain of what waits come on top."""

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared or loaded while a spike is served or sent."""
        granted = expected["tick"][expected["integrated"] == 1] - INTEGRATE_PS
        begins, ends = spans_of(granted.astype(np.int64), self.params.oscillator)
        ends += INTEGRATE_PS + SPIKE_PS
        return {
            asked: pulses_within(rows, name, begins, ends)
            for asked, name in (("cleared at rest", "clear"), ("loaded at rest", "load"))
        }
