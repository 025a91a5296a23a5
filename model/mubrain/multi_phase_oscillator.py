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

from goldspike.model.jit import njit
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
NEXT_PHASE, DUE_TICK = 0, 1  # what the two words of the oscillator's state hold


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


@njit
def begin(oscillator: np.ndarray, delays: np.ndarray, tick: int) -> None:
    """Start an oscillation whose request is up after `tick`."""
    oscillator[NEXT_PHASE] = 0
    oscillator[DUE_TICK] = tick + delays[0]


@njit
def advance(oscillator: np.ndarray, delays: np.ndarray) -> int:
    """Return the phase that is due and arm the one after it; after *recover*, rest."""
    phase = oscillator[NEXT_PHASE]
    if phase == RECOVER:
        oscillator[DUE_TICK] = NEVER
    else:
        oscillator[NEXT_PHASE] = phase + 1
        oscillator[DUE_TICK] += delays[phase + 1]
    return phase


def at_rest() -> np.ndarray:
    """Return the state of an oscillator that rests: int64 (next phase, tick at which it is due)."""
    return np.array([0, NEVER], np.int64)


class MultiPhaseOscillatorModel:
    """Golden oscillator, driven by the ticks on which its request was sampled high."""

    def __init__(self, params: MultiPhaseOscillatorParams) -> None:
        self.params = params
        self.delays = np.array(params.delays, np.int64)
        self.state = at_rest()

    def tick(self, tick: int, request: bool) -> Phase | None:
        """Advance to `tick`, on which `request` is sampled; return the phase that strobes, if any.

        A request that is sampled on tick t was up after t-1, so that is where its delay starts.
        """
        if request and self.state[DUE_TICK] == NEVER:
            begin(self.state, self.delays, tick - 1)
        if self.state[DUE_TICK] != tick:
            return None
        return Phase(advance(self.state, self.delays))

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
            due = int(self.state[DUE_TICK])
            changes = int(time[change]) if change < time.size else NEVER
            now = min(due, changes)
            if now == NEVER:
                return np.array(records, self.params.trace.record_dtype)
            if now == due:
                records.append((now, 1 << advance(self.state, self.delays)))
                if request and self.state[DUE_TICK] == NEVER:
                    begin(self.state, self.delays, now)
            if now == changes:
                request = bool(level[change])
                change += 1
                if request and self.state[DUE_TICK] == NEVER:
                    begin(self.state, self.delays, now)
