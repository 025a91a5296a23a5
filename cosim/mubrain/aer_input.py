"""Bench of the AER input: every event, valid or not, becomes what its address says."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import edges, every_tick, rows_from_levels
from goldspike.hdl.mubrain.aer_input import AerInput
from goldspike.model.mubrain.aer_input import AerInputModel, AerInputParams

__all__ = ["BENCH", "AerInputBench"]

PHASE_TICKS = 300


class AerInputBench(Bench):
    """A step is a tick; long strobes, the fastest ones and silence take turns."""

    rtl = AerInput
    configs: ClassVar = {str(n): AerInputParams(lines=n) for n in (1, 2, 7, 65, 256, 1000, 1024)}
    varied: ClassVar = {"lines": (*range(1, 80), 1023, 1024)}
    published = "256"
    checks = Checks(group="AER input and output", gates="65", mutants=("7",))
    shown = "7"
    steps = 2400

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw the strobe's highs and lows, and an address that may change at any tick."""
        parts = []
        for k in range(-(-steps // PHASE_TICKS)):
            high, low = [(1, 1), (5, 3), (1, 12), (2, 2)][k % 4]
            lengths = rng.integers(1, np.array([high, low] * PHASE_TICKS) + 1)
            part = np.repeat(np.arange(lengths.size) % 2 == 0, lengths)  # up as the reset ends
            parts.append(part[:PHASE_TICKS])
        strobe = np.concatenate(parts)[:steps].astype(np.uint8)
        strobe[-1] = 0
        room = 1 << self.params.address_bits
        address = rng.integers(0, room, steps)
        ends = rng.random(steps) < 0.3
        borders = [0, self.params.lines - 1, min(self.params.lines, room - 1), room - 1]
        address[ends] = rng.choice(borders, ends.sum())
        kept = np.maximum.accumulate(np.where(rng.random(steps) < 0.6, np.arange(steps), 0))
        every = np.repeat(rng.permutation(room), 2)  # then every address once
        strobe = np.concatenate([strobe, np.arange(2 * room) % 2])
        address = np.concatenate([address[kept], every])
        return rows_from_levels(self, {"strobe": strobe, "address": address})

    def events(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the events seen: the tick on which the strobe rose, and the address then."""
        tick, _ = edges(rows, "strobe", 1)
        return tick, every_tick(rows)["address"][tick - 1].astype(np.int64)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Launch the events seen."""
        return AerInputModel(self.params).records(*self.events(rows))

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the lines; busy with an event and with the spike that it becomes."""
        tick = expected["tick"]
        return {
            "spikes": held(tick, expected["spikes"]),
            "invalid": held(tick, expected["invalid"]),
            "busy": strobes(tick),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Both ends of the lines, addresses beyond them, fast and long strobes."""
        tick, address = self.events(rows)
        filled, lines = every_tick(rows), self.params.lines
        high = filled["strobe"] == 1
        moves = np.diff(filled["address"].astype(np.int64)) != 0
        bins = {
            "the first line": (address == 0).sum(),
            "the last line": (address == lines - 1).sum(),
            "the same line twice in a row": (np.diff(address) == 0).sum(),
            "two events as close as can be": (np.diff(tick) == 2).sum(),
            "a strobe of several ticks": (high[1:] & high[:-1]).sum(),
            "the address changes while the strobe is up": (moves & high[1:] & high[:-1]).sum(),
            "the address changes as the strobe rises": (moves & high[1:] & ~high[:-1]).sum(),
            "the address changes while the strobe is down": (moves & ~high[1:]).sum(),
        }
        if lines < 1 << self.params.address_bits:
            bins["the first address beyond the lines"] = (address == lines).sum()
            bins["the last address beyond the lines"] = (
                address == (1 << self.params.address_bits) - 1
            ).sum()
        return bins


BENCH = AerInputBench
