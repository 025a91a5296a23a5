"""Arbitration, step by step: what :mod:`goldspike.model.mubrain.arbiter` describes, compiled.

Every step is a function over arrays that its caller owns; an arbiter and a recurrent layer take the
same ones.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.jit import index, kernel, step
from goldspike.model.mubrain.multi_phase_oscillator import Phase
from goldspike.model.mubrain.shared.spikes import Spikes
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

LOAD, SELECT, ACCESS, RECOVER = map(int, Phase)
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


@step
def undisturbed(edges: Spikes, edge: int, end: int, loaded: int, granted: int, rest: int) -> bool:
    """Return whether `edge`, alone in an oscillation, leaves at most one edge waiting.

    The edge after it may come before the oscillation's end, `rest`, if it is neither in the spike
    register nor a merge, and if the one after that comes later.
    """
    after = edge + index(1)
    if after >= end or edges.tick[after] >= rest:
        return True
    registered = edges.tick[after] < loaded
    merges = edges.line[after] == edges.line[edge] and edges.tick[after] < granted
    if registered or merges:
        return False
    third = after + index(1)
    return third >= end or edges.tick[third] >= rest


@step
def serve_sparse_edges(
    delays: np.ndarray,
    last: int,
    rest: int,
    edges: Spikes,
    edge: int,
    end: int,
    grants: Spikes,
    waited: np.ndarray,
    grant: int,
) -> tuple[int, int, int, int]:
    """Serve edges that are alone in their oscillations, of which the last one ends at `rest`.

    Only a shorter way, without the lists: it leaves what the phases one by one would. Return the
    line granted last, the end of its oscillation, the next edge and the next grant.
    """
    load_delay, recover_delay = delays[LOAD], delays[RECOVER]
    grant_delay = load_delay + delays[SELECT] + delays[ACCESS]
    served = 0
    while edge + served < end:
        at, to = index(edge + served), index(grant + served)
        tick = edges.tick[at]
        begun = max(tick, rest)
        granted = begun + grant_delay
        if not undisturbed(
            edges, at, index(end), begun + load_delay, granted, granted + recover_delay
        ):
            break
        last = edges.line[at]
        grants.tick[to] = granted
        grants.line[to] = last
        waited[to] = tick < rest - recover_delay  # came before the last grant
        rest = granted + recover_delay
        served += 1
    return last, rest, edge + served, grant + served


@step
def take_edges(
    state: ArbiterState,
    waiting: int,
    held: int,
    selected: int,
    edges: Spikes,
    edge: int,
    end: int,
    due: int,
    grant: int,
    merges: Spikes,
    merge: int,
    trace: ArbiterTrace,
    row: int,
    tick: int,
    phase: int,
) -> tuple[int, int, int, int]:
    """Note the edges before the phase at `due`: those of its own tick come after it.

    Return how many wait, the next edge and merge, and the next row of the trace, which by then has
    all before `due`.
    """
    traced = trace.tick.size > 0
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
        edge += 1
    row = snapshot(state, waiting, held, selected, trace, row, tick, phase)
    return waiting, edge, merge, row


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

    Goes from oscillation to oscillation, and in each from phase to phase, until nothing waits.
    Grants and merges are written from `grant` and `merge` on; an edge is granted once or merges
    once. The trace is written from row 0 on. Returns the next grant, the next merge and the rows.
    """
    waiting = held = selected = row = 0
    last = state.pending.size - 1
    due, phase = -1, NO_PHASE
    while waiting > 0 or edge < end:
        if waiting == 0 and trace.tick.size == 0:
            last, due, edge, grant = serve_sparse_edges(
                delays, last, due, edges, edge, end, grants, waited, grant
            )
            if edge == end:
                break
            if edges.tick[edge] < due:  # it waits, and perhaps did so when the last grant was given
                late = edges.tick[edge] < due - delays[RECOVER]
                waiting = note_edge(state, 0, edges.line[edge], grant - late)
                edge += 1
        tick = due
        due = (due if waiting > 0 else edges.tick[edge]) + delays[LOAD]
        waiting, edge, merge, row = take_edges(
            state, waiting, held, selected, edges, edge, end, due,
            grant, merges, merge, trace, row, tick, phase,
        )  # fmt: skip
        held = load(state, waiting)

        tick, due = due, due + delays[SELECT]
        waiting, edge, merge, row = take_edges(
            state, waiting, held, selected, edges, edge, end, due,
            grant, merges, merge, trace, row, tick, LOAD,
        )  # fmt: skip
        selected = select(state, held, last, round_robin)

        tick, due = due, due + delays[ACCESS]
        waiting, edge, merge, row = take_edges(
            state, waiting, held, selected, edges, edge, end, due,
            grant, merges, merge, trace, row, tick, SELECT,
        )  # fmt: skip
        waiting = access(state, waiting, selected)
        last = selected
        grants.tick[grant] = due
        grants.line[grant] = selected
        waited[grant] = grant - state.since[selected]
        grant += 1

        tick, due, phase = due, due + delays[RECOVER], RECOVER
        waiting, edge, merge, row = take_edges(
            state, waiting, held, selected, edges, edge, end, due,
            grant, merges, merge, trace, row, tick, ACCESS,
        )  # fmt: skip
    row = snapshot(state, waiting, held, selected, trace, row, due, phase)
    return grant, merge, row


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
