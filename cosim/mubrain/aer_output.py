"""Bench of the AER output: every rise and fall of the strobe, every address, every merge."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import at_rest, edges, rows_from_levels, spans, up
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS, oscillating
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.model.mubrain.aer_output import AerOutputModel, AerOutputParams
from goldspike.model.mubrain.arbiter import ArbiterRun, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

__all__ = ["BENCH", "AerOutputBench", "sending", "sending_busy"]

SLOW = MultiPhaseOscillatorParams(load=100, select=60, access=50, recover=47)
FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
PHASE_TICKS = 400
CLEARS = 9
"""Clears after everything else, each at rest and with a burst on its tick or soon after."""


def sending(sent: np.ndarray, line: np.ndarray, params: AerOutputParams) -> Pins:
    """Return address and strobe of events; the address keeps until the next one."""
    return {
        "address": held(sent, line),
        "strobe": strobes(spans(sent + 1, sent + params.hold)),
    }


def sending_busy(sent: np.ndarray, params: AerOutputParams) -> np.ndarray:
    """Return the ticks on which an AER output that sends these events has something under way."""
    up = spans(sent + 1, sent + params.hold)
    return np.concatenate([oscillating(sent, params.oscillator), up])


class AerOutputBench(Bench):
    """A step is a tick; single spikes, saturation and bursts take turns."""

    rtl = AerOutput
    configs: ClassVar = {
        "1": AerOutputParams(lines=1),
        "7-fast": AerOutputParams(lines=7, hold=3, oscillator=FAST),
        "10": AerOutputParams(lines=10),
        "16-linear-short": AerOutputParams(lines=16, hold=1, policy=Policy.LINEAR),
        "65-long": AerOutputParams(lines=65, hold=9),
        "512-fast": AerOutputParams(lines=512, hold=3, oscillator=FAST),
        "3-longest": AerOutputParams(lines=3, hold=256, oscillator=SLOW),
    }
    varied: ClassVar = {
        "lines": range(1, 30), "hold": range(1, 6), "policy": tuple(Policy), **DELAYS
    }  # fmt: skip
    published = "10"
    checks = Checks(
        group="AER input and output",
        mutants=("7-fast",),
        exclusions=(
            Exclusion(
                "bits",
                r"AerOutput\.merged\[([2-9]\d|1\d\d|[2-4]\d\d|18|5[01]\d)\]",
                "one line in many merges by chance; of up to 16 every one does",
            ),
        ),
    )
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

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Send the spikes seen; the address keeps over a clear."""
        model, parts, address = AerOutputModel(self.params), [], 0
        for run in self.runs(rows):
            records = model.records(run)
            none_yet = np.cumsum(records["strobe"]) == 0
            records["address"][none_yet] = address
            address = records["address"][-1] if records.size else address
            parts.append(records)
        return np.concatenate(parts)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow strobe, address and merges; busy with any of them, and while it is cleared."""
        merged = expected[expected["merged"].any(axis=1)]
        runs = self.runs(rows)
        sent = np.concatenate([run.tick for run in runs])
        line = np.concatenate([run.line for run in runs])
        busy = sending_busy(sent, self.params)
        at_rest(rows, busy, "clear")
        return {
            **sending(sent, line, self.params),
            "merged": strobes(merged["tick"] + 1, merged["merged"]),
            "busy": strobes(np.concatenate([busy, up(rows, "clear")])),
        }

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


BENCH = AerOutputBench
