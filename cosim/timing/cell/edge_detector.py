"""Bench of the edge detector in ``cell``: what is pending after every edge and every take."""

from collections import Counter
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.cell_bench import CellBench, apart, changes, rows_from_pulses
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, taken_up
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.hdl.timing.cell.edge_detector import EdgeDetector
from goldspike.model.timing.edge_detector import EdgeDetectorModel, EdgeDetectorParams

__all__ = ["BENCH", "EdgeDetectorBench"]


class EdgeDetectorBench(CellBench):
    """A step is a pulse on some line, of a spike or of a take, of 1 ps and more."""

    rtl = EdgeDetector
    configs: ClassVar = {f"{n}": EdgeDetectorParams(inputs=n) for n in (1, 7, 16, 65)}
    varied: ClassVar = {"inputs": range(1, 40)}
    published = "1"
    checks = Checks(mutants=("7",))
    shown = "7"
    steps = 4000
    within_ticks = ("edge", "merging")

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw pulses; a third of the takes come at the very picosecond of an edge."""
        spikes = self.pulses(rng, rng.integers(1, 1000, steps // 2).cumsum())
        takes = self.pulses(rng, rng.integers(1, 1000, steps // 2).cumsum())
        chosen = rng.random(takes[0].size) < 0.35
        chosen = np.flatnonzero(chosen)[: spikes[0].size]
        line, rise, fall = (column.copy() for column in takes)
        partner = rng.integers(0, spikes[0].size, chosen.size)
        line[chosen], rise[chosen] = spikes[0][partner], spikes[1][partner]
        fall[chosen] = rise[chosen] + 1 + rng.integers(0, 3, chosen.size)
        return rows_from_pulses(
            self,
            {
                "level": apart(*spikes),
                "taken": apart(line, rise, fall),
            },
        )

    def pulses(self, rng: np.random.Generator, rise: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return random lines and lengths for pulses that rise at `rise`."""
        line = rng.integers(0, self.params.inputs, rise.size)
        length = rng.choice([1, 2, 100, 2000], rise.size)
        return line, rise, rise + length

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Ask the model whenever an input changes."""
        model, records = EdgeDetectorModel(self.params, tie_merges=True), []
        for time, level, taken in self.inputs(rows):
            word = model.tick(level, taken)
            if word is not None:
                records.append((time, word["pending"], word["merged"]))
        return np.array(records, self.compared.record_dtype)

    def inputs(self, rows: np.ndarray) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """Return every time with the levels and the lines whose take rises."""
        n = self.params.inputs
        level, taken = get_lines(rows, "level", n), get_lines(rows, "taken", n)
        takes = taken & ~np.vstack([np.zeros((1, n), bool), taken[:-1]])
        return list(zip(rows["tick"].tolist(), level, takes, strict=True))

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Read merges off their lines."""
        return self.like_the_model(records, merged=changes(records["merges"]))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the spikes that wait."""
        return {"pending": taken_up(expected["tick"], expected["pending"])}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Edges and takes, alone and at one picosecond, on lines with and without a spike."""
        model = EdgeDetectorModel(self.params, tie_merges=True)
        hits: Any = Counter()
        for _, level, taken in self.inputs(rows):
            edges, waiting = level & ~model.level, model.pending.copy()
            hits["an edge on an empty line"] += np.sum(edges & ~waiting & ~taken)
            hits["an edge merges"] += np.sum(edges & waiting & ~taken)
            hits["a take"] += np.sum(taken & waiting & ~edges)
            hits["a take of an empty line"] += np.sum(taken & ~waiting & ~edges)
            hits["edge and take of one waiting line"] += np.sum(taken & waiting & edges)
            hits["edge and take of one empty line"] += np.sum(taken & ~waiting & edges)
            model.tick(level, taken)
        high = np.diff(np.append(rows["tick"], rows["tick"][-1] + 1))
        hits["something lasts for one picosecond"] += int((high == 1).sum())
        return {name: count for name, count in hits.items()}


BENCH = EdgeDetectorBench
