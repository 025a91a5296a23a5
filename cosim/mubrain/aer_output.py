"""Bench of the AER output: every rise and fall of the strobe, every address, every merge."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.stimulus import edges, rows_from_levels
from goldspike.cosim.bench.view import Group, View, Wave, high, lines_of
from goldspike.cosim.mubrain.multi_phase_oscillator import DELAYS
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.model.mubrain.aer_output import AerOutputModel, AerOutputParams
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

__all__ = ["BENCH", "AerOutputBench"]

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
PHASE_TICKS = 400


class AerOutputBench(Bench):
    """A step is a tick; single spikes, saturation and bursts take turns."""

    circuit = "mubrain/aer_output"
    rtl = AerOutput
    configs: ClassVar = {
        "1": AerOutputParams(lines=1),
        "7-fast": AerOutputParams(lines=7, hold=3, oscillator=FAST),
        "10": AerOutputParams(lines=10),
        "16-linear-short": AerOutputParams(lines=16, hold=1, policy=Policy.LINEAR),
        "65-long": AerOutputParams(lines=65, hold=9),
    }
    varied: ClassVar = {
        "lines": range(1, 30), "hold": range(1, 6), "policy": tuple(Policy), **DELAYS
    }  # fmt: skip
    published = "10"
    checks = Checks(group="AER input and output", mutants=("7-fast",))
    steps = 5000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw spikes with a density that changes in phases; in bursts, many on one tick."""
        n, period = self.params.lines, self.params.oscillator.period
        spikes = np.zeros((steps, n), bool)
        for number, first in enumerate(range(0, steps, PHASE_TICKS)):
            part = spikes[first : first + PHASE_TICKS]
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
        return rows_from_levels(self, {"spikes": spikes, "clear": np.zeros(steps, np.uint8)})

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Send the spikes seen."""
        model = AerOutputModel(self.params)
        return model.records(model.run(*edges(rows, "spikes", self.params.lines)))

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count merges on every kind of tick, events back to back, both ends of the lines."""
        n, period = self.params.lines, self.params.oscillator.period
        tick, line = edges(rows, "spikes", n)
        run = AerOutputModel(self.params).run(tick, line)
        falls = run.tick + self.params.hold
        bins = {
            "events back to back": (np.diff(run.tick) == period).sum(),
            "an event alone": (np.diff(run.tick) > 2 * period).sum(),
            "a spike merges": run.merge_tick.size,
            "a spike merges while the strobe is down": (records["strobe"] == 0).sum() - falls.size,
            "a spike on the tick on which the strobe falls": np.isin(tick, falls).sum(),
            "a spike on the tick of its line's event": np.isin(
                tick * n + line, run.tick * n + run.line
            ).sum(),
            "the first line": (run.line == 0).sum(),
            "the last line": (run.line == n - 1).sum(),
            "one line twice in a row": (np.diff(run.line) == 0).sum(),
        }
        if n > 1:
            bins["several spikes on one tick"] = tick.size - np.unique(tick).size
            bins["a spike merges on the tick of an event"] = np.isin(run.merge_tick, run.tick).sum()
        return {name: int(hits) for name, hits in bins.items()}

    def scenario(self, rng: np.random.Generator) -> np.ndarray:
        """Spike on three lines at once; later on one line twice, and again after its event."""
        n, period = self.params.lines, self.params.oscillator.period
        count = 9 * period
        spikes = np.zeros((count, n), bool)
        lines = self.lines()
        for line in lines:
            spikes[2, line] = True
        spikes[:, lines[0]] |= high(count, 3, 5 * period, 5 * period + 2, 6 * period + 5)
        return rows_from_levels(self, {"spikes": spikes, "clear": high(count)})

    def lines(self) -> list[int]:
        """Return the first, a middle and the last line."""
        n = self.params.lines
        return sorted({0, n // 3, n - 1})

    def view(self) -> View:
        """See a strobe of fixed length per spike."""
        return View(
            f"AER output, {self.params.lines} lines",
            "Stuijt 2021, Fig. 1B",
            (
                Group("Spikes of the last layer", lines_of("spikes", self.lines())),
                Group("Waiting", (Wave("arbiter.detector.pending", "pending", show="set"),)),
                Group("AER", (Wave("address", show="dec"), Wave("strobe", mark=False))),
                Group("Status", (Wave("merged", show="set"), Wave("busy"))),
            ),
        )


BENCH = AerOutputBench
