"""One stimulus of a bench, and what is expected: replayed on any compiled form of its circuit.

The golden model runs once, however many forms are replayed: the circuit itself, its netlists, its
mutants, the circuit with coverage points.
"""

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pins import tidy
from goldspike.cosim.bench.scoreboard import (
    Mismatch,
    as_parts,
    compare,
    compare_pins,
    expected_pins,
    judge,
    last_tick,
)
from goldspike.cosim.simulator.batch import NOISE_ROWS, BatchSimulator
from goldspike.cosim.simulator.build import Simulator

__all__ = ["Replay"]

BREAKS = 4
"""Resets in the middle of a run that come before the run itself: after rows, and after records."""

ALIKE = 256
"""Rows in turn that are alike, so many of them, are a pause, in which a reset meets nothing."""

PIECES, SHORT = 8, 64
"""Of a self-timed circuit's stimulus, each before a reset; and the records looked at after it."""

RESETS = 3
"""Of a circuit that is to keep what it has, in one run."""

SETTLED = 2
"""The tick after a reset from which on pins are as without it, where nothing was taken away."""


class Replay:
    """A bench with one stimulus.

    Parameters
    ----------
    job : Bench
    rows : structured array
        The stimulus.

    Attributes
    ----------
    expected : structured array, or dict of str to them
        The golden model's records.
    end : int
        The last tick to simulate: nothing is expected any more.
    """

    def __init__(self, job: Bench, rows: np.ndarray) -> None:
        self.job, self.rows = job, rows
        self.expected: Any = job.expect(rows)
        self.parts = as_parts(self.expected)
        self.end = last_tick(rows, self.expected) + job.idle

    @classmethod
    def drawn(cls, job: Bench, seed: int, steps: int) -> "Replay":
        """Return the replay of a random stimulus."""
        return cls(job, job.stimulus(np.random.default_rng(seed), steps))

    @cached_property
    def pins(self) -> tuple[np.ndarray, np.ndarray]:
        """What is expected of the output pins, and which of their bits are free."""
        return expected_pins(self.job, self.rows, self.expected)

    @cached_property
    def driven(self) -> list[int]:
        """Ticks of rows in the first quarter, pauses apart, after which a reset comes."""
        busy = self.rows["tick"][moving(self.rows)]
        return busy[np.linspace(0, busy.size // 4, BREAKS).astype(int)].tolist()

    def simulator(self, compiled: Simulator, patience: int | None = None) -> BatchSimulator:
        """Return a fresh simulator of a compiled form of the circuit."""
        return BatchSimulator(
            self.job.make(), self.job.layout, simulator=compiled, patience=patience
        )

    def play(self, simulator: BatchSimulator) -> np.ndarray:
        """Run until nothing is expected any more; return the records. The output pins are noted.

        Before that come short runs that a reset breaks off at different moments, each with the
        beginning of the run after it; another, half as long, has the whole run after it. If one of
        these beginnings is another, it is what is returned. The moments are those of records and of
        rows, loads included. A circuit that is to keep what it has over a reset runs once more,
        with resets in between.

        A self-timed circuit has its reset only as it is made. So it is made some times, after
        pieces of its stimulus, and again with the beginning of the run after each.
        """
        simulator.watched = True
        beginnings: list[tuple[np.ndarray, np.ndarray]] = []
        ticks = np.unique(np.concatenate([part["tick"] for part in self.parts.values()]))
        first = int(ticks[ticks.size // 16]) if ticks.size else -1
        if self.job.restarts and ticks.size:
            places = np.linspace(ticks.size // 16, ticks.size // 4, BREAKS)[:-1].astype(int)
            for moment in (*self.driven, *ticks[places].tolist()):
                self.until(simulator, moment)
                simulator.reset()
                beginnings.append((self.until(simulator, first), simulator.pins))
                simulator.reset()
            self.until(simulator, int(ticks[ticks.size // 2]))
            simulator.reset()
        elif self.rows.size > NOISE_ROWS and not simulator.ports.clocked:
            first = int(ticks[min(ticks.size - 1, SHORT)]) if ticks.size else first
            for place in np.linspace(0, self.rows.size - NOISE_ROWS, PIECES).astype(int):
                simulator.renew(self.rows[place : place + NOISE_ROWS])
                beginnings.append((self.until(simulator, first), simulator.pins))
            simulator.renew()
        records = simulator.run(self.rows, self.end)
        whole = simulator.pins
        shown = [whole]
        for beginning, pins in beginnings:
            if beginning.tobytes() != records[records["tick"] <= first].tobytes():
                return beginning
            other = pins[pins["tick"] <= first].tobytes()
            same = other == whole[whole["tick"] <= first].tobytes()
            if not same and compare_pins(self.pins, pins, first):
                shown.append(pins)
        if self.job.outlasts:
            simulator.reset()
            interrupted, pins = self.interrupted(simulator)
            records = records if interrupted.tobytes() == records.tobytes() else interrupted
            if compare_pins(self.pins, pins, self.end):
                shown.append(pins)
        simulator.pins = shown[-1]
        return records

    def interrupted(self, simulator: BatchSimulator) -> tuple[np.ndarray, np.ndarray]:
        """Run with some resets on the way; return the records, and what the output pins do.

        On the tick after a reset they are taken to do what is expected.
        """
        safe = np.flatnonzero(self.rows[self.job.outlasts])
        places = safe[safe.size * np.arange(1, RESETS + 1) // (RESETS + 1)]
        resets = np.unique(self.rows["tick"][places]) - 1
        records, pins = [], []
        for begin, end in pairwise([0, *resets[resets > 0].tolist(), self.end]):
            rows = self.rows[(self.rows["tick"] > begin) & (self.rows["tick"] <= end)]
            if begin:
                simulator.reset(quiet=True)
                pins.append(pins_at(self.pins[0], begin + 1))
            rows["tick"] -= begin
            records.append(simulator.run(rows, end - begin))
            pins.append(simulator.pins)
            if begin:
                pins[-1]["tick"] = np.maximum(pins[-1]["tick"], SETTLED)
            records[-1]["tick"] += begin
            pins[-1]["tick"] += begin
        return np.concatenate(records), tidy(np.concatenate(pins))

    def until(self, simulator: BatchSimulator, tick: int) -> np.ndarray:
        """Run up to a tick; return the records."""
        return simulator.run(self.rows[self.rows["tick"] <= tick], tick)

    def compare(self, simulator: BatchSimulator, records: np.ndarray) -> Mismatch | None:
        """Return the first difference of the records and pins of a run that is over."""
        wrong = compare(self.parts, self.job.split(records))
        return wrong or compare_pins(self.pins, simulator.pins, self.end)

    def run(self, simulator: BatchSimulator) -> dict[str, Any]:
        """Play; return records compared, ticks, coverage, and the first mismatch."""
        records = self.play(simulator)
        return judge(
            self.job, self.rows, self.expected, records, self.end, simulator.pins, lambda: self.pins
        )


def moving(rows: np.ndarray) -> np.ndarray:
    """Return which rows are not in the middle of a pause: bool (rows,)."""
    names = [name for name in rows.dtype.names or () if name != "tick"]
    fresh = np.ones(rows.size, bool)
    fresh[1:] = np.any(
        [(rows[name][1:] != rows[name][:-1]).reshape(rows.size - 1, -1).any(1) for name in names],
        axis=0,
    )
    run = np.cumsum(fresh) - 1
    return fresh | (np.bincount(run)[run] < ALIKE)


def pins_at(pins: np.ndarray, tick: int) -> np.ndarray:
    """Return what pins do on a tick, as the record of that tick."""
    place = np.searchsorted(pins["tick"], tick, side="right") - 1
    record = pins[place : place + 1].copy()
    record["tick"] = tick
    return record
