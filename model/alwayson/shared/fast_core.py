"""A core over a whole frame, from event to event: the same as tick by tick, only faster.

Ref: Chundi 2021, Fig. 1, 2 and 5. What happens is written in :mod:`goldspike.model.alwayson.core`
and its parts, and a test holds this against them, spike for spike and count for count. What is
different here is only that time is computed where it can be:

* A clock that runs is counted, not followed: its rising edges have numbers. A signal that crosses
  to it is seen two edges after the first one that samples it, whatever lies between.
* Only neurons that have something to do on an edge take a step. One that waits for its Ack does
  nothing until then, unless a spike comes.
* Where a row of spikes reaches neurons that are asleep, and nothing else comes until they would be
  asleep again, their three steps are one (:func:`volley`).
* Power follows from when a block is awake; its ticks are counted when it wakes the next time.

On one tick the synapse block's edge comes first, then the neurons', then the spikes: a request is
visible one tick after the edge that makes it, an Ack to edges from its own tick on.
"""

import numpy as np

from goldspike.model.alwayson.neuron_fsm import (
    CHECK,
    HIDDEN,
    INPUT,
    REQ,
    RESET,
    SLEEP,
    TAKE_MINUS,
    TAKE_PLUS,
    requests,
)
from goldspike.model.alwayson.neuron_fsm import step as fsm_step
from goldspike.model.alwayson.shared.fast_room import (
    ASKING,
    AWAKE,
    BEFORE,
    BITS,
    CLOCK_TICKS,
    DONE,
    DROPPED,
    ENABLED,
    GOING_OFF,
    GRANT,
    GRANTED,
    KIND,
    LAST,
    LAUNCHED,
    LOW,
    PERIOD,
    POWERED,
    PULSES,
    ROBIN,
    S_AWAKE,
    S_CLOCK_TICKS,
    S_ENABLED,
    S_FALL,
    S_GOING_OFF,
    S_LAST,
    S_LOW,
    S_OFF,
    S_ON,
    S_PERIOD,
    S_POWERED,
    S_PULSES,
    S_RUN,
    S_SERVED,
    S_SINCE,
    S_SOONEST,
    SOONEST,
    SPIKES,
    THRESHOLD,
    WORKING,
    Room,
    ask,
    begin,
    edge_tick,
    edges_before,
    go_to_sleep,
    pulse_tick,
    pulses_until,
    run_clock,
    spike,
    wake,
    works,
)
from goldspike.model.jit import kernel, step
from goldspike.model.timebase import NEVER

__all__ = ["core_frames"]


@step
def neuron_step(s: Room, p: np.ndarray, k: int, number: int, tick: int, counts: np.ndarray) -> bool:
    """Let neuron `k` take a step on an edge; return whether it has more to do."""
    fsm = s.fsm
    before, asked = fsm.state[k], requests(fsm, k)
    ack = s.ack_up[k] <= number < s.ack_down[k]
    plus, minus = s.pending[k] & 1 != 0, s.pending[k] & 2 != 0
    resets = fsm_step(fsm, k, p[KIND], p[BITS], plus, minus, ack, p[THRESHOLD])
    if before == CHECK and fsm.state[k] == RESET and p[THRESHOLD] > 0:
        counts[DROPPED] += fsm.potential[k] // p[THRESHOLD] - 1
    if resets & TAKE_PLUS:
        s.pending[k] &= ~1
    if resets & TAKE_MINUS:
        s.pending[k] &= ~2
    asks = requests(fsm, k)
    if asks and not asked:
        ask(s, p, k, tick, counts)
    elif asked and not asks:
        s.asks[k] = False
        s.clocks[ASKING] -= 1
        s.seen[k] = pulses_until(s.clocks, p, tick) + 3
    if resets & SLEEP:
        go_to_sleep(s, p, k, number, tick, counts)
        return s.enabled[k]
    return not (fsm.state[k] == REQ and (p[KIND] == INPUT or s.pending[k] == 0))


@step
def edge(s: Room, p: np.ndarray, number: int, tick: int, counts: np.ndarray) -> None:
    """Let all neurons that have something to do meet a rising edge."""
    c, kept = s.clocks, 0
    c[DONE] = number
    granted = c[GRANTED]
    if granted >= 0 and s.asks[granted] and not s.working[granted] and s.ack_up[granted] <= number:
        works(s, granted)
    soonest = NEVER
    for i in range(c[WORKING]):
        k = s.work[i]
        goes_on = True
        if s.first[k] <= number:
            goes_on = neuron_step(s, p, k, number, tick, counts)
        if goes_on:
            s.work[kept] = k
            kept += 1
            soonest = min(soonest, s.first[k])
        else:
            s.working[k] = False
    c[WORKING], c[SOONEST] = kept, soonest


@step
def next_edge(s: Room) -> int:
    """Return the number of the edge on which a neuron has something to do, or NEVER."""
    c, number = s.clocks, NEVER
    if c[WORKING] > 0:
        number = max(c[SOONEST], c[DONE] + 1)
    granted = c[GRANTED]
    if granted >= 0 and s.asks[granted]:
        number = min(number, max(s.ack_up[granted], c[DONE] + 1))
    return number


@step
def next_pulse(s: Room) -> int:
    """Return the number of the pulse on which the synapse block moves, or NEVER."""
    c = s.clocks
    granted = c[GRANTED]
    if granted < 0:
        return c[S_SOONEST] if c[ASKING] > 0 else NEVER
    if not c[LAUNCHED]:
        return c[GRANT] + 2
    return NEVER if s.asks[granted] else max(c[GRANT] + 3, s.seen[granted])


@step
def serve(s: Room, p: np.ndarray, number: int, tick: int, counts: np.ndarray) -> None:
    """End the Ack that is up, grant the next request that is seen, or sleep."""
    c, n, found = s.clocks, s.pending.size, -1
    if c[GRANTED] >= 0:
        s.ack_down[c[GRANTED]] = edges_before(c, p, tick) + 3
    soonest = NEVER
    for i in range(n):
        k = (s.robin[0] + i) % n if p[ROBIN] else i
        if s.asks[k]:
            if s.seen[k] <= number:
                found = k
                break
            soonest = min(soonest, s.seen[k])
    c[GRANTED], c[LAUNCHED] = found, 0
    if found >= 0:
        c[GRANT] = number
        counts[S_SERVED] += 1
        s.ack_up[found], s.ack_down[found] = edges_before(c, p, tick) + 3, NEVER
        if p[ROBIN]:
            s.robin[0] = (found + 1) % n
        return
    c[S_SOONEST], c[S_LAST] = soonest, number
    if c[ASKING] == 0:
        c[S_ENABLED] = 0
        counts[S_AWAKE] += tick - c[S_SINCE]
        c[S_FALL] = tick - p[S_LOW] + p[S_PERIOD]
        c[S_OFF] = c[S_FALL] + 1 + p[S_GOING_OFF]


@step
def volley(
    s: Room, p: np.ndarray, weights: np.ndarray, row: int, tick: int, until: int,
    counts: np.ndarray,
) -> None:  # fmt: skip
    """Let a row of spikes arrive; `until`: the next one's tick."""
    c, n = s.clocks, s.pending.size
    run_clock(c, p, tick)
    number = c[BEFORE] + 4  # the third step of who sleeps now
    end = edge_tick(c, p, number)
    alone = c[WORKING] == 0 and until >= end and p[KIND] != INPUT
    highest = (1 << (p[BITS] - 1)) - 1
    off = end + p[PERIOD] - p[LOW] + 1 + p[GOING_OFF]
    asleep = 0
    for k in range(n):
        line = 0 if weights[row, k] > 0 else 1
        if not alone or s.enabled[k]:
            spike(s, p, k, line, tick, counts)
            continue
        wake(s, p, k, tick, counts)
        potential = min(max(s.fsm.potential[k] + weights[row, k], -highest - 1), highest)
        s.fsm.potential[k] = potential
        if p[KIND] != HIDDEN or potential < p[THRESHOLD]:
            s.off[k] = off
            asleep += 1
            continue
        if p[THRESHOLD] > 0:
            counts[DROPPED] += potential // p[THRESHOLD] - 1
        s.fsm.state[k], s.fsm.applied[k, line], s.pending[k] = RESET, True, 1 << line
        s.enabled[k] = True
        c[ENABLED] += 1
        c[SOONEST] = min(c[SOONEST], number + 1)
        works(s, k)
        counts[SPIKES] += 1
        counts[PULSES] += 3
        s.first[k] = number + 1
    counts[SPIKES] += asleep
    counts[PULSES] += 3 * asleep
    counts[AWAKE] += asleep * (end - tick)
    if asleep:
        c[LAST] = max(c[LAST], number)


@step
def end_frame(s: Room, p: np.ndarray, counts: np.ndarray) -> None:
    """Count what was still open when everything came to rest."""
    c = s.clocks
    counts[CLOCK_TICKS] += c[LAST] * p[PERIOD]
    for k in range(s.pending.size):
        counts[POWERED] += s.off[k] - s.on[k]
    counts[S_PULSES] += c[S_LAST]
    counts[S_POWERED] += c[S_OFF] - c[S_ON]
    counts[S_CLOCK_TICKS] += c[S_FALL] - c[S_RUN]


@step
def core_frame(
    s: Room, p: np.ndarray, tick: np.ndarray, index: np.ndarray, line: np.ndarray, first: int,
    last: int, weights: np.ndarray, out_tick: np.ndarray, out_row: np.ndarray, launched: int,
    counts: np.ndarray,
) -> int:  # fmt: skip
    """Run a core over the events `first` .. `last` - 1; return where the launched rows end.

    Returns -1 if there is no room for them.
    """
    begin(s)
    c, place = s.clocks, first
    while True:
        coming = tick[place] if place < last else NEVER
        number, pulse = next_edge(s), next_pulse(s)
        neurons = NEVER if number == NEVER else edge_tick(c, p, number)
        synapses = NEVER if pulse == NEVER else pulse_tick(c, p, pulse)
        now = min(coming, neurons, synapses)
        if now == NEVER:
            break
        if synapses == now:
            if c[GRANTED] < 0 or c[LAUNCHED]:
                serve(s, p, pulse, now, counts)
                continue
            if launched == out_tick.size:
                return -1
            c[LAUNCHED] = 1
            out_tick[launched], out_row[launched] = now + 1, c[GRANTED]
            launched += 1
        elif neurons == now:
            edge(s, p, number, now, counts)
        else:
            place += 1
            if weights.shape[0] == 0:
                spike(s, p, index[place - 1], line[place - 1], now, counts)
            else:
                until = tick[place] if place < last else NEVER
                volley(s, p, weights, index[place - 1], now, until, counts)
    end_frame(s, p, counts)
    return launched


@kernel
def core_frames(
    s: Room, p: np.ndarray, tick: np.ndarray, index: np.ndarray, line: np.ndarray,
    bounds: np.ndarray, weights: np.ndarray, out_tick: np.ndarray, out_row: np.ndarray,
    out_bounds: np.ndarray, counts: np.ndarray, potentials: np.ndarray, ends: np.ndarray,
) -> bool:  # fmt: skip
    """Run a core over many frames, each from rest; return whether there was room for the output.

    Parameters
    ----------
    p : int64 (10,)
        See :data:`goldspike.model.alwayson.shared.fast_room.LOW`.
    tick, index, line : int64 (events,)
        Edges, in order of time in every frame: at which neuron, on which line. Where `weights` has
        rows, `index` says which of them arrives, and `line` says nothing.
    bounds, out_bounds : int64 (frames + 1,)
        Which events are whose.
    weights : int8 (rows, n)
        -1 and +1, of the synapse block before; no rows: single spikes.
    out_tick, out_row : int64 (room,)
        Get what is launched: the tick of the edges at the next core, and the row.
    counts : int64 (frames, 17)
        See :data:`goldspike.model.alwayson.shared.fast_room.FAST_COUNTS`.
    potentials : int64 (frames, n)
        Gets those at the end.
    ends : int64 (frames,)
        Gets the last tick on which anything was under way, if it is later than what it holds.
    """
    launched = 0
    for f in range(bounds.size - 1):
        launched = core_frame(
            s, p, tick, index, line, bounds[f], bounds[f + 1], weights, out_tick, out_row, launched,
            counts[f],
        )  # fmt: skip
        if launched < 0:
            return False
        out_bounds[f + 1] = launched
        ends[f] = max(ends[f], s.clocks[S_OFF])
        for k in range(potentials.shape[1]):
            potentials[f, k] = s.fsm.potential[k]
            ends[f] = max(ends[f], s.off[k])
    return True
