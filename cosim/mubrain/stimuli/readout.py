"""How the read-out is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import edges, rows_from_levels

__all__ = ["ReadoutStimulus"]

SAMPLE_TICKS = 300
BEFORE = 8
"""Ticks with events between the reset and the first clear."""
MANY = 10
"""Classes, beyond which none has hundreds of events: the model reads all of them every time."""
LONGEST_BITS = 37
"""Of a silence: cocotb's time is exact up to 2**53 ps."""


class ReadoutStimulus(Bench):
    """A step is a tick; samples of regular, of random and of few events take turns."""

    steps = 3900

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw samples: a clear, then events; the address may change at any other tick."""
        classes = self.params.classes
        strobe, clear = np.zeros(steps, np.uint8), np.zeros(steps, np.uint8)
        address = rng.integers(0, classes, steps)
        ends = rng.random(steps) < 0.1
        address[ends] = rng.choice([0, classes - 1], ends.sum())
        strobe[:BEFORE:2] = 1  # up as the reset ends
        for kind, start in enumerate(range(BEFORE, steps, SAMPLE_TICKS)):
            clear[start : start + 1 + kind % 3 // 2] = 1
            if kind % 6 == 4:  # one in ten ticks, whatever the strobe does
                clear[start : start + SAMPLE_TICKS] |= (
                    rng.random(SAMPLE_TICKS)[: steps - start] < 0.1
                )
            fastest = kind % 6 == 3
            few = rng.permutation(classes)[: 1 if fastest else rng.integers(2, 5)]
            if kind % 3 == 0:  # in order, so that lower or higher classes come later
                few = np.sort(few)[:: (1, -1)[kind // 6 % 2]]
            tick, event = start + (2, 1, 2)[kind % 3] + int(rng.integers(3)) * (kind % 2), 0
            end = min(start + SAMPLE_TICKS, steps) - 1
            while tick < end:
                regular = kind % 3 == 0
                high, low = (1, 1 if fastest else 3) if regular else rng.integers(1, (4, 7))
                strobe[tick : min(tick + high, end)] = 1
                named = few[event % few.size] if regular or rng.random() < 0.3 else None
                if named is not None:
                    address[tick] = named
                tick, event = tick + high + low, event + 1
            if kind % 3 == 2:  # a few events only, then one that the next clear swallows
                strobe[start + 60 : end + 1] = 0
                if start + SAMPLE_TICKS < steps:
                    strobe[start + SAMPLE_TICKS] = 1
        strobe[-1] = 0
        rows = rows_from_levels(self, {"strobe": strobe, "address": address, "clear": clear})
        return np.concatenate([rows, self.long_samples(rng, int(rows["tick"][-1]) + 2)])

    def long_samples(self, rng: np.random.Generator, start: int) -> np.ndarray:
        """Return samples with a silence of up to the longest time, from tick `start` on.

        Every class has events before and after it. The silences are such that every bit of times
        and intervals changes both ways; in between they are short, and counts are high. Some more
        are of any length.
        """
        classes, bits = self.params.classes, min(self.params.time_bits, LONGEST_BITS)
        longest = (1 << bits) - 1 - 8 * classes - 16
        odd = sum(1 << bit for bit in range(0, bits - 1, 2))
        ticks, values = self.races(start)
        start = ticks[-1] + 2
        some = rng.integers(0, max(1, longest // 4), 3).tolist()
        for silence in (odd, 0, 2 * odd & longest, 0, longest, 0, *some):
            for before in (0, classes):
                ticks += [start, start + 1]
                values += [(0, 0, 1), (0, 0, 0)]
                most = min(130, longest // (2 * classes))
                rounds = most if classes <= MANY and silence == before == 0 else 3
                for event in range(rounds * classes):
                    tick = start + 2 + 2 * event + (silence if event >= before else 0)
                    ticks += [tick, tick + 1]
                    values += [(1, event % classes, 0), (0, event % classes, 0)]
                start = ticks[-1] + 2
        rows = self.blank(len(ticks))
        rows["tick"] = ticks
        rows["strobe"], rows["address"], rows["clear"] = np.array(values).T
        return rows

    def races(self, start: int) -> tuple[list[int], list[tuple[int, int, int]]]:
        """Return samples, from tick `start` on, in which the first class overtakes the last one.

        Ticks; strobe, address and clear on them. Counts draw level late.
        """
        last, ticks, values = self.params.classes - 1, [start], [(0, 0, 1)]
        for count in (125, 130) if 0 < last < MANY else ():
            events = [last] * count + [0] * (count + 1)
            ticks += range(ticks[-1] + 1, ticks[-1] + 2 * len(events) + 3)
            values += [(0, 0, 0), *((up, line, 0) for line in events for up in (1, 0)), (0, 0, 1)]
        return ticks, values

    def samples(self, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the events of every sample: tick of the event, time since the clear, class.

        The reset is a clear on tick 0.
        The circuit sees an event one tick after the strobe's rise, which is the event's time.
        """
        tick, _ = edges(rows, "strobe", 1)
        row = np.searchsorted(rows["tick"], tick)
        tick, row = (part[rows["clear"][row] == 0] for part in (tick, row))
        clears = np.flatnonzero(rows["clear"])
        ends = np.append(rows["tick"][1:], rows["tick"][-1] + 1) - 1
        begin = np.append(0, ends[clears])[np.searchsorted(clears, row)]
        address = rows["address"][row].astype(np.int64)
        return [
            (tick[begin == first], tick[begin == first] - 1 - first, address[begin == first])
            for first in np.unique(begin)
        ]

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ties between classes in both orders, clears at every moment, answers of every kind."""
        classes = self.params.classes
        tick, _ = edges(rows, "strobe", 1)
        row = np.searchsorted(rows["tick"], tick)
        high, clear = rows["strobe"] == 1, rows["clear"] == 1
        moves = np.diff(rows["address"].astype(np.int64)) != 0
        lasts = np.diff(rows["tick"]) > 1
        samples = self.samples(rows)
        line = np.concatenate([sample[2] for sample in samples])
        bins = {
            "an event of the first class": (line == 0).sum(),
            "an event of the last class": (line == classes - 1).sum(),
            "a sample's first event": (records["answered"] == 1).sum(),
            "an interval of two ticks": (records["shortest_interval"] == 2).sum(),
            "the interval shrinks": (np.diff(records["shortest_interval"].astype(int)) < 0).sum(),
            "a strobe of several ticks": (high[:-1] & (high[1:] | lasts)).sum(),
            "a clear on the tick of an event": clear[row].sum(),
            "a clear of several ticks": (clear[:-1] & (clear[1:] | lasts)).sum(),
            "an event right after a clear": clear[row[row > 0] - 1].sum(),
        }
        if classes > 1:
            bins["the address changes while the strobe is up"] = (
                moves & high[1:] & high[:-1]
            ).sum()
            for name in ("interval", "count"):
                for order in ("lower", "higher"):
                    bins[f"a {order} class draws level in {name}"] = 0
            for _, time, named in samples:
                for name, hits in draws(time, named).items():
                    bins[name] += hits
        return bins


def draws(time: np.ndarray, line: np.ndarray) -> dict[str, int]:
    """Return how often an event of a sample drew level with the best of another class."""
    hits: dict[str, int] = {}
    last: dict[int, int] = {}
    counts: dict[int, int] = {}
    shortest, shortest_of, most_of = 0, -1, -1
    for now, named in zip(time.tolist(), line.tolist(), strict=True):
        order = {"interval": shortest_of, "count": most_of}
        level = {"interval": named in last and now - last[named] == shortest}
        counts[named] = counts.get(named, 0) + 1
        level["count"] = counts[named] == counts.get(most_of)
        for name, best in order.items():
            if level[name] and best not in (named, -1):
                bin_name = f"a {'lower' if named < best else 'higher'} class draws level in {name}"
                hits[bin_name] = hits.get(bin_name, 0) + 1
        if named in last and (shortest_of < 0 or now - last[named] < shortest):
            shortest, shortest_of = now - last[named], named
        if counts[named] > counts.get(most_of, 0) or named == most_of:
            most_of = named
        last[named] = now
    return hits
