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

import numpy as np

from goldspike.model.limits import MOST_TICKS, require_room
from goldspike.model.mubrain.aer_input import EVENT_DISTANCE
from goldspike.model.params import require_int
from goldspike.model.timebase import TICK_NS

__all__ = ["CodingPhase", "EncodingParams", "encode", "serialise"]


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
    rate = params.rate_min + (params.rate_max - params.rate_min) * (grey / 255.0)
    phase = phases(grey.size, params, sample)
    with np.errstate(divide="ignore", invalid="ignore"):  # a rate of 0: never
        period = np.rint(1e9 / params.tick_ns / rate)
        lit = np.flatnonzero(phase * period < params.window)  # the others stay dark
    step = np.minimum(period[lit], MOST_TICKS).astype(np.int64)  # the next is beyond the window
    first = 1 + (phase[lit] * period[lit]).astype(np.int64)  # tick 0 clears the chip
    count = np.maximum(0, -(-(params.window + 1 - first) // step))
    events = int(count.sum())
    require_room(f"A window of {params.window} ticks, with {events} events,", _IN_MEMORY * events)
    start = np.repeat(np.cumsum(count) - count, count)
    tick = np.repeat(first, count) + (np.arange(count.sum()) - start) * np.repeat(step, count)
    key = np.sort(tick * grey.size + np.repeat(lit, count))
    tick, address = np.divmod(key, grey.size)
    return serialise(tick), address


def phases(pixels: int, params: EncodingParams, sample: int) -> np.ndarray:
    """Return the part of its period after which each pixel's train starts, 0 .. 1 (float64)."""
    if params.phase is CodingPhase.RANDOM:
        return np.random.default_rng((params.seed, sample)).random(pixels)
    if params.phase is CodingPhase.SPREAD:
        return np.arange(pixels) / pixels
    return np.zeros(pixels)


def serialise(tick: np.ndarray) -> np.ndarray:
    """Delay sorted events just enough that they keep :data:`EVENT_DISTANCE` (int64 ticks)."""
    slot = EVENT_DISTANCE * np.arange(tick.size)
    return np.maximum.accumulate(tick - slot) + slot
