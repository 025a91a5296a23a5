"""AER input: an address and a strobe become one spike on one of N lines.

Ref: Stuijt 2021, section 2.2, Fig. 1B: no handshake; the rising edge of the strobe says that the
address can be read, and the address is held until it is sampled. Timing: the strobe is sampled high
on tick t, having been low on t - 1; the addressed line is up after t, for one tick, so that the
arbiter behind sees its edge at t + 1. An address that names no line launches nothing and is counted
as invalid (the paper's 256 lines leave no such address). Highs and lows of the strobe last at least
one tick: one event per two ticks at most.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.jit import index, kernel
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["EVENT_DISTANCE", "AerInputModel", "AerInputParams", "AerInputRun"]

EVENT_DISTANCE = 2
"""Least distance of two events, in ticks: one high, one low."""

NO_LINE = (1 << 16) - 1
LINE_DELAY = 1
"""Ticks from the tick that samples the strobe to the edge at the arbiter behind."""


@dataclass(frozen=True, kw_only=True)
class AerInputParams:
    """An AER input.

    Parameters
    ----------
    lines : int
        Number of lines, 1..1024.
    """

    lines: int = 256

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 1024)

    @property
    def address_bits(self) -> int:
        """Width of the address, in bits."""
        return max(1, (self.lines - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced while busy: after the tick on which the strobe rose, and after the next."""
        return TraceLayout((Field("spikes", self.lines, bitmap=True), Field("invalid", 1)))


@dataclass(frozen=True)
class AerInputRun:
    """What became of the events.

    Attributes
    ----------
    tick, line : int64 (edges,)
        Edges as the arbiter behind sees them.
    invalid : int
        Events whose address names no line.
    """

    tick: np.ndarray
    line: np.ndarray
    invalid: int


@kernel
def launch(events: Spikes, lines: int, edges: Spikes) -> bool:
    """Turn all samples' events into `edges`; return False at the first two that are too close."""
    edge = index(0)
    for s in range(events.bounds.size - 1):
        free = np.int64(0)  # the next event's earliest tick
        for k in range(events.bounds[s], events.bounds[s + 1]):
            e = index(k)
            tick, line = events.tick[e], events.line[e]
            if tick < free and k > events.bounds[s]:
                return False
            free = tick + EVENT_DISTANCE
            if line < lines:
                edges.tick[edge] = tick + LINE_DELAY
                edges.line[edge] = line
                edge += index(1)
        edges.bounds[s + 1] = edge
    return True


class AerInputModel:
    """Golden AER input."""

    def __init__(self, params: AerInputParams) -> None:
        self.params = params

    def run(self, tick: np.ndarray, address: np.ndarray) -> AerInputRun:
        """Launch the events ``(tick on which the strobe rises, address)``, sorted by tick.

        Raises
        ------
        ValueError
            If two events are closer than :data:`EVENT_DISTANCE` ticks.
        """
        address = np.asarray(address)
        valid = (address >= 0) & (address < self.params.lines)
        edges = self.run_batch(one_sample(tick, np.where(valid, address, NO_LINE)), Room())
        return AerInputRun(edges.tick, edges.line.astype(np.int64), len(tick) - edges.total)

    def run_batch(self, events: Spikes, room: Room) -> Spikes:
        """Launch a batch of samples; the edges it returns lie in `room`.

        Raises
        ------
        ValueError
            If two events of a sample are closer than :data:`EVENT_DISTANCE` ticks.
        """
        edges = room.spikes("edges", events.total, events.samples)
        if not launch(events, self.params.lines, edges):
            raise ValueError(f"AER events must be at least {EVENT_DISTANCE} ticks apart")
        return edges.filled()

    def records(self, tick: np.ndarray, address: np.ndarray) -> np.ndarray:
        """Return the trace records of the events ``(tick, address)``."""
        records = np.zeros(2 * len(tick), self.params.trace.record_dtype)
        records["tick"][::2] = tick
        records["tick"][1::2] = np.asarray(tick) + 1  # the line is down again
        for record, line in zip(records[::2], address, strict=True):
            if line < self.params.lines:
                record["spikes"][line // 8] = 1 << line % 8
            else:
                record["invalid"] = 1
        return records
