"""Input coding: an image becomes spikes on the AER input.

Ref: Stuijt 2021, section 3.2: grey values are linearly mapped to firing rates. The paper's range
of "[100, 655 kHz]" cannot be meant as it is printed for this network: 22 million spikes per second
would meet an arbiter that serves 10 million, and its own 6,400 inputs in 4.2 ms are 6 kHz per
pixel. The range is a parameter; the default loses nothing.

Assumptions: each pixel's train is regular, its period a whole number of ticks; where in its first
period its first spike falls is its :class:`CodingPhase`, by default at random, drawn from the seed
and the sample's number, so that a sample's spikes do not depend on which other samples run; the
window is the paper's 4.2 ms; the sender keeps
:data:`~goldspike.model.mubrain.aer_input.EVENT_DISTANCE` between events, in order of time and then
of address, which delays some by a few ticks.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import index, kernel, step
from goldspike.model.limits import MOST_TICKS, require_room
from goldspike.model.mubrain.aer_input import EVENT_DISTANCE
from goldspike.model.mubrain.shared.spikes import Room, Spikes
from goldspike.model.params import require_int
from goldspike.model.timebase import TICK_NS

__all__ = ["Coder", "CodingPhase", "EncodingParams", "encode", "serialise"]

SHORTEST_TICK_NS, LONGEST_TICK_NS = 1e-3, 1e9
"""A picosecond and a second: beyond, times are no longer exact as floats."""

_IN_MEMORY = 48
"""Bytes that an event takes while it is made."""


class CodingPhase(Enum):
    """Where in its first period a pixel's first spike falls."""

    RANDOM = "random"
    """Anywhere, each sample again: what a free-running sender looks like."""
    SPREAD = "spread"
    """Pixel i of n after i/n of its period: the same for every sample, and evenly spread."""
    ALIGNED = "aligned"
    """At once: every pixel spikes at the start, as fast as the sender can, and equal greys stay
    together for the whole window."""


@dataclass(frozen=True, kw_only=True)
class EncodingParams:
    """Rate coding of grey values.

    Parameters
    ----------
    rate_min, rate_max : float
        Rates of grey 0 and grey 255, in Hz; a rate of 0 is silence.
    window : int
        Length of the stimulus in ticks (420,000 ticks of 10 ns: the paper's 4.2 ms).
    phase : CodingPhase or str
        Where a train starts.
    seed : int
        Seed of random phases.
    tick_ns : float
        Length of a tick in nanoseconds.
    """

    rate_min: float = 100.0
    rate_max: float = 20_000.0
    window: int = 420_000
    phase: CodingPhase | str = CodingPhase.RANDOM
    seed: int = 1
    tick_ns: float = TICK_NS

    def __post_init__(self) -> None:
        require_int("window", self.window, 1, 2**40)
        require_int("seed", self.seed, 0)
        try:
            object.__setattr__(self, "phase", CodingPhase(self.phase))
        except ValueError:
            known = ", ".join(phase.value for phase in CodingPhase)
            raise ValueError(f"phase must be one of {known}, not {self.phase!r}") from None
        if not SHORTEST_TICK_NS <= self.tick_ns <= LONGEST_TICK_NS:
            raise ValueError(
                f"tick_ns must be in {SHORTEST_TICK_NS:g}..{LONGEST_TICK_NS:g}, "
                f"not {self.tick_ns!r}"
            )
        fastest = 1e9 / self.tick_ns / EVENT_DISTANCE
        if not 0 <= self.rate_min <= self.rate_max <= fastest:
            raise ValueError(
                "rates must be 0 <= rate_min <= rate_max <= "
                f"{fastest:g} Hz, not {self.rate_min!r} and {self.rate_max!r}"
            )


class Trains(NamedTuple):
    """Regular trains, one per sample and pixel: int64 (samples, pixels) each."""

    first: np.ndarray  # tick of the first spike
    step: np.ndarray  # ticks between two spikes
    spikes: np.ndarray  # 0: the pixel stays dark


class Coder:
    """Turns images into AER events, a batch at a time.

    Parameters
    ----------
    params : EncodingParams
    pixels : int
        Pixels of an image, at most 2**15: their numbers are the addresses.
    """

    def __init__(self, params: EncodingParams, pixels: int) -> None:
        self.params = params
        self.pixels = pixels
        grey = np.arange(256)
        rate = params.rate_min + (params.rate_max - params.rate_min) * (grey / 255.0)
        with np.errstate(divide="ignore"):  # a rate of 0: never
            self.period = np.rint(1e9 / params.tick_ns / rate)
        self.step = np.minimum(self.period, MOST_TICKS).astype(np.int64)
        self.address_bits = max(1, (pixels - 1).bit_length())

    def most_events(self, grey: np.ndarray) -> np.ndarray:
        """Return how many events each image, uint8 (samples, pixels), has at most: int64."""
        return (self.params.window // self.step + 1)[grey].sum(axis=1)

    def run_batch(self, grey: np.ndarray, first: int, room: Room) -> Spikes:
        """Return the AER events of images, uint8 (samples, pixels); they lie in `room`.

        Parameters
        ----------
        first : int
            The number of the first image in its set; with the seed it fixes the phases.
        """
        samples = len(grey)
        trains = Trains(
            *(
                room.take(f"trains {name}", samples * self.pixels, np.int64).reshape(samples, -1)
                for name in Trains._fields
            )
        )
        phase = self.phases(samples, first, room)
        window = self.params.window
        total = lay_trains(grey, phase, self.period, self.step, window, trains)
        require_room(f"A window of {window} ticks, with {total} events,", _IN_MEMORY * total)
        events = room.spikes("events", total, samples)
        counts = trains.spikes.sum(axis=1)
        most = int(counts.max(initial=0))
        interleave(
            trains, counts, window, self.address_bits, events,
            room.take("keys", most, np.int64), room.take("slots", 2 * most + 2, np.uint32),
        )  # fmt: skip
        return events

    def phases(self, samples: int, first: int, room: Room) -> np.ndarray:
        """Return the part of its period after which each train starts: 0 .. 1, (samples, pixels).

        A sample's random phases come from a generator of its own.
        """
        phase = room.take("phases", samples * self.pixels, np.float64).reshape(samples, -1)
        if self.params.phase is CodingPhase.RANDOM:
            for k in range(samples):
                np.random.default_rng((self.params.seed, first + k)).random(out=phase[k])
        elif self.params.phase is CodingPhase.SPREAD:
            phase[:] = np.arange(self.pixels) / self.pixels
        else:
            phase[:] = 0
        return phase


def encode(
    grey: np.ndarray, params: EncodingParams, sample: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return one image's AER events ``(tick, address)``, int64, sorted, serialised.

    Parameters
    ----------
    grey : uint8 (pixels,)
    sample : int
        The sample's number in its set; with the seed it fixes the phases.
    """
    events = Coder(params, grey.size).run_batch(grey[None], sample, Room())
    return events.tick, events.line.astype(np.int64)


def serialise(tick: np.ndarray) -> np.ndarray:
    """Delay sorted events just enough that they keep :data:`EVENT_DISTANCE` (int64 ticks)."""
    tick = np.asarray(tick, np.int64)
    apart = EVENT_DISTANCE * np.arange(tick.size)  # as close as events can be
    return np.maximum.accumulate(tick - apart) + apart


@kernel
def lay_trains(
    grey: np.ndarray,
    phase: np.ndarray,
    period: np.ndarray,
    step: np.ndarray,
    window: int,
    trains: Trains,
) -> int:
    """Lay every pixel's train; return the spikes of all. Tick 0 clears the chip."""
    total = 0
    for s in range(grey.shape[0]):
        for i in range(grey.shape[1]):
            level = grey[s, i]
            count = 0
            if phase[s, i] * period[level] < window:
                first = 1 + int(phase[s, i] * period[level])
                if first <= window:
                    count = (window - first) // step[level] + 1
                trains.first[s, i] = first
                trains.step[s, i] = step[level]
            trains.spikes[s, i] = count
            total += count
    return int(total)


@kernel
def interleave(
    trains: Trains,
    counts: np.ndarray,
    window: int,
    address_bits: int,
    events: Spikes,
    keys: np.ndarray,
    slots: np.ndarray,
) -> None:
    """Put all trains of each sample in order of time, then of address; keep them apart.

    `counts` has the spikes of each sample. A train is in order by itself. Its spikes go to slots,
    about one spike to each, pixel after pixel; what is still out of order lies within a slot, and
    moves by a few places.
    """
    mask = (1 << address_bits) - 1
    end = 0
    for s in range(counts.size):
        begin, end = end, end + counts[s]
        spread(trains, s, end - begin, window, address_bits, keys, slots)
        sort_nearly_sorted(keys, end - begin)
        free = np.int64(0)  # the next event's earliest tick
        for k in range(end - begin):
            e = index(begin + k)
            tick = max(keys[k] >> address_bits, free)
            events.tick[e] = tick
            events.line[e] = keys[k] & mask
            free = tick + EVENT_DISTANCE
        events.bounds[s + 1] = end


@step
def spread(
    trains: Trains,
    s: int,
    total: int,
    window: int,
    address_bits: int,
    keys: np.ndarray,
    slots: np.ndarray,
) -> None:
    """Write tick and address of all `total` spikes of sample `s` to `keys`, slot by slot."""
    shift = 0
    while window >> shift > 2 * total:
        shift += 1
    used = (window >> shift) + 1

    for slot in range(used + 1):
        slots[slot] = 0
    down, up = index(shift), index(address_bits)
    for i in range(trains.spikes.shape[1]):
        tick, apart = index(trains.first[s, i]), index(trains.step[s, i])
        for _ in range(trains.spikes[s, i]):
            slots[(tick >> down) + index(1)] += 1
            tick += apart
    for slot in range(used):  # from here on, where the slot's next key goes
        slots[slot + 1] += slots[slot]
    for i in range(trains.spikes.shape[1]):
        tick, apart = index(trains.first[s, i]), index(trains.step[s, i])
        for _ in range(trains.spikes[s, i]):
            its = tick >> down
            keys[slots[its]] = tick << up | index(i)
            slots[its] += np.uint32(1)
            tick += apart


@step
def sort_nearly_sorted(keys: np.ndarray, size: int) -> None:
    """Sort the first `size` keys, each of which is near its place."""
    highest = np.int64(0)
    for e in range(size):
        key = keys[e]
        if key >= highest:  # as a rule, and then nothing is written
            highest = key
            continue
        k = e
        while k > 0 and keys[k - 1] > key:
            keys[k] = keys[k - 1]
            k -= 1
        keys[k] = key
