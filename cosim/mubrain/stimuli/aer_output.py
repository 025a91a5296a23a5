"""How the AER output is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import edges, rows_from_levels, up
from goldspike.model.mubrain.aer_output import AerOutputModel
from goldspike.model.mubrain.arbiter import ArbiterRun

__all__ = ["AerOutputStimulus"]

PHASE_TICKS = 400
CLEARS = 9
"""Clears after everything else, each at rest and with a burst on its tick or soon after."""


class AerOutputStimulus(Bench):
    """A step is a tick; single spikes, saturation and bursts take turns."""

    steps = 5000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw spikes with a density that changes in phases; in bursts, many on one tick."""
        n, period = self.params.lines, self.params.oscillator.period
        block = max(PHASE_TICKS, 40 * period)
        steps = max(steps, 5 * block)
        spikes = np.zeros((steps, n), bool)
        for number, first in enumerate(range(0, steps, block)):
            part = spikes[first : first + block]
            density = (0.1, 3.0, 0.8, 0.0)[number % 4]
            part[:] = rng.random(part.shape) < density / (n * period)
            if density == 0.1:  # a single line, over and over
                part[:, rng.integers(n)] |= rng.random(len(part)) < 1.5 / period
                continue
            burst = rng.random(n) < 8 / n
            gap = rng.integers(2, 20) if density else 3
            tick = len(part) - 50
            part[[tick, tick + gap]] |= burst  # the second one mostly merges
        spikes[1:] &= ~spikes[:-1]  # a low of a tick at least
        spikes[-1] = False
        clear = np.zeros(steps, bool)
        for k in range(CLEARS):
            few = rng.permutation(n)[: rng.integers(1, 4)]
            spikes, clear = self.cleared(spikes, clear, (np.array([0, n - 1]), few)[k % 2], k % 3)
        return rows_from_levels(self, {"spikes": spikes, "clear": clear})

    def cleared(
        self, spikes: np.ndarray, clear: np.ndarray, burst: np.ndarray, late: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes and clears with one more clear at rest, and a burst `late` ticks later."""
        count, rest = len(spikes), len(spikes)
        sent = self.runs(rows_from_levels(self, {"spikes": spikes, "clear": clear}))[-1].tick
        if sent.size:
            rest = max(rest, int(sent[-1]) + self.params.oscillator.period)
        oscillator = self.params.oscillator
        length = rest + oscillator.period + self.params.hold + 6 - count
        more = np.zeros((length, self.params.lines), bool)
        spike = rest + late - count
        more[spike, burst] = True
        sent = spike + oscillator.load + oscillator.select + oscillator.access
        if oscillator.period > 4:  # the last one merges as the first one is sent
            more[sent, burst[-1]] = True
            more[sent + self.params.hold, burst[0]] = True  # as its strobe falls
        clears = np.arange(count, count + len(more)) == rest
        return np.concatenate([spikes, more]), np.concatenate([clear, clears])

    def runs(self, rows: np.ndarray) -> list[ArbiterRun]:
        """Send the spikes seen, starting over at every clear."""
        tick, line = edges(rows, "spikes", self.params.lines)
        parts = np.split(np.arange(tick.size), np.searchsorted(tick, up(rows, "clear")))
        return [AerOutputModel(self.params).run(tick[k], line[k]) for k in parts]

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count merges on every kind of tick, events back to back, both ends of the lines."""
        n, period = self.params.lines, self.params.oscillator.period
        tick, line = edges(rows, "spikes", n)
        runs = self.runs(rows)
        sent = np.concatenate([run.tick for run in runs])
        given = np.concatenate([run.line for run in runs])
        merged = np.concatenate([run.merge_tick for run in runs])
        falls = sent + self.params.hold
        bins = {
            "events back to back": (np.diff(sent) == period).sum(),
            "an event alone": (np.diff(sent) > 2 * period).sum(),
            "a spike merges": merged.size,
            "a spike merges while the strobe is down": (records["strobe"] == 0).sum() - falls.size,
            "a spike on the tick on which the strobe falls": np.isin(tick, falls).sum(),
            "a spike on the tick of its line's event": np.isin(
                tick * n + line, sent * n + given
            ).sum(),
            "the first line": (given == 0).sum(),
            "the last line": (given == n - 1).sum(),
            "one line twice in a row": (np.diff(given) == 0).sum(),
        }
        if n > 1:
            bins["several spikes on one tick"] = tick.size - np.unique(tick).size
            bins["a spike merges on the tick of an event"] = np.isin(merged, sent).sum()
        return bins
