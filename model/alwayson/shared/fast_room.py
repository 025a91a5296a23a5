"""Clocks, power and requests of a core that are computed, not followed.

Used by :mod:`goldspike.model.alwayson.shared.fast_core`, which says what this is about.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.neuron_fsm import HIDDEN, INPUT, FsmState, fsm_state, requests
from goldspike.model.jit import step
from goldspike.model.timebase import NEVER

__all__ = ["FAST_COUNTS", "Room", "room"]

FAST_COUNTS = (
    "spikes", "lost", "dropped", "requests", "wakeups", "power_ups", "pulses", "awake", "powered",
    "clock_ticks", "synapse_served", "synapse_wakeups", "synapse_power_ups", "synapse_pulses",
    "synapse_awake", "synapse_powered", "synapse_clock_ticks",
)  # fmt: skip
"""What is counted, as :attr:`goldspike.model.alwayson.core.CoreModel.counts` names it."""
(
    SPIKES, LOST, DROPPED, REQUESTS, WAKEUPS, POWER_UPS, PULSES, AWAKE, POWERED, CLOCK_TICKS,
    S_SERVED, S_WAKEUPS, S_POWER_UPS, S_PULSES, S_AWAKE, S_POWERED, S_CLOCK_TICKS,
) = range(17)  # fmt: skip

(
    START, BEFORE, LAST, ENABLED, DONE, SOONEST, WORKING,
    S_AT, S_NUMBER, S_ENABLED, S_SINCE, S_FALL, S_RUN, S_OFF, S_ON, S_LAST,
    GRANTED, GRANT, LAUNCHED, ASKING, S_SOONEST,
) = range(21)  # fmt: skip
"""Clocks. Neurons: `start` of a period of which `before` rising edges came; the `last` edge, where
nobody is enabled; how many are; the edge done last, the soonest that anybody waits for; how many
work. Synapse block: tick and number of some gated pulse; enabled, since when; its last fall; begin
of the run under way; when its power is off, and came on; the last pulse; row granted, by which
pulse, whether its spikes are launched; how many ask; the pulse that sees the first of them."""

(LOW, PERIOD, KIND, BITS, THRESHOLD, GOING_OFF, S_LOW, S_PERIOD, S_GOING_OFF, ROBIN) = range(10)
"""Numbers of a core."""

AGES = -(1 << 40)


class Room(NamedTuple):
    """State of a core, reused from frame to frame."""

    fsm: FsmState
    pending: np.ndarray  # int64 (n,): FF+1 in bit 0, FF-1 in bit 1
    enabled: np.ndarray  # bool (n,): FFclk-en
    first: np.ndarray  # int64 (n,): the edge that lets its clock through
    since: np.ndarray  # int64 (n,): tick since which it is awake
    on: np.ndarray  # int64 (n,): tick since which it has power
    off: np.ndarray  # int64 (n,): tick on which its power goes, if nothing comes
    working: np.ndarray  # bool (n,)
    work: np.ndarray  # int64 (n,): the working neurons
    ack_up: np.ndarray  # int64 (n,): the edge that first sees the last Ack up
    ack_down: np.ndarray  # and down again
    asks: np.ndarray  # bool (n,): Req
    seen: np.ndarray  # int64 (n,): the pulse on which the arbiter first sees Req as it is now
    clocks: np.ndarray  # int64 (21,)
    robin: np.ndarray  # int64 (1,)


def room(n: int) -> Room:
    """Return room for a core of `n` neurons."""

    def numbers() -> np.ndarray:
        return np.zeros(n, np.int64)

    def flags() -> np.ndarray:
        return np.zeros(n, bool)

    return Room(
        fsm=fsm_state(n), pending=numbers(), enabled=flags(), first=numbers(), since=numbers(),
        on=numbers(), off=numbers(), working=flags(), work=numbers(), ack_up=numbers(),
        ack_down=numbers(), asks=flags(), seen=numbers(), clocks=np.zeros(21, np.int64),
        robin=np.zeros(1, np.int64),
    )  # fmt: skip


@step
def begin(s: Room) -> None:
    """Put everything to rest, as after `clear`."""
    for k in range(s.pending.size):
        s.fsm.state[k], s.fsm.potential[k], s.pending[k] = 0, 0, 0
        s.fsm.applied[k, 0], s.fsm.applied[k, 1] = False, False
        s.enabled[k], s.working[k], s.asks[k] = False, False, False
        s.on[k], s.off[k], s.ack_up[k], s.ack_down[k] = AGES, AGES, NEVER, NEVER
    c = s.clocks
    for k in range(c.size):
        c[k] = 0
    c[START], c[SOONEST] = AGES, NEVER
    c[S_FALL] = c[S_RUN] = c[S_OFF] = c[S_ON] = AGES
    c[GRANTED], c[S_SOONEST] = -1, NEVER
    s.robin[0] = 0


@step
def edges_before(c: np.ndarray, p: np.ndarray, tick: int) -> int:
    """Return how many rising edges the neurons' clock has before a tick."""
    first = c[START] + p[LOW]
    count = c[BEFORE] + ((tick - 1 - first) // p[PERIOD] + 1 if tick > first else 0)
    return count if c[ENABLED] > 0 else min(count, c[LAST])


@step
def edge_tick(c: np.ndarray, p: np.ndarray, number: int) -> int:
    """Return the tick of a rising edge of the neurons' clock, while it runs."""
    return c[START] + p[LOW] + (number - c[BEFORE] - 1) * p[PERIOD]


@step
def pulses_until(c: np.ndarray, p: np.ndarray, tick: int) -> int:
    """Return how many gated pulses the synapse block has up to a tick, while it is awake."""
    if tick < c[S_AT]:
        return c[S_NUMBER] - 1
    return c[S_NUMBER] + (tick - c[S_AT]) // p[S_PERIOD]


@step
def pulse_tick(c: np.ndarray, p: np.ndarray, number: int) -> int:
    """Return the tick of a gated pulse of the synapse block, while it is awake."""
    return c[S_AT] + (number - c[S_NUMBER]) * p[S_PERIOD]


@step
def run_clock(c: np.ndarray, p: np.ndarray, tick: int) -> None:
    """Let a spike that wakes a neuron start the clock, if it rests; go on to its period."""
    fall = c[START] + (c[LAST] - c[BEFORE]) * p[PERIOD]
    if c[ENABLED] == 0 and tick > fall:
        c[START], c[BEFORE] = tick, c[LAST]
    else:
        periods = (tick - c[START]) // p[PERIOD]
        c[START] += periods * p[PERIOD]
        c[BEFORE] += periods


@step
def wake(s: Room, p: np.ndarray, k: int, tick: int, counts: np.ndarray) -> None:
    """Let a spike wake neuron `k`; the clock runs already."""
    counts[WAKEUPS] += 1
    s.first[k] = s.clocks[BEFORE] + 2
    s.since[k] = tick
    if tick > s.off[k]:
        counts[POWERED] += s.off[k] - s.on[k]
        counts[POWER_UPS] += 1
        s.on[k] = tick


@step
def works(s: Room, k: int) -> None:
    """Add neuron `k` to those that take the next step."""
    if not s.working[k]:
        s.working[k] = True
        s.work[s.clocks[WORKING]] = k
        s.clocks[WORKING] += 1


@step
def spike(s: Room, p: np.ndarray, k: int, line: int, tick: int, counts: np.ndarray) -> None:
    """Let a spike arrive at neuron `k`, positive on line 0."""
    c = s.clocks
    counts[SPIKES] += 1
    if s.pending[k] & (1 << line):
        counts[LOST] += 1
        counts[DROPPED] += int(p[KIND] == INPUT and requests(s.fsm, k))
        return
    s.pending[k] |= 1 << line
    if not s.enabled[k]:
        run_clock(c, p, tick)
        wake(s, p, k, tick, counts)
        s.enabled[k] = True
        c[ENABLED] += 1
        c[SOONEST] = min(c[SOONEST], s.first[k])
        works(s, k)
    elif not s.working[k] and p[KIND] == HIDDEN:  # it waits for its Ack
        c[SOONEST] = min(c[SOONEST], edges_before(c, p, tick + 1) + 1)
        works(s, k)


@step
def ask(s: Room, p: np.ndarray, k: int, tick: int, counts: np.ndarray) -> None:
    """Raise Req of neuron `k` with an edge; the synapse block sees it on the next tick."""
    c, visible = s.clocks, tick + 1
    counts[REQUESTS] += 1
    if not c[S_ENABLED]:
        counts[S_WAKEUPS] += 1
        c[S_ENABLED], c[S_SINCE] = 1, visible
        fall = c[S_FALL]
        if visible > fall:
            counts[S_CLOCK_TICKS] += fall - c[S_RUN]
            c[S_RUN] = visible
            fall = visible + p[S_PERIOD]
        elif visible == fall:
            fall += p[S_PERIOD]
        c[S_AT], c[S_NUMBER] = fall + p[S_LOW], c[S_LAST] + 1
        if visible > c[S_OFF]:
            counts[S_POWERED] += c[S_OFF] - c[S_ON]
            counts[S_POWER_UPS] += 1
            c[S_ON] = visible
    s.asks[k] = True
    c[ASKING] += 1
    s.seen[k] = pulses_until(c, p, tick) + 3
    c[S_SOONEST] = min(c[S_SOONEST], s.seen[k])


@step
def go_to_sleep(s: Room, p: np.ndarray, k: int, number: int, tick: int, counts: np.ndarray) -> None:
    """Let neuron `k` sleep; a spike that waits wakes it at once, and no pulse is missed."""
    c = s.clocks
    counts[PULSES] += number - s.first[k] + 1
    if s.pending[k]:
        counts[WAKEUPS] += 1
        s.first[k] = number + 1
        return
    s.enabled[k] = False
    counts[AWAKE] += tick - s.since[k]
    s.off[k] = tick + p[PERIOD] - p[LOW] + 1 + p[GOING_OFF]
    c[ENABLED] -= 1
    c[LAST] = max(c[LAST], number)
