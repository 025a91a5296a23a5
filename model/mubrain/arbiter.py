"""Spike arbiter: many inputs, one spike at a time.

Ref: Stuijt 2021, section 2.3, Fig. 2A and 2C; order of phases from section 2.4. An edge leaves its
input pending; the multi-phase oscillator runs while anything is pending: *load* copies the pending
set to the spike register, *select* lets the priority encoder pick one, *access* hands it to the
weight memory (the grant) and the input stops being pending.

Where the paper is silent: the spikes that were not selected simply stay pending, which is what
Fig. 2C's feedback of the remaining spikes amounts to; round robin starts its search after the
input granted last, and at input 0 after a clear; two edges of one input that no grant separates
merge, and are counted.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.mubrain.multi_phase_oscillator import (
    DUE_TICK,
    MultiPhaseOscillatorParams,
    Phase,
    advance,
    at_rest,
    begin,
)
from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.timing.edge_detector import mark
from goldspike.model.trace import Field, TraceLayout

__all__ = ["ArbiterModel", "ArbiterParams", "ArbiterRun", "Policy"]

LOAD, SELECT, ACCESS = int(Phase.LOAD), int(Phase.SELECT), int(Phase.ACCESS)


class Policy(Enum):
    """In which order waiting inputs are served."""

    ROUND_ROBIN = "round_robin"
    """Search upwards from the input after the one granted last: none waits for over N-1 others."""
    LINEAR = "linear"
    """Lowest index first: high inputs can starve."""


@dataclass(frozen=True, kw_only=True)
class ArbiterParams:
    """A spike arbiter.

    Parameters
    ----------
    inputs : int
        Number of inputs N, 1..1024, any number.
    policy : Policy or str
        Order of service.
    oscillator : MultiPhaseOscillatorParams
        Delays of the phases, in ticks.
    """

    inputs: int = 256
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)

    def __post_init__(self) -> None:
        require_int("inputs", self.inputs, 1, 1024)
        try:
            object.__setattr__(self, "policy", Policy(self.policy))
        except ValueError:
            raise ValueError(f"policy must be round_robin or linear, not {self.policy!r}") from None

    @property
    def address_bits(self) -> int:
        """Width of a granted address, in bits; 1 for a single input."""
        return max(1, (self.inputs - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a phase, an edge or both."""
        return TraceLayout(
            (
                Field("phase", 4),
                Field("address", self.address_bits),
                Field("pending", self.inputs, bitmap=True),
                Field("register", self.inputs, bitmap=True),
                Field("merged", self.inputs, bitmap=True),
                Field("access", 1),
                Field("grant", 1),
                Field("merging", 1),
            )
        )

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows.

        Bit k of `taps` changes with every phase k, a line of `merges` with every merge; `grants`
        counts the rising edges of the clock of *access*, so that a spurious one cannot hide.
        """
        return TraceLayout(
            (
                Field("taps", 4),
                Field("grants", 8),
                Field("address", self.address_bits),
                Field("pending", self.inputs, bitmap=True),
                Field("register", self.inputs, bitmap=True),
                Field("merges", self.inputs, bitmap=True),
            )
        )


class ArbiterState(NamedTuple):
    """State of an arbiter over arrays, so that compiled code can change it in place."""

    pending: np.ndarray  # bool (N,): inputs on which a spike waits
    waiting: np.ndarray  # int32 (N,): the same set as a list, in no particular order
    register: np.ndarray  # int32 (N,): the spike register, as a list
    since: np.ndarray  # int64 (N,): grants given when the waiting spike came
    oscillator: np.ndarray  # int64 (2,)
    words: np.ndarray  # int64 (4,): the words named below


N_WAITING, N_REGISTER, SELECTED, LAST = 0, 1, 2, 3


class ArbiterTrace(NamedTuple):
    """Room for snapshots, one row per tick on which anything happened; no rows: no trace."""

    tick: np.ndarray  # int64 (rows,)
    phase: np.ndarray  # uint8 (rows,)
    address: np.ndarray  # int64 (rows,)
    pending: np.ndarray  # uint8 (rows, ceil(N / 8)): bitmaps, zero to begin with
    register: np.ndarray
    merged: np.ndarray


def make_state(params: ArbiterParams) -> ArbiterState:
    """Return an arbiter at rest, its search starting at input 0."""
    n = params.inputs
    return ArbiterState(
        pending=np.zeros(n, bool),
        waiting=np.zeros(n, np.int32),
        register=np.zeros(n, np.int32),
        since=np.zeros(n, np.int64),
        oscillator=at_rest(),
        words=np.array([0, 0, 0, n - 1], np.int64),
    )


@njit
def load(state: ArbiterState) -> None:
    """Copy the pending set to the spike register."""
    count = state.words[N_WAITING]
    for k in range(count):
        state.register[k] = state.waiting[k]
    state.words[N_REGISTER] = count


@njit
def select(state: ArbiterState, round_robin: bool) -> None:
    """Pick the input of the spike register that the search meets first."""
    n = state.pending.size
    start = state.words[LAST] + 1 if round_robin else 0
    nearest = n
    for k in range(state.words[N_REGISTER]):
        line = state.register[k]
        distance = line - start if line >= start else line - start + n
        if distance < nearest:
            nearest = distance
            state.words[SELECTED] = line


@njit
def access(state: ArbiterState) -> int:
    """Grant the selected input: it stops being pending. Return it."""
    line = state.words[SELECTED]
    state.pending[line] = False
    count = state.words[N_WAITING]
    for k in range(count):
        if state.waiting[k] == line:
            state.waiting[k] = state.waiting[count - 1]
            break
    state.words[N_WAITING] = count - 1
    state.words[LAST] = line
    return line


@njit
def note_edge(state: ArbiterState, line: int, grants: int) -> bool:
    """Note an edge on `line`; return whether it merged with the spike that waits there."""
    if mark(state.pending, line):
        return True
    state.waiting[state.words[N_WAITING]] = line
    state.words[N_WAITING] += 1
    state.since[line] = grants
    return False


@njit
def set_bit(bitmap: np.ndarray, row: int, line: int) -> None:
    """Set the bit of `line` in one row of bitmaps, line 0 lowest."""
    bitmap[row, line >> 3] |= np.uint8(1 << (line & 7))


@njit
def snapshot(state: ArbiterState, trace: ArbiterTrace, row: int, tick: int, phase: int) -> None:
    """Write the state after `tick` into `row` of the trace (merges are already there)."""
    trace.tick[row] = tick
    trace.phase[row] = 1 << phase if phase >= 0 else 0
    trace.address[row] = state.words[SELECTED]
    for k in range(state.words[N_WAITING]):
        set_bit(trace.pending, row, state.waiting[k])
    for k in range(state.words[N_REGISTER]):
        set_bit(trace.register, row, state.register[k])


@njit
def arbitrate(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    edge_tick: np.ndarray,
    edge_line: np.ndarray,
    grant_tick: np.ndarray,
    grant_line: np.ndarray,
    grant_wait: np.ndarray,
    merge_tick: np.ndarray,
    merge_line: np.ndarray,
    trace: ArbiterTrace,
) -> tuple[int, int, int]:
    """Jump from event to event until nothing is left; return (grants, merges, trace rows).

    Edges are sorted by tick. The output arrays hold one entry per edge at most: an edge is granted
    once or merges once.
    """
    oscillator = state.oscillator
    grants = merges = rows = edge = 0
    edges = edge_tick.size
    traced = trace.tick.size > 0
    while True:
        tick = oscillator[DUE_TICK]
        if edge < edges and edge_tick[edge] < tick:
            tick = edge_tick[edge]
        if tick == NEVER:
            return grants, merges, rows

        phase = -1
        if oscillator[DUE_TICK] == tick:
            phase = advance(oscillator, delays)
            if phase == LOAD:
                load(state)
            elif phase == SELECT:
                select(state, round_robin)
            elif phase == ACCESS:
                line = access(state)
                grant_tick[grants] = tick
                grant_line[grants] = line
                grant_wait[grants] = grants - state.since[line]
                grants += 1

        while edge < edges and edge_tick[edge] == tick:
            line = edge_line[edge]
            if note_edge(state, line, grants):
                merge_tick[merges] = tick
                merge_line[merges] = line
                merges += 1
                if traced:
                    set_bit(trace.merged, rows, line)
            edge += 1

        if state.words[N_WAITING] > 0 and oscillator[DUE_TICK] == NEVER:
            begin(oscillator, delays, tick)
        if traced:
            snapshot(state, trace, rows, tick, phase)
            rows += 1


@dataclass(frozen=True)
class ArbiterRun:
    """What an arbiter did with a run's edges.

    Attributes
    ----------
    tick, line : int64 (grants,)
        When each grant was given, and to which input.
    waited : int64 (grants,)
        How many other grants were given while that spike waited.
    merge_tick, merge_line : int64 (merges,)
        Edges that merged with a spike that still waited on their input.
    trace : structured array or None
        One record per tick on which anything happened.
    """

    tick: np.ndarray
    line: np.ndarray
    waited: np.ndarray
    merge_tick: np.ndarray
    merge_line: np.ndarray
    trace: np.ndarray | None = None


class ArbiterModel:
    """Golden spike arbiter.

    A grant comes load + select + access ticks after the later of its edge and the end of the
    oscillation before; one grant per period at most.
    """

    def __init__(self, params: ArbiterParams) -> None:
        self.params = params
        self.delays = np.array(params.oscillator.delays, np.int64)

    def run(self, tick: np.ndarray, line: np.ndarray, *, traced: bool = False) -> ArbiterRun:
        """Serve the edges ``(tick, line)``, sorted by tick, from rest until nothing waits.

        Raises
        ------
        ValueError
            If the ticks are not sorted or a line is not an input.
        """
        tick, line = np.asarray(tick, np.int64), np.asarray(line, np.int64)
        n = self.params.inputs
        if tick.size and ((tick[1:] < tick[:-1]).any() or tick[0] < 0):
            raise ValueError("edges must be sorted by tick, from tick 0 on")
        if line.size and (line.min() < 0 or line.max() >= n):
            raise ValueError(f"edges must be on inputs 0..{n - 1}")
        grant_tick, grant_line, waited, merge_tick, merge_line = (
            np.empty(tick.size, np.int64) for _ in range(5)
        )
        rows = 5 * tick.size if traced else 0  # a grant takes four phases, an edge is one more tick
        room = ArbiterTrace(
            tick=np.empty(rows, np.int64),
            phase=np.empty(rows, np.uint8),
            address=np.empty(rows, np.int64),
            pending=np.zeros((rows, -(-n // 8)), np.uint8),
            register=np.zeros((rows, -(-n // 8)), np.uint8),
            merged=np.zeros((rows, -(-n // 8)), np.uint8),
        )
        grants, merges, used = arbitrate(
            make_state(self.params),
            self.delays,
            self.params.policy is Policy.ROUND_ROBIN,
            tick,
            line,
            grant_tick,
            grant_line,
            waited,
            merge_tick,
            merge_line,
            room,
        )
        return ArbiterRun(
            grant_tick[:grants],
            grant_line[:grants],
            waited[:grants],
            merge_tick[:merges],
            merge_line[:merges],
            self.records(room, used) if traced else None,
        )

    def records(self, room: ArbiterTrace, used: int) -> np.ndarray:
        """Return the snapshots as trace records."""
        records = np.zeros(used, self.params.trace.record_dtype)
        for name, column in room._asdict().items():
            records[name] = column[:used]
        # what the circuit shows to others on that tick, and of the grant a tick later
        records["access"] = records["grant"] = records["phase"] == 1 << ACCESS
        records["merging"] = records["merged"].any(axis=1)
        return records
