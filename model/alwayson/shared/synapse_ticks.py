"""Steps of a synapse block, tick by tick.

Ref: Chundi 2021, "Synapse Block" and Fig. 5. Assumptions, and the order of what falls on one tick:
:mod:`goldspike.model.alwayson.synapse_block`.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.request_synchroniser import (
    SynchroniserState,
    clear_acks,
    reset_requests,
    shift_acks,
    shift_requests,
)
from goldspike.model.alwayson.synapse_arbiter import (
    CAPTURE,
    GRANT,
    SLEEP,
    ArbiterState,
    arbiter_step,
    granted_row,
    reset_arbiter,
)
from goldspike.model.jit import kernel
from goldspike.model.timebase import NEVER
from goldspike.model.timing.power_gate import PowerState

__all__ = [
    "COUNTED",
    "REGISTERS",
    "SynapseState",
    "launches",
    "shift_in",
    "synapse_tick",
    "write_word",
]

(
    ENABLE, UNGATE, GATED, POWER, DUE, NEEDED, CLOCK_BEFORE, CLOCK, RISE, FALL,
    PULSES, SERVED, WAKEUPS, POWER_UPS, CLOCK_TICKS, POWERED, AWAKE,
) = range(17)  # fmt: skip
COUNTED = {
    "served": SERVED, "wakeups": WAKEUPS, "power_ups": POWER_UPS, "pulses": PULSES,
    "clock_ticks": CLOCK_TICKS, "awake": AWAKE, "powered": POWERED,
}  # fmt: skip
"""What is counted: ticks `awake` with FFclk-en up, `powered`, and with the generator running."""
REGISTERS = 17
OFF, WAKING, ON, GOING_OFF = (
    int(PowerState.OFF), int(PowerState.WAKING), int(PowerState.ON), int(PowerState.GOING_OFF)
)  # fmt: skip


class SynapseState(NamedTuple):
    """State of a synapse block; compiled code changes it in place."""

    registers: np.ndarray  # int64, see above
    synchroniser: SynchroniserState
    arbiter: ArbiterState
    memory: np.ndarray  # bool (rows, columns)
    word: np.ndarray  # bool (columns,): read last
    weights: np.ndarray  # bool (columns,): taken
    chain: np.ndarray  # bool (bits,)
    numbers: np.ndarray  # int64: bits of length, divide, idle, row; round robin; waking, going off


@kernel
def scanned(s: SynapseState, index: int) -> int:
    """Return field `index` of the scan chain: length, divide, idle, row."""
    value, start = 0, 0
    for k in range(index):
        start += s.numbers[k]
    for k in range(s.numbers[index]):
        value += int(s.chain[start + k]) << k
    return value


@kernel
def launches(s: SynapseState) -> bool:
    """Return whether the spike lines show the weights: isolated, St2 of an Ack."""
    return s.registers[POWER] == ON and s.arbiter.spkgen[0] == 2 and s.arbiter.ack.sum() == 1


@kernel
def gate_power(s: SynapseState, asks: bool) -> None:
    """Take the power gate one tick further; a way on ends with a reset."""
    r, needed = s.registers, s.registers[NEEDED] != 0 or asks
    power = r[POWER]
    r[DUE] += 1  # ticks in this state
    if power == OFF:
        r[DUE] = 0
        if needed:
            r[POWER] = WAKING
            r[POWER_UPS] += 1
    elif power == WAKING:
        if r[DUE] == s.numbers[5]:
            r[POWER] = ON
            reset_requests(s.synchroniser)
            reset_arbiter(s.arbiter)
            s.weights[:] = False
    elif power == ON:
        if not needed:
            r[POWER], r[DUE] = GOING_OFF, 0
    elif needed:
        r[POWER] = ON
    elif r[DUE] == s.numbers[6]:
        r[POWER] = OFF
    r[POWERED] += int(r[POWER] != OFF)
    r[NEEDED] = int(r[ENABLE] != 0 or r[GATED] != 0)


@kernel
def step(s: SynapseState, request: np.ndarray) -> bool:
    """Meet a pulse of the gated clock; return whether the block goes to sleep."""
    r = s.registers
    r[GATED] = 1
    r[PULSES] += 1
    did = arbiter_step(s.arbiter, s.synchroniser.request_seen, s.numbers[4] != 0)
    shift_requests(s.synchroniser, request)
    if did & CAPTURE:
        for k in range(s.word.size):
            s.weights[k] = s.word[k]
    r[SERVED] += int(did & GRANT != 0)
    return did & SLEEP != 0


@kernel
def shift_in(chain: np.ndarray, bit: bool) -> None:
    """Shift a bit into a scan chain."""
    for k in range(chain.size - 1):
        chain[k] = chain[k + 1]
    chain[-1] = bit


@kernel
def synapse_tick(
    s: SynapseState, tick: int, request: np.ndarray, neuron_clock: bool, scan: bool, scan_in: bool,
    load: bool, clear: bool,
) -> bool:  # fmt: skip
    """Advance one tick; return whether the block is busy on it."""
    r = s.registers
    asks = request.any()
    busy = (
        asks or scan or load or clear or neuron_clock
        or r[ENABLE] + r[GATED] + r[POWER] + r[CLOCK_BEFORE] > 0 or r[FALL] != NEVER
    )  # fmt: skip
    if not busy:
        return False
    enabled, sleeps = r[ENABLE], False
    reads = granted_row(s.arbiter) if s.arbiter.spkgen[0] == 0 and r[POWER] == ON else -1
    if neuron_clock and not r[CLOCK_BEFORE]:
        shift_acks(s.synchroniser, s.arbiter.ack)  # which is down while the power is not on
    r[CLOCK_BEFORE] = int(neuron_clock)
    if tick == r[RISE]:
        r[CLOCK], r[RISE] = 1, NEVER
        if r[UNGATE]:
            sleeps = step(s, request)
    elif tick == r[FALL]:
        r[CLOCK], r[FALL], r[GATED] = 0, NEVER, 0
        r[UNGATE] = enabled
    if sleeps:
        r[UNGATE] = 0
    r[ENABLE] = int(asks or (enabled != 0 and not sleeps))
    r[WAKEUPS] += int(r[ENABLE] and not enabled)
    if reads >= 0:
        for k in range(s.word.size):
            s.word[k] = s.memory[reads, k]
    gate_power(s, asks)
    if load:
        row, start = scanned(s, 3), s.chain.size - s.word.size
        for k in range(s.word.size):
            s.memory[row, k] = s.chain[start + k]
    if scan:
        shift_in(s.chain, scan_in)
    if clear:
        clear_acks(s.synchroniser)
        s.arbiter.following[0] = 0
    if r[FALL] == NEVER and r[ENABLE]:
        length, divide = scanned(s, 0), scanned(s, 1)
        r[RISE] = tick + (divide // 2) * 2 * length + length
        r[FALL] = tick + 2 * length * divide
    r[CLOCK_TICKS] += int(r[FALL] != NEVER)
    r[AWAKE] += r[ENABLE]
    return True


@kernel
def pack(out: np.ndarray, place: int, lines: np.ndarray, shown: bool) -> int:
    """Write a bitmap to bytes from `place` on; return where the next begins."""
    for k in range(lines.size):
        if shown and lines[k]:
            out[place + k // 8] |= 1 << (k % 8)
    return place + (lines.size + 7) // 8


@kernel
def write_word(s: SynapseState, out: np.ndarray) -> None:
    """Write the trace word, uint8 (bytes,), as :attr:`SynapseBlockParams.trace` lays it out."""
    r, sync = s.registers, s.synchroniser
    on = r[POWER] == ON
    out[:] = 0
    out[0], out[1], out[2], out[3], out[4] = r[CLOCK], r[ENABLE], r[UNGATE], r[GATED], r[POWER]
    out[5] = s.arbiter.spkgen[0] if on else 0
    out[6], out[7] = r[PULSES] & 255, r[SERVED] & 255
    out[8], out[9] = s.arbiter.following[0] & 255, s.arbiter.following[0] >> 8
    place = pack(out, 10, s.arbiter.ack, on)
    place = pack(out, place, sync.request_first, on)
    place = pack(out, place, sync.request_seen, on)
    place = pack(out, place, sync.ack_first, True)
    place = pack(out, place, sync.ack_seen, True)
    pack(out, place, s.weights, on)
