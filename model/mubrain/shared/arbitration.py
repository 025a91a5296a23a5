"""Arbitration, step by step: what :mod:`goldspike.model.mubrain.arbiter` describes, compiled.

Every step is a function over arrays that its caller owns; an arbiter and a recurrent layer take the
same ones.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel, step
from goldspike.model.mubrain.multi_phase_oscillator import Phase, advance, begin
from goldspike.model.mubrain.shared.spikes import Spikes
from goldspike.model.timebase import NEVER
from goldspike.model.timing.edge_detector import mark

__all__ = [
    "ArbiterState",
    "ArbiterTrace",
    "access",
    "arbitrate_samples",
    "load",
    "make_state",
    "make_trace",
    "note_edge",
    "select",
]

LOAD, SELECT, ACCESS = int(Phase.LOAD), int(Phase.SELECT), int(Phase.ACCESS)
NO_PHASE = -1


class ArbiterState(NamedTuple):
    """State of an arbiter over arrays, so that compiled code can change it in place.

    How much of the lists is filled, and what was selected and granted last, the kernels keep in
    variables of their own: those stay in registers.
    """

    pending: np.ndarray  # bool (N,): inputs on which a spike waits
    waiting: np.ndarray  # uint16 (N,): the same set as a list, in no particular order
    register: np.ndarray  # uint16 (N,): the spike register, as a list
    since: np.ndarray  # int64 (N,): grants given when the waiting spike came


class ArbiterTrace(NamedTuple):
    """Room for snapshots, one row per tick on which anything happened; no rows: no trace."""

    tick: np.ndarray  # int64 (rows,)
    phase: np.ndarray  # uint8 (rows,)
    address: np.ndarray  # int64 (rows,)
    pending: np.ndarray  # uint8 (rows, ceil(N / 8)): bitmaps, zero to begin with
    register: np.ndarray
    merged: np.ndarray


def make_state(inputs: int) -> ArbiterState:
    """Return an arbiter at rest."""
    return ArbiterState(
        pending=np.zeros(inputs, bool),
        waiting=np.zeros(inputs, np.uint16),
        register=np.zeros(inputs, np.uint16),
        since=np.zeros(inputs, np.int64),
    )


def make_trace(inputs: int, rows: int) -> ArbiterTrace:
    """Return room for `rows` snapshots of an arbiter."""
    bitmaps = (rows, -(-inputs // 8))
    return ArbiterTrace(
        tick=np.empty(rows, np.int64),
        phase=np.empty(rows, np.uint8),
        address=np.empty(rows, np.int64),
        pending=np.zeros(bitmaps, np.uint8),
        register=np.zeros(bitmaps, np.uint8),
        merged=np.zeros(bitmaps, np.uint8),
    )


@step
def load(state: ArbiterState, waiting: int) -> int:
    """Copy the pending set to the spike register; return its size."""
    for k in range(waiting):
        state.register[k] = state.waiting[k]
    return waiting


@step
def select(state: ArbiterState, held: int, last: int, round_robin: bool) -> int:
    """Return the input that the search meets first, of the `held` ones in the spike register.

    A round robin starts behind the input granted `last`.
    """
    n = state.pending.size
    start = last + 1 if round_robin else 0
    nearest, selected = n, 0
    for k in range(held):
        line = state.register[k]
        distance = line - start if line >= start else line - start + n
        if distance < nearest:
            nearest = distance
            selected = line
    return selected


@step
def access(state: ArbiterState, waiting: int, line: int) -> int:
    """Grant `line`: it stops being pending. Return how many still wait."""
    state.pending[line] = False
    for k in range(waiting):
        if state.waiting[k] == line:
            state.waiting[k] = state.waiting[waiting - 1]
            break
    return waiting - 1


@step
def note_edge(state: ArbiterState, waiting: int, line: int, grants: int) -> int:
    """Note an edge on `line`; return how many wait: no more than before if it merged."""
    if mark(state.pending, line):
        return waiting
    state.waiting[waiting] = line
    state.since[line] = grants
    return waiting + 1


@step
def set_bit(bitmap: np.ndarray, row: int, line: int) -> None:
    """Set the bit of `line` in one row of bitmaps, line 0 lowest."""
    bitmap[row, line >> 3] |= np.uint8(1 << (line & 7))


@step
def snapshot(
    state: ArbiterState,
    waiting: int,
    held: int,
    selected: int,
    trace: ArbiterTrace,
    row: int,
    tick: int,
    phase: int,
) -> int:
    """Write the state after `tick` into `row` of the trace (merges are already there).

    Return the next row. Without a trace, and before the first tick, nothing is written.
    """
    if trace.tick.size == 0 or tick < 0:
        return row
    trace.tick[row] = tick
    trace.phase[row] = 1 << phase if phase >= 0 else 0
    trace.address[row] = selected
    for k in range(waiting):
        set_bit(trace.pending, row, state.waiting[k])
    for k in range(held):
        set_bit(trace.register, row, state.register[k])
    return row + 1


@kernel
def arbitrate(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    edges: Spikes,
    edge: int,
    end: int,
    grants: Spikes,
    waited: np.ndarray,
    grant: int,
    merges: Spikes,
    merge: int,
    trace: ArbiterTrace,
) -> tuple[int, int, int]:
    """Serve one sample's edges, number `edge` to `end` - 1, from a cleared arbiter.

    Goes from event to event until nothing waits. Grants and merges are written from `grant` and
    `merge` on; an edge is granted once or merges once. The trace is written from row 0 on, each row
    when the next event is of a later tick. Returns the next grant, the next merge and the rows.
    """
    traced = trace.tick.size > 0
    waiting = held = selected = row = 0
    last = state.pending.size - 1
    tick, phase = -1, NO_PHASE
    next_phase, due = 0, NEVER
    while True:
        # edges that come before the next phase; those of its own tick come after it
        while edge < end and edges.tick[edge] < due:
            line = edges.line[edge]
            if traced and edges.tick[edge] > tick:
                row = snapshot(state, waiting, held, selected, trace, row, tick, phase)
                tick, phase = edges.tick[edge], NO_PHASE
            before, waiting = waiting, note_edge(state, waiting, line, grant)
            if waiting == before:
                merges.tick[merge] = edges.tick[edge]
                merges.line[merge] = line
                merge += 1
                if traced:
                    set_bit(trace.merged, row, line)
            if due == NEVER:
                next_phase, due = begin(delays, edges.tick[edge])
            edge += 1

        if traced:
            row = snapshot(state, waiting, held, selected, trace, row, tick, phase)
        if due == NEVER:
            return grant, merge, row
        tick, phase = due, next_phase
        next_phase, due = advance(phase, due, delays)
        if phase == LOAD:
            held = load(state, waiting)
        elif phase == SELECT:
            selected = select(state, held, last, round_robin)
        elif phase == ACCESS:
            waiting = access(state, waiting, selected)
            last = selected
            grants.tick[grant] = tick
            grants.line[grant] = selected
            waited[grant] = grant - state.since[selected]
            grant += 1
        elif waiting > 0:
            next_phase, due = begin(delays, tick)


@kernel
def arbitrate_samples(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    edges: Spikes,
    grants: Spikes,
    waited: np.ndarray,
    merges: Spikes,
    trace: ArbiterTrace,
) -> int:
    """Serve all samples' edges, each sample from a cleared arbiter; return the trace's rows.

    Fills `grants`, `waited` and `merges`, which have room for an entry per edge. Only a single
    sample can be traced.
    """
    grant = merge = rows = 0
    for s in range(edges.bounds.size - 1):
        grant, merge, rows = arbitrate(
            state, delays, round_robin, edges, edges.bounds[s], edges.bounds[s + 1],
            grants, waited, grant, merges, merge, trace,
        )  # fmt: skip
        grants.bounds[s + 1] = grant
        merges.bounds[s + 1] = merge
    return rows
