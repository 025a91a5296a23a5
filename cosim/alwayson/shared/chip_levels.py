"""What a host does with a chip during a frame: spikes, some of them too late, freeze, readouts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from goldspike.cosim.alwayson.shared.chip_loads import REST, Pieces
from goldspike.cosim.alwayson.shared.chip_pairs import Turn
from goldspike.model.alwayson.chip import ChipParams, ChipTrace
from goldspike.model.timing.power_gate import PowerState

__all__ = ["SMALL", "Events", "draw_events", "frame_levels", "slowest"]

LONGEST = 12
"""Ticks that a chain's pin stays as it is, at most."""
SMALL = 32
"""Neurons per layer below which a chip is small, and a frame has few spikes."""


class Events(NamedTuple):
    """The spikes of a frame, (spikes,) each: ticks since it began, addresses, signs."""

    tick: np.ndarray
    address: np.ndarray
    negative: np.ndarray
    gaps: np.ndarray

    @property
    def last(self) -> int:
        """The tick of the last spike."""
        return int(self.tick[-1])


def slowest(params: ChipParams) -> int:
    """Return the longest period of the clocks after reset."""
    return max(2 * params.synapse_clock, 2 * params.neuron_clock)


def draw_events(
    rng: np.random.Generator, params: ChipParams, lines: int, turn: Turn | None, *, strays: bool
) -> Events:
    """Return bursts and pauses on some lines, in some turns pairs; `strays` name no neuron."""
    count = 60 if max(params.layers) < SMALL else 1500
    pauses = rng.integers(2, 9 * slowest(params), count)
    gaps = np.where(rng.random(count) < 0.6, rng.integers(2, 7, count), pauses)
    address = rng.integers(0, lines, count)
    again = rng.random(count) < 0.3  # the same one again, perhaps before it was served
    address[1:] = np.where(again[1:], address[:-1], address[1:])
    if turn and turn.rests:
        gaps, address = turn.draw(rng, lines)
        count = gaps.size
    beyond = range(params.layers[0], 1 << params.aer_input.address_bits)
    if beyond and strays:
        stray = rng.random(count) < 0.05
        address[stray] = rng.choice(beyond, int(stray.sum()))
    return Events(1 + np.cumsum(gaps), address, rng.random(count) < 0.4, gaps)


def frame_levels(
    rng: np.random.Generator, params: ChipParams, names: Sequence[str], events: Events,
    trace: ChipTrace, frame: int, number: int,
) -> Pieces:  # fmt: skip
    """Return the levels of all pins in a frame; the chains' pins move all along, without a shift.

    Parameters
    ----------
    rng, params
    names : sequence of str
        The input pins.
    events : Events
    trace : ChipTrace
        What the golden model does with them.
    frame : int
        The last tick before the output core is frozen.
    number : int
        Of the frame: what is done differently from one to the next.
    """
    tick, gaps = events.tick, events.gaps
    over = max(trace.ticks, events.last + 1, frame) + REST
    readout = params.layers[-1] + 3
    end = over + 2 * readout + REST
    found = {name: np.zeros(end, np.int64) for name in names}
    found["strobe"][tick - 1] = 1
    long = gaps[1:] > 2
    for name in ("address", "negative"):
        found[name][tick - 1] = getattr(events, name)
        found[name][tick[:-1][long]] = rng.integers(0, 2, int(long.sum()))
    held_up = tick[:-1][long & (rng.random(tick.size - 1) < 0.2)]
    found["strobe"][held_up] = 1
    if number % 4 == 3:
        found["strobe"][events.last :] = 1
    found["freeze"][frame : end if number % 4 == 1 else over - 1] = 1
    starts = [over, over + 1 + int(rng.integers(0, readout))]
    if number % 2:  # some while it is at work, too
        starts.append(int(rng.integers(1, max(2, over - readout))))
        starts += at_turns(rng, trace, number, over - readout)
    found["start"][np.array(starts) - 1] = 1
    found["clear"][end - 1] = 1
    found["scan_in"] = held(rng, end, 2)
    found["scan_block"] = held(rng, end, params.blocks)
    rest = end - over + 1  # but for one held strobe there is none
    for name, below in (
        ("scan_in", 2), ("scan_block", params.blocks), ("negative", 2),
        ("address", 1 << params.aer_input.address_bits),
    ):  # fmt: skip
        found[name][-rest:] = rng.integers(0, below, rest)
    if number % 2 == 0:  # a row that no memory holds
        found["load"][-1] = 1
        found["scan_block"][-1] = 2 * (number // 2 % len(params.cores)) + 1
    return found


def held(rng: np.random.Generator, count: int, below: int) -> np.ndarray:
    """Return numbers that stay as they are for some ticks each."""
    return np.repeat(rng.integers(0, below, count), rng.integers(1, LONGEST + 1, count))[:count]


def at_turns(rng: np.random.Generator, trace: ChipTrace, number: int, before: int) -> list[int]:
    """Return a tick on which a core's synapses wake, in every other frame one as they go off."""
    state = PowerState.GOING_OFF if number % 4 == 3 else PowerState.WAKING
    names = [name for name in trace.records.dtype.names or () if name.endswith("synapse_power")]
    shown = np.any([trace.records[name] == state for name in names], axis=0)
    moments = trace.records["tick"][shown].astype(int) + 1
    moments = moments[moments < before]
    return [int(rng.choice(moments))] if moments.size else []
