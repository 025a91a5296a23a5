"""How the spike arbiter in ``cell`` is driven, and the bins that a run must hit."""

from collections.abc import Sequence

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, apart, rows_from_pulses
from goldspike.cosim.bench.stimulus import edges
from goldspike.cosim.mubrain.shared.pulses import pulses_within
from goldspike.cosim.mubrain.stimuli.arbiter import bins
from goldspike.model.mubrain.arbiter import ArbiterModel
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams, Phase

__all__ = ["ArbiterStimulus", "spans_of"]

CLEARS = 6
"""Clears after everything else, each at rest, under spikes held and with a burst as it ends."""
TIES = 10
"""Directed groups per kind of tie."""


def spans_of(
    granted: np.ndarray, params: MultiPhaseOscillatorParams
) -> tuple[np.ndarray, np.ndarray]:
    """Return when the oscillations that make some grants begin and end."""
    before = params.load + params.select + params.access
    return granted - before, granted + params.recover


class ArbiterStimulus(CellBench):
    """A step is a spike at any picosecond; after directed ties, silence and saturation take turns.

    The spikes come from pulses of 1 ps to 200 ns.
    """

    steps = 30_000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw spikes whose density changes every 100 of them."""
        n, period = self.params.inputs, self.params.oscillator.period
        line, rise = self.ties(rng)
        blocks = -(-steps // 100)
        gap = np.repeat(rng.choice([0.0, 0.3, 0.9, 1.1, 5.0], blocks), 100)[:steps] * period
        gap[::100] = 3 * period  # so that blocks of saturation do not join for long
        start = rise[-1] + (n + 3) * period
        later = start + rng.exponential(gap + 0.02 * period).astype(np.int64).cumsum()
        line = np.concatenate([line, rng.integers(0, n, steps)])
        twin = np.flatnonzero(rng.random(steps) < 0.1)
        later[twin] = later[twin - 1]  # two at one picosecond
        rise = np.concatenate([rise, later])
        length = np.exp(rng.uniform(0, np.log(2 * period), rise.size)).astype(np.int64)
        spikes, clear = apart(line, rise, rise + length), np.zeros((3, 0), np.int64)
        for _ in range(CLEARS):
            few = rng.permutation(n)[: rng.integers(1, 4)]
            length = rng.integers(2, period, 2)
            *spikes, clear = self.cleared(rng, spikes, clear, few, length)
        return rows_from_pulses(self, {"spikes": spikes, "clear": clear})

    def cleared(
        self,
        rng: np.random.Generator,
        spikes: Sequence[np.ndarray],
        clear: np.ndarray,
        burst: np.ndarray,
        length: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        """Return spikes with a burst of them right after a clear at rest, and the clears.

        Some of the spikes served are still up, until within the clear or, without another, later.
        """
        line, rise, fall = spikes
        own = clear[2, -1] if clear.size else 0
        last = ArbiterModel(self.params).run(rise[rise >= own], line[rise >= own]).tick[-1]
        begin = max(int(last) + self.params.oscillator.recover, int(fall.max())) + 1
        end = begin + int(length[0])
        for held in rng.permutation(self.params.inputs)[: rng.integers(1, 4)]:
            own = np.flatnonzero(line == held)
            late = end if held in burst else end + int(length[1])
            fall[own[np.argmax(rise[own])] if own.size else own] = rng.integers(begin + 1, late)
        more = (burst, np.full(burst.size, end), np.full(burst.size, end + length[1]))
        joined = (np.concatenate(pair) for pair in zip(spikes, more, strict=True))
        return *joined, np.append(clear, [[0], [begin], [end]], axis=1)

    def ties(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes that come from rest, each with another at the picosecond of a phase."""
        n, period = self.params.inputs, self.params.oscillator.period
        first = np.arange(4 * TIES + 2) * (n + 3) * period + period
        line = rng.integers(0, n, first.size)
        line[:2] = 0, n - 1
        phase = np.tile(np.cumsum(self.params.oscillator.delays), TIES)
        other = rng.integers(0, n, phase.size)
        same = rng.random(phase.size) < 0.5
        other[same] = line[2:][same]
        return np.concatenate([line, other]), np.concatenate([first, first[2:] + phase])

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nothing is cleared while a spike is served."""
        oscillator = self.params.oscillator
        granted = expected["tick"][expected["phase"] == 1 << Phase.ACCESS]
        begins, ends = spans_of(granted, oscillator)
        return {"cleared at rest": pulses_within(rows, "clear", begins, ends)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count the spikes, and what the bench of ``tick`` counts until the first clear."""
        spikes, (clears, _) = edges(rows, "spikes", self.params.inputs)[0], edges(rows, "clear", 1)
        found = bins(self.params, rows[rows["tick"] < clears[0]], records)
        return {"spikes": spikes.size, "a clear": clears.size, **found}
