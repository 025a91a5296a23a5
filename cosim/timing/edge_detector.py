"""Bench of the edge detector: the pending and the merged lines after every edge and every take."""

from collections import Counter
from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.timing.edge_detector import EdgeDetectorModel, EdgeDetectorParams

__all__ = ["BENCH", "EdgeDetectorBench"]


class EdgeDetectorBench(Bench):
    """A step is a tick of random levels and takes; how dense they are changes on the way."""

    rtl = EdgeDetector
    configs: ClassVar = {f"{n}": EdgeDetectorParams(inputs=n) for n in (1, 7, 16, 65)}
    varied: ClassVar = {"inputs": range(1, 40)}
    published = "1"
    checks = Checks(group="edge detector, delay cell", mutants=("7",), vectors=("7", 200))
    shown = "7"
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw flips and takes, each with a chance that is redrawn every 100 ticks."""
        n = self.params.inputs
        chances = rng.choice([0.0, 0.02, 0.2, 0.6], (2, -(-steps // 100)))
        flip, take = np.repeat(chances, 100, axis=1)[:, :steps, None]
        flips = rng.random((steps, n)) < flip
        flips[0] = True  # up as the reset ends
        level = np.logical_xor.accumulate(flips, axis=0)
        taken = rng.random((steps, n)) < take
        taken[-1] = False
        return rows_from_levels(self, {"level": level, "taken": taken})

    def inputs(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return levels and takes on every tick."""
        every = every_tick(rows)
        n = self.params.inputs
        return get_lines(every, "level", n), get_lines(every, "taken", n)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Ask the model tick by tick."""
        model = EdgeDetectorModel(self.params)
        words = [model.tick(*sampled) for sampled in zip(*self.inputs(rows), strict=True)]
        chosen = [(tick, word) for tick, word in enumerate(words, start=1) if word is not None]
        records = np.zeros(len(chosen), self.layout.record_dtype)
        for record, (tick, word) in zip(records, chosen, strict=True):
            record["tick"] = tick
            for name in word.dtype.names or ():
                record[name] = word[name]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Ask the model tick by tick, up to the one after the last row: inputs hold from there."""
        model = EdgeDetectorModel(self.params)
        level, taken = (np.vstack([lines, lines[-1:]]) for lines in self.inputs(rows))
        edge, merges, pending = (np.zeros_like(level) for _ in range(3))
        for k in range(len(level)):
            edge[k] = level[k] & ~model.level
            merges[k] = edge[k] & model.pending & ~taken[k]
            model.tick(level[k], taken[k])
            pending[k] = model.pending
        ticks = np.arange(1, len(level) + 1)
        return {
            "edges": through(edge),
            "merging": through(merges.any(axis=1)),
            "pending": held(ticks, pending),
            "merged": held(ticks, merges),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Edges and takes, alone and on one tick, on lines with and without a spike."""
        model = EdgeDetectorModel(self.params)
        hits: Counter[str] = Counter()
        for level, taken in zip(*self.inputs(rows), strict=True):
            edges, waiting = level & ~model.level, model.pending.copy()
            hits["an edge on an empty line"] += np.sum(edges & ~waiting & ~taken)
            hits["an edge merges"] += np.sum(edges & waiting & ~taken)
            hits["a take"] += np.sum(taken & waiting & ~edges)
            hits["a take of an empty line"] += np.sum(taken & ~waiting & ~edges)
            hits["edge and take of one waiting line on one tick"] += np.sum(taken & waiting & edges)
            hits["edge and take of one empty line on one tick"] += np.sum(taken & ~waiting & edges)
            if self.params.inputs > 1:
                hits["edges of several lines on one tick"] += edges.sum() > 1
                hits["an edge merges beside another's take"] += (
                    bool(np.any(edges & waiting & ~taken)) and bool(np.any(taken & waiting))
                )  # fmt: skip
            model.tick(level, taken)
        return {name: count for name, count in hits.items()}


BENCH = EdgeDetectorBench
