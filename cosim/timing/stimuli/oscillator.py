"""How the on-demand oscillator is driven, and the bins that a run must hit."""

from itertools import product

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import edges, every_tick, rows_from_levels
from goldspike.model.timing.oscillator import OscillatorModel

__all__ = ["OscillatorStimulus"]


class OscillatorStimulus(Bench):
    """A step is a high and a low of the enable; first those that meet the end of a period."""

    steps = 200

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw highs and lows of the enable, for one setting after the other."""
        if not self.params.configurable:
            return rows_from_levels(self, {"enable": self.enable(rng, steps, self.params.period)})
        levels: dict[str, list[np.ndarray]] = {"enable": [], "length": [], "divide": []}
        low, divide = self.params.low, self.params.divide
        ends = product((1, low), (1, divide))  # each with each
        settings = (*ends, (4, 1), (1, 4), (3, 2), (5, 1))
        for length, divide in settings:
            period = self.params.set_to(length, divide).period
            up = self.enable(rng, steps // len(settings), period)
            for name, level in zip(levels, (up, length, divide), strict=True):
                levels[name].append(np.broadcast_to(level, up.shape))
        return rows_from_levels(self, {k: np.concatenate(level) for k, level in levels.items()})

    def enable(self, rng: np.random.Generator, steps: int, length: int) -> np.ndarray:
        """Return highs and lows after falls and rises around the end of a period."""
        lengths = []
        for periods, fall, low, again in product((1, 2), range(-2, 3), (1, 2, 3), (1, 3)):
            high = max(1, periods * length - 1 + fall)  # falls `fall` ticks from a period's end
            lengths += [high, low, again, 2 * length]
        count = max(0, 2 * steps - len(lengths))
        anything, short = rng.integers(1, 2 * length + 2, count), rng.integers(1, 4, count)
        lengths += np.where(rng.random(count) < 0.5, anything, short).tolist()
        lengths += [1, 2 * length]  # a rest at the end, for the settings to change
        return np.repeat(np.arange(len(lengths)) % 2 == 0, lengths)

    def settings(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the settings on every tick, if there are any."""
        if not self.params.configurable:
            return None
        every = every_tick(rows)
        return np.stack([every["length"], every["divide"]], axis=1).astype(np.int64)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every way in which an edge of the enable can meet a period."""
        enable = np.append(every_tick(rows)["enable"] == 1, [False, False])
        settings = self.settings(rows)
        model = OscillatorModel(self.params)
        starts = model.periods(enable, settings)
        length = np.array([model.settings(settings, start + 1).period for start in starts.tolist()])
        ends = starts + length
        rises, _ = edges(rows, "enable", 1)
        falls = 1 + np.flatnonzero(np.diff(enable.astype(int), prepend=0) < 0)
        joined = np.isin(ends, starts)
        bins = {
            "the next period follows at once": joined.sum(),
            "rest": (np.diff(starts) > length[:-1]).sum(),
            "a request of one tick": np.isin(falls, starts + 2).sum(),
            "the enable falls as a period ends": np.isin(falls, ends).sum(),
            "the enable falls one tick after a period's end": np.isin(falls, ends + 1).sum(),
            "the enable rises one tick after a period's end": np.isin(
                rises, ends[joined] + 1
            ).sum(),
            "the enable rises two ticks after a period's end": np.isin(rises, ends + 2).sum(),
        }
        if length.max() > 2:
            ticks = np.concatenate([np.arange(s + 2, e) for s, e in zip(starts, ends, strict=True)])
            bins["the enable falls inside a period"] = np.isin(falls, ticks).sum()
            bins["the enable rises as a period ends"] = np.isin(rises, ends[joined]).sum()
            last = np.searchsorted(starts, rises, side="left") - 1
            within = (last >= 0) & (rises > starts[last] + 1)
            gone = falls[np.searchsorted(falls, rises, side="right")]
            bins["a high inside a period leaves no trace"] = (
                within & (gone <= ends[last] + 1)
            ).sum()
        return bins
