"""Synapse block: arbiter, synchronisers and weights behind a clock and a power gate of their own.

Ref: Chundi 2021, "Synapse Block" and Fig. 5A, 5C. A request sets FFclk-en, which starts the local
clock generator and ends power gating. As in a neuron, the first falling edge of the clock after
that sets FFclk-ug, and every whole pulse from then on is a step of the arbiter and of the requests'
synchronisers. When the last request has been served, clock and power go.

Parts: :mod:`.request_synchroniser`, :mod:`.synapse_arbiter`, :mod:`.synapse_memory`,
:mod:`.scan_chain` in this folder, and oscillator, clock gate and power gate of
:mod:`goldspike.model.timing`.

Assumptions, where the paper is silent:

1. *FFclk-en is set by the level* of any request, not by its edge: a request that comes as the block
   goes to sleep keeps it up. A request stays up until it is acknowledged, so none is ever lost.
2. *Power is asked for* while a request or FFclk-en is up and until the last gated pulse is over.
3. *Off are* arbiter, requests' synchronisers and weight flip-flops, which a wake-up resets; *never
   off* are the memory, the scan chain, the wake-up flip-flops and the acknowledgements'
   synchronisers, which belong to the neurons' side. Isolated, no Ack and no spike is up and
   nothing is read.
4. *The neuron's clock is seen one tick late*: its edge is found by comparing it with its level on
   the tick before, as a clock that arrives over a wire.
5. *Between two frames*, while nothing is awake, `clear` resets the acknowledgements' synchronisers
   and where round robin looks.
6. *Smaller layers*: the last `idle` columns get no spikes.

From rest, with a request that is up from T on: the clock rises at T + low, which does not count;
the pulses at T + period + low and one period later bring it through the synchroniser; the third
grants. The spikes follow two periods after that.

Golden models apply, within one tick: the neuron's clock, the synapse block's and its step (they see
the tick before); the memory's read; the power gate; then ask whether the generator starts.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.alwayson.request_synchroniser import (
    RequestSynchroniserParams,
    synchroniser_state,
)
from goldspike.model.alwayson.scan_chain import ScanChainParams
from goldspike.model.alwayson.shared.scanned_clock import scanned_oscillator, waking_clock
from goldspike.model.alwayson.shared.synapse_ticks import (
    COUNTED,
    FALL,
    REGISTERS,
    RISE,
    SynapseState,
    synapse_tick,
    write_word,
)
from goldspike.model.alwayson.synapse_arbiter import Policy, SynapseArbiterParams, arbiter_state
from goldspike.model.alwayson.synapse_memory import Storage, SynapseMemoryParams
from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.timing.oscillator import OscillatorParams
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.model.trace import Field, TraceLayout

__all__ = [
    "SynapseBlockModel",
    "SynapseBlockParams",
    "SynapseRun",
    "SynapseSettings",
    "synapse_state",
]

COUNT_BITS = 8
"""Width of the traced counters, which wrap."""


@dataclass(frozen=True, kw_only=True)
class SynapseSettings:
    """What the scan chain says of the block.

    Parameters
    ----------
    length : int
        Ticks of the ring's low phase, and of its high phase.
    divide : int
        Rounds of the ring per period of the clock.
    idle : int
        Columns, the last ones, that get no spikes.
    """

    length: int = 4
    divide: int = 1
    idle: int = 0


@dataclass(frozen=True, kw_only=True)
class SynapseBlockParams:
    """A synapse block.

    Parameters
    ----------
    rows, columns : int
        Pre-synaptic neurons and post-synaptic ones, 1..512 each.
    policy, storage
        As in the parameters of arbiter and memory.
    power : PowerGateParams
        Its power gate.
    length_bits, divide_bits : int
        Widths of the scan chain's fields, 1..16 and 1..12.
    settings : SynapseSettings
        What the scan chain holds after reset.

    Raises
    ------
    ValueError
        If settings do not fit, or the clock's low phase is shorter than the block takes to wake.
    """

    rows: int = 128
    columns: int = 128
    policy: Policy = Policy.FIXED
    storage: Storage = Storage.REGISTERS
    power: PowerGateParams = field(default_factory=PowerGateParams)
    length_bits: int = 7
    divide_bits: int = 6
    settings: SynapseSettings = field(default_factory=SynapseSettings)

    def __post_init__(self) -> None:
        object.__setattr__(self, "policy", self.arbiter.policy)
        object.__setattr__(self, "storage", self.memory.storage)
        self.clock(self.settings)

    @property
    def arbiter(self) -> SynapseArbiterParams:
        """Its arbiter."""
        return SynapseArbiterParams(inputs=self.rows, policy=self.policy)

    @property
    def synchroniser(self) -> RequestSynchroniserParams:
        """Its synchronisers."""
        return RequestSynchroniserParams(lines=self.rows)

    @property
    def memory(self) -> SynapseMemoryParams:
        """Its memory."""
        return SynapseMemoryParams(rows=self.rows, columns=self.columns, storage=self.storage)

    @property
    def oscillator(self) -> OscillatorParams:
        """Its generator, configurable."""
        return scanned_oscillator(self.length_bits, self.divide_bits)

    def clock(self, settings: SynapseSettings) -> OscillatorParams:
        """Return what the generator is at these settings.

        Raises
        ------
        ValueError
            If they do not fit, or if the low phase is too short to wake in.
        """
        require_int("idle", settings.idle, 0, self.columns - 1)
        return waking_clock(
            self.oscillator,
            settings.length,
            settings.divide,
            self.power.waking,
            "the synapse block",
        )

    @property
    def idle_bits(self) -> int:
        """Width of the field `idle`."""
        return max(1, (self.columns - 1).bit_length())

    @property
    def scan_chain(self) -> ScanChainParams:
        """Its scan chain: settings, then the row and the word that `load` writes."""
        s = self.settings
        return ScanChainParams(
            fields=(
                ("length", self.length_bits, s.length),
                ("divide", self.divide_bits, s.divide),
                ("idle", self.idle_bits, s.idle),
                ("row", self.memory.row_bits, 0),
                ("word", self.columns, 0),
            )
        )

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed.

        What is off shows zeros: `ack`, `spkgen`, `request_first`, `request_seen` and `weights`.
        `pulses` of the gated clock and requests `served` (grants), modulo ``2**COUNT_BITS``.
        """
        rows = ("request_first", "request_seen", "ack_first", "ack_seen")
        return TraceLayout(
            (
                Field("clock", 1),
                Field("clock_enable", 1),
                Field("clock_ungate", 1),
                Field("gated", 1),
                Field("power", 2),
                Field("spkgen", 2),
                Field("pulses", COUNT_BITS),
                Field("served", COUNT_BITS),
                Field("following", 16),
                Field("ack", self.rows, bitmap=True),
                *(Field(name, self.rows, bitmap=True) for name in rows),
                Field("weights", self.columns, bitmap=True),
            )
        )


def synapse_state(params: SynapseBlockParams) -> SynapseState:
    """Return a block after reset."""
    registers = np.zeros(REGISTERS, np.int64)
    registers[[RISE, FALL]] = NEVER
    power, chain = params.power, params.scan_chain
    numbers = [bits for _, bits, _ in chain.fields[:4]]
    numbers += [params.policy is Policy.ROUND_ROBIN, power.waking, power.going_off]
    return SynapseState(
        registers=registers,
        synchroniser=synchroniser_state(params.rows),
        arbiter=arbiter_state(params.rows),
        memory=np.zeros((params.rows, params.columns), bool),
        word=np.zeros(params.columns, bool),
        weights=np.zeros(params.columns, bool),
        chain=np.array(chain.scanned(), bool),
        numbers=np.array(numbers, np.int64),
    )


@njit
def run_block(
    s: SynapseState, first: int, request: np.ndarray, levels: np.ndarray, busy: np.ndarray,
    last: np.ndarray, ticks: np.ndarray, words: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Run from tick `first` + 1 until all inputs are used or `words` is full; return tick, rows.

    `levels`: neuron_clock, scan, scan_in, load, clear per tick. `last`: the word before, kept here.
    """
    rows = 0
    for t in range(first, len(request)):
        if rows == ticks.size:
            return t, rows
        clock, scan, scan_in, load, clear = levels[t]
        busy[t] = synapse_tick(s, t + 1, request[t], clock, scan, scan_in, load, clear)
        if busy[t]:
            write_word(s, words[rows])
            if (words[rows] != last).any():
                last[:] = words[rows]
                ticks[rows] = t + 1
                rows += 1
    return len(request), rows


@njit
def run_asking(
    s: SynapseState, tick: np.ndarray, row: np.ndarray, neuron_clock: np.ndarray,
    request: np.ndarray, made: np.ndarray,
) -> int:  # fmt: skip
    """Run with a stand-in for the neurons; write what they drive, and when each ask was made."""
    n, place, count = request.shape[1], 0, 0
    waiting, seen, before = np.zeros(n, np.int64), np.zeros(n, np.bool_), False
    for t in range(len(request)):
        if t > 0:
            for k in range(n):  # not as a slice: that Numba compiles with a message about shapes
                request[t, k] = request[t - 1, k]
        if neuron_clock[t] and not before:
            # the neurons act on the tick before, of which the pins show the outcome now
            for k in range(n):
                if request[t, k]:
                    request[t, k] = not seen[k]
                elif not seen[k] and waiting[k] > 0:
                    request[t, k] = True
                    waiting[k] -= 1
                    made[count, 0], made[count, 1] = t + 1, k
                    count += 1
        before = neuron_clock[t]
        while place < tick.size and tick[place] <= t + 1:
            waiting[row[place]] += 1
            place += 1
        for k in range(n):
            seen[k] = s.synchroniser.ack_seen[k]
        synapse_tick(s, t + 1, request[t], neuron_clock[t], False, False, False, False)
    return count


@dataclass(frozen=True)
class SynapseRun:
    """What a block did.

    Attributes
    ----------
    records : structured array
        Trace records.
    busy : bool (ticks,)
        The pin `busy` on ticks 1, 2, ...
    counts : dict of str to int
        ``served``, ``wakeups`` (times FFclk-en was set), ``power_ups``, ``pulses`` of the gated
        clock; ticks ``awake`` with FFclk-en up, ``powered``, and ``clock_ticks`` of the generator.
    """

    records: np.ndarray
    busy: np.ndarray
    counts: dict[str, int]


class SynapseBlockModel:
    """A golden synapse block after reset; every run begins and ends at rest, on tick 1.

    Attributes
    ----------
    state : SynapseState
    """

    def __init__(self, params: SynapseBlockParams) -> None:
        self.params = params
        self.state = synapse_state(params)

    def run(
        self,
        request: np.ndarray,
        neuron_clock: np.ndarray,
        scan: np.ndarray | None = None,
        scan_in: np.ndarray | None = None,
        load: np.ndarray | None = None,
        clear: np.ndarray | None = None,
    ) -> SynapseRun:
        """Run on the input pins as they are on ticks 1, 2, ...

        Parameters
        ----------
        request : bool (ticks, rows)
        neuron_clock, scan, scan_in, load, clear : bool (ticks,)
        """
        quiet = np.zeros(len(request), bool)
        pins = [
            neuron_clock,
            *(quiet if pin is None else pin for pin in (scan, scan_in, load, clear)),
        ]
        levels = np.stack(pins, axis=1).astype(bool)
        layout = self.params.trace
        size = layout.dtype.itemsize
        busy, last = quiet.copy(), np.zeros(size, np.uint8)
        write_word(self.state, last)
        ticks, words = np.zeros(1 << 12, np.int64), np.zeros((1 << 12, size), np.uint8)
        found, place = [np.zeros(0, layout.record_dtype)], 0
        while place < len(request):
            place, rows = run_block(
                self.state, place, np.asarray(request, bool), levels, busy, last, ticks, words
            )
            part = np.zeros(rows, layout.record_dtype)
            part["tick"] = ticks[:rows]
            part.view(np.uint8).reshape(rows, size + 8)[:, 8:] = words[:rows]
            found.append(part)
        counts = {name: int(self.state.registers[k]) for name, k in COUNTED.items()}
        return SynapseRun(np.concatenate(found), busy, counts)

    def asked(
        self, tick: np.ndarray, row: np.ndarray, neuron_clock: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Run with a stand-in for the neurons, which keeps the four phases of the handshake.

        A neuron acts on rising edges of its clock, as it sampled Ack: it drops a request that is
        acknowledged, and makes one only while its last Ack is down.

        Parameters
        ----------
        tick, row : int arrays (asks,)
            From when on which neuron wants to ask, in order of time.
        neuron_clock : bool (ticks,)

        Returns
        -------
        request : bool (ticks, rows)
            What the neurons drive on ticks 1, 2, ...
        made : int64 (requests, 2)
            Tick from which each request is up, and its row.
        """
        request = np.zeros((len(neuron_clock), self.params.rows), bool)
        made = np.zeros((len(tick), 2), np.int64)
        count = run_asking(
            self.state, np.asarray(tick, np.int64), np.asarray(row, np.int64),
            np.asarray(neuron_clock, bool), request, made,
        )  # fmt: skip
        return request, made[:count]
