"""How the AER input is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import edges, every_tick, rows_from_levels

__all__ = ["AerInputStimulus"]

PHASE_TICKS = 300


class AerInputStimulus(Bench):
    """A step is a tick; long strobes, the fastest ones and silence take turns."""

    steps = 2400

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw the strobe's highs and lows, and address and sign that may change at any tick.

        Then every address once with either sign, as fast as can be.
        """
        parts = []
        for k in range(-(-steps // PHASE_TICKS)):
            longest = [(1, 1), (5, 3), (1, 12), (2, 2)][k % 4]
            lengths = rng.integers(1, np.array([*longest] * PHASE_TICKS) + 1)
            part = np.repeat(np.arange(lengths.size) % 2 == 0, lengths)  # up as the reset ends
            parts.append(part[:PHASE_TICKS])
        strobe = np.concatenate(parts)[:steps]
        strobe[-1] = False
        room, lines = 1 << self.params.address_bits, self.params.lines
        address = rng.integers(0, room, steps)
        ends = rng.random(steps) < 0.3
        address[ends] = rng.choice([0, lines - 1, min(lines, room - 1), room - 1], ends.sum())
        latest = np.maximum.accumulate(np.where(rng.random(steps) < 0.6, np.arange(steps), 0))
        every = np.repeat(rng.permutation(2 * room), 2)
        return rows_from_levels(
            self,
            {
                "strobe": np.concatenate([strobe, np.arange(every.size) % 2 == 1]),
                "address": np.concatenate([address[latest], every // 2]),
                "negative": np.concatenate([rng.random(steps) < 0.4, every % 2 == 1]),
            },
        )

    def events(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the events seen: the tick on which the strobe rose, address and sign then."""
        tick, _ = edges(rows, "strobe", 1)
        then = every_tick(rows)[tick - 1]
        return tick, then["address"].astype(np.int64), then["negative"].astype(np.int64)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every line and sign, addresses beyond them, fast and long strobes, inputs that move."""
        tick, address, negative = self.events(rows)
        filled, lines = every_tick(rows), self.params.lines
        room, high = 1 << self.params.address_bits, filled["strobe"] == 1
        sent = np.zeros((2, room), np.int64)
        np.add.at(sent, (negative, address), 1)
        close = np.diff(tick) == 2
        same, turned = np.diff(address) == 0, np.diff(negative) != 0
        bins = {
            "every neuron, either sign": sent[:, :lines].min(),
            "a neuron twice in a row": (same & ~turned).sum(),
            "a neuron with one sign, then the other": (same & turned).sum(),
            "two events as close as can be": close.sum(),
            "a strobe of several ticks": (high[1:] & high[:-1]).sum(),
        }
        for name in ("address", "negative"):
            moves = np.diff(filled[name].astype(np.int64)) != 0
            bins |= {
                f"{name} changes while the strobe is up": (moves & high[1:] & high[:-1]).sum(),
                f"{name} changes as the strobe rises": (moves & high[1:] & ~high[:-1]).sum(),
                f"{name} changes while the strobe is down": (moves & ~high[1:]).sum(),
            }
        if lines < room:
            bins["every address beyond the lines, either sign"] = sent[:, lines:].min()
        return bins
