"""How long a step takes in an array: when spikes leave their cores, and what they wait for.

Within a step no spike that arrives changes what a core does, so a core's ticks follow from its
events: neuron k of a step that began on tick 0 fires on tick ``2 * (k + 1)`` plus the events of
neurons 0 to k, plus the ticks that it stalled before. Only these ticks and those on which a packet
is under way are looked at, by the rules of :mod:`goldspike.model.truenorth.router`; the result is
tick for tick that of :mod:`goldspike.model.truenorth.array`, which a test shows.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.truenorth.array import EAST, LOCAL, NORTH, SOUTH, WEST, neighbour, opposite
from goldspike.model.truenorth.router import NONE, choose, hop

__all__ = ["Traffic", "deliver", "sent_from_outside", "traffic"]


class Traffic(NamedTuple):
    """Routers, and what cores will send in the step that runs.

    Attributes
    ----------
    shape : int64 (2,)
        Columns and rows.
    queues : int64 (cores, 5, depth, 4), fills : int64 (cores, 5), sent_last : int64 (cores, 5)
        As those of an array.
    chosen : int64 (cores, 5)
    due : int64 (cores, neurons)
        Ticks on which a core sends, ascending.
    sent : int64 (cores, neurons, 4)
        What: dx, dy, and two numbers that are not looked at.
    counts : int64 (cores,)
        How much.
    """

    shape: np.ndarray
    queues: np.ndarray
    fills: np.ndarray
    sent_last: np.ndarray
    chosen: np.ndarray
    due: np.ndarray
    sent: np.ndarray
    counts: np.ndarray


def traffic(columns: int, rows: int, depth: int, neurons: int) -> Traffic:
    """Return the routers of an array after reset."""
    cores = columns * rows
    return Traffic(
        shape=np.array([columns, rows], np.int64),
        queues=np.zeros((cores, 5, depth, 4), np.int64),
        fills=np.zeros((cores, 5), np.int64),
        sent_last=np.full((cores, 5), NORTH, np.int64),
        chosen=np.zeros((cores, 5), np.int64),
        due=np.zeros((cores, neurons), np.int64),
        sent=np.zeros((cores, neurons, 4), np.int64),
        counts=np.zeros(cores, np.int64),
    )


@njit
def sent_from_outside(state: Traffic, goal: int) -> None:
    """Note the way of a packet that came in by the west link of (0, 0) and met no other."""
    columns = state.shape[0]
    for core in range(goal % columns):
        state.sent_last[core, EAST] = WEST
    core, source = goal % columns, WEST
    while core != goal:
        state.sent_last[core, NORTH] = source
        core, source = core + columns, SOUTH
    state.sent_last[core, LOCAL] = source


@njit
def deliver(state: Traffic, stalls: np.ndarray) -> int:
    """Run the routers until all that is sent has arrived; return the last tick of a packet.

    Parameters
    ----------
    state : Traffic
        Changed; its queues are empty before and after.
    stalls : int64 (cores,), written
        Ticks that each core waited for its router.
    """
    cores, depth = state.queues.shape[0], state.queues.shape[2]
    columns, rows = state.shape[0], state.shape[1]
    following = np.zeros(cores, np.int64)  # by core, the next one to be sent
    room, waiting = np.zeros((cores, 5), np.bool_), np.zeros(cores, np.int64)
    tick, under_way = 0, 0
    stalls[:] = 0
    while True:
        if under_way:
            tick += 1
        else:
            soonest = -1
            for core in range(cores):
                if following[core] < state.counts[core]:
                    due = state.due[core, following[core]] + stalls[core]
                    if soonest < 0 or due < soonest:
                        soonest = due
            if soonest < 0:
                return tick
            tick = soonest
        for core in range(cores):
            waiting[core] = state.fills[core].sum()
            for port in range(5):
                room[core, port] = state.fills[core, port] < depth
            if waiting[core]:
                choose(
                    state.queues[core, :, 0],
                    state.fills[core] > 0,
                    state.sent_last[core],
                    state.chosen[core],
                )
        for core in range(cores):
            if waiting[core]:
                under_way -= move(state, core, columns, rows, room)
        for core in range(cores):
            number = following[core]
            if number < state.counts[core] and state.due[core, number] + stalls[core] == tick:
                if room[core, LOCAL]:
                    fill = state.fills[core, LOCAL]
                    state.queues[core, LOCAL, fill] = state.sent[core, number]
                    state.fills[core, LOCAL] += 1
                    following[core] += 1
                    under_way += 1
                else:
                    stalls[core] += 1


@njit
def move(state: Traffic, core: int, columns: int, rows: int, room: np.ndarray) -> int:
    """Send what a router chose as far as there is room; return how many packets have arrived.

    `room`, bool (cores, 5), is of the beginning of the tick. A packet that is pushed here lies
    after those that the neighbour chose from, so the order of the routers does not matter.
    """
    arrived = 0
    for output in range(5):
        source = state.chosen[core, output]
        if source == NONE:
            continue
        goal = NONE if output == LOCAL else neighbour(core, output, columns, rows)
        if goal != NONE and not room[goal, opposite(output)]:
            continue
        packet = state.queues[core, source, 0].copy()
        for k in range(1, state.fills[core, source]):
            state.queues[core, source, k - 1] = state.queues[core, source, k]
        state.fills[core, source] -= 1
        state.sent_last[core, output] = source
        if goal == NONE:
            arrived += 1
            continue
        hop(packet, output)
        port = opposite(output)
        state.queues[goal, port, state.fills[goal, port]] = packet
        state.fills[goal, port] += 1
    return arrived
