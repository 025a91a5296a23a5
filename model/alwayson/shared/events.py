"""Run a neuron block from event to event: what its golden model does on the ticks that matter.

Ref: Chundi 2021, "Neuron Block". The steps are those of :mod:`goldspike.model.alwayson.neuron`; the
order of what falls on one tick is written there.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.neuron import (
    LOST,
    ON,
    PULSES,
    NeuronsState,
    clear_potential,
    clock_falls,
    clock_rises,
    gate_power,
    spike,
)
from goldspike.model.alwayson.neuron_fsm import STANDBY, requests
from goldspike.model.jit import njit
from goldspike.model.timebase import NEVER

__all__ = [
    "EVENT",
    "SPIKE",
    "Generator",
    "Record",
    "acks",
    "clears",
    "room",
    "run_events",
    "spikes",
]

EVENT = np.dtype([("tick", "<i8"), ("what", "<i8"), ("neuron", "<i8"), ("value", "<i8")])
SPIKE, ACK, CLEAR = 0, 1, 2
PATIENCE = 64
"""Periods of the clock after the last input: far more than any neuron works on its own."""


def events(what: int, tick: np.ndarray, neuron: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return events of one sort."""
    found = np.zeros(len(tick), EVENT)
    found["tick"], found["what"], found["neuron"], found["value"] = tick, what, neuron, value
    return found


def spikes(tick: np.ndarray, neuron: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return rising edges: on which tick, at which neuron, line 0 (Spk+1) or 1 (Spk-1)."""
    return events(SPIKE, tick, neuron, line)


def acks(tick: np.ndarray, neuron: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return changes of Ack: the first tick on which it is sampled, whose, and its level."""
    return events(ACK, tick, neuron, level)


def clears(tick: np.ndarray) -> np.ndarray:
    """Return resets of all potentials."""
    return events(CLEAR, tick, np.zeros(len(tick)), np.zeros(len(tick)))


class Generator(NamedTuple):
    """The clock generator; one-element arrays, so that compiled code can change them."""

    start: np.ndarray  # the tick from which the period under way counts
    rise: np.ndarray  # tick of its next edges, or NEVER
    fall: np.ndarray
    busy_ticks: np.ndarray


class Record(NamedTuple):
    """Room for snapshots, one row per tick on which anything could change."""

    tick: np.ndarray  # int64 (rows,)
    clock: np.ndarray  # bool (rows,)
    pending: np.ndarray  # uint8 (rows, n)
    clock_enable: np.ndarray  # bool (rows, n)
    clock_ungate: np.ndarray
    gated: np.ndarray
    power: np.ndarray  # uint8 (rows, n)
    state: np.ndarray  # uint8 (rows, n)
    request: np.ndarray  # bool (rows, n)
    potential: np.ndarray  # int64 (rows, n)
    pulses: np.ndarray  # int64 (rows, n)
    lost: np.ndarray  # int64 (rows, n)


def room(rows: int, n: int) -> Record:
    """Return room for `rows` snapshots."""
    kinds = (np.uint8, bool, bool, bool, np.uint8, np.uint8, bool, np.int64, np.int64, np.int64)
    fields = [np.zeros((rows, n), kind) for kind in kinds]
    return Record(np.zeros(rows, np.int64), np.zeros(rows, bool), *fields)


@njit
def snapshot(s: NeuronsState, record: Record, row: int, tick: int, clock: bool) -> None:
    """Write down what the trace shows after a tick."""
    record.tick[row] = tick
    record.clock[row] = clock
    for k in range(s.gated.size):
        on = s.power[k] == ON
        record.pending[row, k] = int(s.wakeup.pending[k, 0]) + 2 * int(s.wakeup.pending[k, 1])
        record.clock_enable[row, k] = s.wakeup.enable[k]
        record.clock_ungate[row, k] = s.wakeup.ungate[k]
        record.gated[row, k] = s.gated[k]
        record.power[row, k] = s.power[k]
        record.state[row, k] = s.fsm.state[k] if on else STANDBY
        record.request[row, k] = on and requests(s.fsm, k)
        record.potential[row, k] = s.fsm.potential[k]
        record.pulses[row, k] = s.counts[k, PULSES]
        record.lost[row, k] = s.counts[k, LOST]


@njit
def start_generator(g: Generator, tick: int, low: int, period: int) -> None:
    """Begin a period that counts from `tick`."""
    g.start[0] = tick
    g.rise[0] = tick + low
    g.fall[0] = tick + period
    g.busy_ticks[0] += period


@njit
def answer(
    s: NeuronsState, k: int, tick: int, due: np.ndarray, up: np.ndarray, down: np.ndarray,
    turn: np.ndarray,
) -> None:  # fmt: skip
    """Let the responder hear neuron `k` after a tick: Ack follows the request."""
    wanted = s.power[k] == ON and requests(s.fsm, k)
    if due[k] == NEVER and wanted != s.ack[k]:
        delays = up if wanted else down
        due[k] = tick + delays[turn[0] % delays.size]
        turn[0] += 1


@njit
def run_events(
    s: NeuronsState, g: Generator, events: np.ndarray, place: int, spiked: np.ndarray,
    numbers: np.ndarray, responder: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    log: np.ndarray, ack_log: np.ndarray, record: Record, last: np.ndarray,
) -> tuple[int, int, int, bool]:  # fmt: skip
    """Run until the record is full or nothing is left; return place, rows, acks, and whether done.

    `numbers`: low phase, period, kind, bits, threshold, ticks to wake, to go off. `log` gets a row
    per spike; `ack_log` one per change of the responder's Ack; `last` gets the tick. Raises
    ValueError if a neuron waits for an Ack that never comes.
    """
    low, period, kind, bits, threshold, waking, going_off = numbers
    ack_due, up, down, turn = responder
    n = s.gated.size
    rows, answers, alone = 0, 0, 0
    while True:
        tick = min(g.rise[0], g.fall[0])
        coming = events[place]["tick"] if place < events.size else NEVER
        for k in range(n):
            tick = min(tick, s.due[k])
            coming = min(coming, ack_due[k])
        tick = min(tick, coming)
        if tick == NEVER:
            return place, rows, answers, True
        if rows == record.tick.size > 1 or answers + n > ack_log.shape[0]:
            return place, rows, answers, False

        phase = tick - g.start[0] if g.fall[0] != NEVER else -1
        first = place  # inputs as they are sampled on this tick
        while place < events.size and events[place]["tick"] == tick:
            if events[place]["what"] == ACK:
                s.ack[events[place]["neuron"]] = events[place]["value"] != 0
            place += 1
        for k in range(n):
            if ack_due[k] == tick:
                s.ack[k] = not s.ack[k]
                ack_due[k] = NEVER
                ack_log[answers, 0], ack_log[answers, 1], ack_log[answers, 2] = tick, k, s.ack[k]
                answers += 1

        if tick == g.rise[0]:
            g.rise[0] = NEVER
            alone = alone + 1 if coming == NEVER else 0
            if alone > PATIENCE:
                raise ValueError("a neuron waits for an Ack that no event and no responder gives")
            for k in range(n):
                clock_rises(s, k, tick, kind, bits, threshold)
        elif tick == g.fall[0]:
            g.fall[0] = NEVER
            for k in range(n):
                clock_falls(s, k)
        spiked[:] = False
        for e in range(first, place):
            k, line = events[e]["neuron"], events[e]["value"]
            if events[e]["what"] == CLEAR:
                for j in range(n):
                    clear_potential(s, j)
            elif events[e]["what"] == SPIKE:
                log[e, 1] = phase
                log[e, 2] = s.power[k]
                log[e, 3] = tick - s.since[k, 2] if s.since[k, 2] >= 0 else -1
                log[e, 0] = spike(s, k, line, tick)
                spiked[k] = True
        for k in range(n):
            gate_power(s, k, tick, spiked[k], waking, going_off)
            if up.size:
                answer(s, k, tick, ack_due, up, down, turn)
        if g.fall[0] == NEVER and s.wakeup.enable.any():
            start_generator(g, tick, low, period)
        last[0] = tick
        if record.tick.size > 1:
            clock = g.rise[0] == NEVER and g.fall[0] != NEVER
            snapshot(s, record, rows, tick, clock)
            rows += 1
