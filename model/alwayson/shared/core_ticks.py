"""Steps of a core, tick by tick: a neuron block, and the synapse block that serves it.

Ref: Chundi 2021, Fig. 1, 2 and 5. Assumptions, and the order of what falls on one tick:
:mod:`goldspike.model.alwayson.core`.
"""

from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.neuron import (
    LOST,
    ON,
    NeuronsState,
    clear_potential,
    clock_falls,
    clock_rises,
    gate_power,
    spike,
)
from goldspike.model.alwayson.neuron_fsm import CHECK, INPUT, RESET, requests
from goldspike.model.alwayson.shared.events import Generator, start_generator
from goldspike.model.alwayson.shared.synapse_ticks import (
    CLOCK,
    SynapseState,
    launches,
    scanned,
    shift_in,
    synapse_tick,
    write_word,
)
from goldspike.model.jit import kernel, njit
from goldspike.model.timebase import NEVER

__all__ = ["NeuronBlockState", "core_ticks"]


class NeuronBlockState(NamedTuple):
    """State of a neuron block; compiled code changes it in place."""

    neurons: NeuronsState
    generator: Generator
    before: np.ndarray  # bool (2, n): the lines on the tick before
    chain: np.ndarray  # bool (bits,): length, divide, threshold
    numbers: np.ndarray  # int64: kind, bits, waking, going off; bits of length, divide, threshold
    dropped: np.ndarray  # int64 (n,)
    clock_ticks: np.ndarray  # int64 (1,)
    active: np.ndarray  # bool (1,): anything is awake, or has power


@kernel
def setting(b: NeuronBlockState, index: int) -> int:
    """Return field `index` of the scan chain: length, divide, threshold."""
    value, start = 0, 0
    for k in range(index):
        start += b.numbers[4 + k]
    for k in range(b.numbers[4 + index]):
        value += int(b.chain[start + k]) << k
    return value


@kernel
def pulse(b: NeuronBlockState, k: int, tick: int, threshold: int) -> None:
    """Let the clock rise at neuron `k`; count the requests that it can no longer make."""
    before = b.neurons.fsm.state[k]
    clock_rises(b.neurons, k, tick, b.numbers[0], b.numbers[1], threshold)
    if before == CHECK and b.neurons.fsm.state[k] == RESET and threshold > 0:
        b.dropped[k] += b.neurons.fsm.potential[k] // threshold - 1


@kernel
def arrive(b: NeuronBlockState, k: int, line: int, tick: int) -> None:
    """Let a spike arrive; at an input neuron whose request is up, a lost one is a request less."""
    waits = requests(b.neurons.fsm, k)
    if spike(b.neurons, k, line, tick) and waits and b.numbers[0] == INPUT:
        b.dropped[k] += 1


@kernel
def keep_lines(b: NeuronBlockState, lines: np.ndarray) -> None:
    """Remember the lines as they are on this tick."""
    for k in range(b.dropped.size):
        b.before[0, k], b.before[1, k] = lines[0, k], lines[1, k]


@kernel
def neuron_block_tick(
    b: NeuronBlockState, tick: int, lines: np.ndarray, moves: bool, ack: np.ndarray, clear: bool,
    scan: bool, scan_in: bool,
) -> bool:  # fmt: skip
    """Advance one tick; return whether the block is busy on it. `moves`: the lines do."""
    s, g, n = b.neurons, b.generator, b.dropped.size
    busy = clear or scan or b.active[0] or g.fall[0] != NEVER
    if moves and not busy:
        for k in range(n):
            busy |= (lines[0, k] and not b.before[0, k]) or (lines[1, k] and not b.before[1, k])
    if not busy:
        if moves:
            keep_lines(b, lines)
        return False
    for k in range(n):
        s.ack[k] = ack[k]
    if tick == g.rise[0]:
        g.rise[0] = NEVER
        threshold = setting(b, 2)
        for k in range(n):
            if s.wakeup.ungate[k]:
                pulse(b, k, tick, threshold)
    elif tick == g.fall[0]:
        g.fall[0] = NEVER
        for k in range(n):
            if s.wakeup.enable[k] or s.gated[k]:
                clock_falls(s, k)
    active = awake = False
    for k in range(n):
        if clear:
            clear_potential(s, k)
        spiked = False
        if lines[0, k] and not b.before[0, k]:
            arrive(b, k, 0, tick)
            spiked = True
        if lines[1, k] and not b.before[1, k]:
            arrive(b, k, 1, tick)
            spiked = True
        if spiked or s.power[k] != 0:  # without power, nothing but a spike changes it
            gate_power(s, k, tick, spiked, b.numbers[2], b.numbers[3])
        awake |= s.wakeup.enable[k]
        active |= s.power[k] != 0 or s.wakeup.enable[k] or s.gated[k]
    b.active[0] = active
    if moves:
        keep_lines(b, lines)
    if scan:
        shift_in(b.chain, scan_in)
    if g.fall[0] == NEVER and awake:
        length, divide = setting(b, 0), setting(b, 1)
        low = (divide // 2) * 2 * length + length
        start_generator(g, tick, low, 2 * length * divide)
    b.clock_ticks[0] += int(g.fall[0] != NEVER)
    return True


@kernel
def write_core_word(b: NeuronBlockState, s: SynapseState, out: np.ndarray, wide: bool) -> None:
    """Write the trace word, uint8 (bytes,), as :class:`..core.CoreParams` lays it out."""
    n, neurons = b.dropped.size, b.neurons
    awake, lost = False, 0
    for k in range(n):
        awake |= neurons.wakeup.enable[k]
        lost += neurons.counts[k, LOST]
    out[0], out[1] = int(awake), lost & 255
    place, mask = 2 + (n + 7) // 8, (1 << b.numbers[1]) - 1
    for k in range(2, place):
        out[k] = 0
    for k in range(n):
        if neurons.power[k] == ON and requests(neurons.fsm, k):
            out[2 + k // 8] |= 1 << (k % 8)
        potential = neurons.fsm.potential[k] & mask
        out[place] = potential & 255
        if wide:
            out[place + 1] = potential >> 8
        place += 2 if wide else 1
    write_word(s, out[place:])


@njit
def core_ticks(
    b: NeuronBlockState, s: SynapseState, first: int, now: int, lines: np.ndarray,
    moves: np.ndarray, levels: np.ndarray, spikes: np.ndarray, pins: np.ndarray, last: np.ndarray,
    ticks: np.ndarray, words: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Run from row `first` of the inputs, which is tick `now` + `first` + 1; return row, records.

    Parameters
    ----------
    lines : bool (ticks, 2, n)
        Spk+1 and Spk-1.
    moves : bool (ticks,)
        Whether they are not as on the tick before.
    levels : bool (ticks, 5)
        clear, scan of the neuron block's chain and of the synapse block's, scan_in, load.
    spikes : bool (ticks, 2, columns)
        Gets the spikes to the next core.
    pins : bool (ticks, 3)
        Gets busy and the two clocks.
    last : uint8 (bytes,)
        The word before; kept here.
    ticks, words
        Room for the trace; where there is none, nothing is traced.
    """
    n, columns, rows = b.dropped.size, s.weights.size, 0
    request, ack = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    wide, traced, word = b.numbers[1] > 8, ticks.size > 0, last.copy()
    idle = scanned(s, 2)
    for t in range(first, len(lines)):
        if traced and rows == ticks.size:
            return t, rows
        tick, g = now + t + 1, b.generator
        if b.active[0] or t == first:
            for k in range(n):
                request[k] = b.neurons.power[k] == ON and requests(b.neurons.fsm, k)
                ack[k] = s.synchroniser.ack_seen[k]
        clock = g.rise[0] == NEVER and g.fall[0] != NEVER
        pins[t, 1], pins[t, 2] = clock, s.registers[CLOCK] != 0
        if launches(s):
            for j in range(columns - idle):
                spikes[t, 0, j] = s.weights[j]
                spikes[t, 1, j] = not s.weights[j]
        clear, scan, scan_synapse, scan_in, load = levels[t]
        busy = neuron_block_tick(b, tick, lines[t], moves[t], ack, clear, scan, scan_in)
        busy |= synapse_tick(s, tick, request, clock, scan_synapse, scan_in, load, clear)
        if scan_synapse:
            idle = scanned(s, 2)
        pins[t, 0] = busy
        if traced and busy:
            write_core_word(b, s, word, wide)
            changed = False
            for k in range(word.size):
                changed |= word[k] != last[k]
                last[k] = words[rows, k] = word[k]
            if changed:
                ticks[rows] = tick
                rows += 1
    return len(lines), rows
