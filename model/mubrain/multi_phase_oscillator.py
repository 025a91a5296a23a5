"""Multi-phase single-cycle oscillator: four strobes in a fixed order, on demand.

Ref: Stuijt 2021, section 2.4, Fig. 2B and 2C. A waiting spike sets off one oscillation, which
delivers *load* (spike register), *select* (1-hot mask) and *access* (weight memory) in sequence,
each after a delay cell. The paper leaves open what ends an oscillation: here a fourth delay,
*recover*, during which the feedback of the remaining spikes settles (Fig. 2C); then the next may
start. It gives 100 ns for the whole and no split: the default is 2 + 4 + 2 + 2 ticks of 10 ns, the
longest share to the priority encoder, which is the longest path.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from goldspike.model.jit import step
from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.trace import Field, TraceLayout

__all__ = [
    "OSCILLATION_100NS",
    "MultiPhaseOscillatorModel",
    "MultiPhaseOscillatorParams",
    "Phase",
    "advance",
    "begin",
]


class Phase(IntEnum):
    """The strobes, in the order in which they come."""

    LOAD = 0
    SELECT = 1
    ACCESS = 2
    RECOVER = 3


RECOVER = int(Phase.RECOVER)
LONGEST = 1_000_000_000  # a millisecond of picoseconds


@dataclass(frozen=True, kw_only=True)
class MultiPhaseOscillatorParams:
    """Delays of the four phases.

    Parameters
    ----------
    load, select, access, recover : int
        Delay of each phase after the one before it, in ticks (``cell``: picoseconds), 1..10**9.
        `load` counts from the tick after which the request is up, or from the end of the
        oscillation before.
    """

    load: int = 2
    select: int = 4
    access: int = 2
    recover: int = 2

    def __post_init__(self) -> None:
        for name in ("load", "select", "access", "recover"):
            require_int(f"delay {name}", getattr(self, name), 1, LONGEST)

    @property
    def delays(self) -> tuple[int, int, int, int]:
        """The delays in the order of :class:`Phase`."""
        return (self.load, self.select, self.access, self.recover)

    @property
    def period(self) -> int:
        """Ticks of one oscillation: the least distance between two grants."""
        return sum(self.delays)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which a phase strobes; bit k is phase k."""
        return TraceLayout((Field("phase", 4),))

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows: bit k changes with every phase k."""
        return TraceLayout((Field("taps", 4),))


OSCILLATION_100NS = MultiPhaseOscillatorParams(
    load=20_000, select=40_000, access=20_000, recover=20_000
)
"""The default in picoseconds: 100 ns (Stuijt 2021, section 2.4), for ``cell``."""


@step
def begin(delays: np.ndarray, tick: int) -> tuple[int, int]:
    """Start an oscillation whose request is up after `tick`.

    Return its first phase, and the tick at which that is due.
    """
    return 0, tick + delays[0]


@step
def advance(phase: int, due: int, delays: np.ndarray) -> tuple[int, int]:
    """Return what follows `phase`, which strobes at `due`, and when; after *recover*, nothing."""
    if phase == RECOVER:
        return 0, NEVER
    return phase + 1, due + delays[phase + 1]


class MultiPhaseOscillatorModel:
    """Golden oscillator, driven by the ticks on which its request was sampled high."""

    def __init__(self, params: MultiPhaseOscillatorParams) -> None:
        self.params = params
        self.delays = np.array(params.delays, np.int64)
        self.phase, self.due = 0, NEVER

    def tick(self, tick: int, request: bool) -> Phase | None:
        """Advance to `tick`, on which `request` is sampled; return the phase that strobes, if any.

        A request that is sampled on tick t was up after t-1, so that is where its delay starts.
        """
        if request and self.due == NEVER:
            self.phase, self.due = begin(self.delays, tick - 1)
        return self.strobe() if self.due == tick else None

    def strobe(self) -> Phase:
        """Let the phase that is due strobe; return it."""
        strobes = Phase(self.phase)
        self.phase, self.due = advance(self.phase, self.due, self.delays)
        return strobes

    def run(self, request: np.ndarray) -> np.ndarray:
        """Return the trace records of a run; `request` has one bool per tick, from tick 1 on."""
        records = []
        for tick, asked in enumerate(request, start=1):
            phase = self.tick(tick, bool(asked))
            if phase is not None:
                records.append((tick, 1 << phase))
        return np.array(records, self.params.trace.record_dtype)

    def run_levels(self, time: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the trace records of a ``cell`` run: the request's `level` from each `time` on.

        Jumps from event to event. At one picosecond the circuit goes first, the request after it:
        one that falls as *recover* strobes sets off another oscillation.
        """
        records: list[tuple[int, int]] = []
        request, change = False, 0
        while True:
            changes = int(time[change]) if change < time.size else NEVER
            now = min(self.due, changes)
            if now == NEVER:
                return np.array(records, self.params.trace.record_dtype)
            if now == self.due:
                records.append((now, 1 << self.strobe()))
                if request and self.due == NEVER:
                    self.phase, self.due = begin(self.delays, now)
            if now == changes:
                request = bool(level[change])
                change += 1
                if request and self.due == NEVER:
                    self.phase, self.due = begin(self.delays, now)
