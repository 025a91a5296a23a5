"""Neuron block: neurons that sleep, and the clock generator that they share.

Ref: Chundi 2021, "Neuron Block" and Fig. 2A. The generator, a ring oscillator and a divider, starts
when the first neuron wakes and stops, after a whole period, when none is awake
(:mod:`goldspike.model.timing.oscillator`). Length of the ring, divisor and threshold come from a
scan chain.

The golden block is event-driven: it jumps from one tick on which a spike, an edge of the clock or a
step of a power gate falls to the next; in between nothing can change.

Assumptions, where the paper is silent: the scan chain shifts `length`, `divide` and `threshold`,
lowest bit first, in this order, one bit per tick; it is shifted, and the potentials are reset,
only while nothing is awake.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.alwayson.neuron import (
    AWAKE,
    LOST,
    POWER_UPS,
    POWERED,
    PULSES,
    REQUESTS,
    SPIKES,
    WAKEUPS,
    NeuronParams,
    neurons_state,
)
from goldspike.model.alwayson.neuron_fsm import KINDS, Kind
from goldspike.model.alwayson.scan_chain import ScanChainParams
from goldspike.model.alwayson.shared.events import (
    SPIKE,
    Generator,
    Record,
    acks,
    clears,
    room,
    run_events,
    spikes,
)
from goldspike.model.alwayson.shared.scanned_clock import scanned_oscillator, waking_clock
from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.timing.oscillator import OscillatorParams
from goldspike.model.trace import Field, TraceLayout, pad

__all__ = [
    "BlockRun",
    "NeuronBlockModel",
    "NeuronBlockParams",
    "Responder",
    "Settings",
    "acks",
    "clears",
    "spikes",
]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the scan chain holds.

    Parameters
    ----------
    length : int
        Ticks of the ring's low phase, and of its high phase.
    divide : int
        Rounds of the ring per period of the clock.
    threshold : int
        Threshold of all neurons.
    """

    length: int = 1
    divide: int = 1
    threshold: int = 1


@dataclass(frozen=True, kw_only=True)
class NeuronBlockParams:
    """A neuron block.

    Parameters
    ----------
    neurons : int
        Number of neurons, 1..256.
    neuron : NeuronParams
        All of them.
    length_bits, divide_bits : int
        Widths of the scan chain's fields, 1..16 and 1..12. In ``cell`` length is in picoseconds.
    settings : Settings
        What the scan chain holds after reset.

    Raises
    ------
    ValueError
        If settings do not fit, or the clock's low phase is shorter than a neuron takes to wake.
    """

    neurons: int = 128
    neuron: NeuronParams = field(default_factory=NeuronParams)
    length_bits: int = 7
    divide_bits: int = 6
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        require_int("neurons", self.neurons, 1, 256)
        self.clock(self.settings)
        require_int("threshold", self.settings.threshold, 0, self.neuron.fsm.highest)

    @property
    def oscillator(self) -> OscillatorParams:
        """The generator, configurable."""
        return scanned_oscillator(self.length_bits, self.divide_bits)

    def clock(self, settings: Settings) -> OscillatorParams:
        """Return what the generator is at these settings.

        Raises
        ------
        ValueError
            If they do not fit, or if the low phase is too short to wake in.
        """
        return waking_clock(
            self.oscillator, settings.length, settings.divide, self.neuron.power.waking, "a neuron"
        )

    @property
    def scan_chain(self) -> ScanChainParams:
        """Its scan chain."""
        s = self.settings
        return ScanChainParams(
            fields=(
                ("length", self.length_bits, s.length),
                ("divide", self.divide_bits, s.divide),
                ("threshold", self.neuron.fsm.bits - 1, s.threshold),
            )
        )

    @property
    def scan_widths(self) -> tuple[int, ...]:
        """Widths of the scan chain's fields: length, divide, threshold."""
        return tuple(bits for _, bits, _ in self.scan_chain.fields)

    def scanned(self, settings: Settings) -> list[bool]:
        """Return the bits that bring settings into the scan chain, first bit first."""
        return self.scan_chain.scanned(vars(settings))

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed: the clock, then neuron by neuron.

        Fields ``neuron_0_pending`` and so on, as in the neuron's own trace.
        """
        return self.of_neurons(self.neuron.trace)

    @property
    def cell_trace(self) -> TraceLayout:
        """The same of the ``cell`` realisation."""
        return self.of_neurons(self.neuron.cell_trace)

    def of_neurons(self, neuron: TraceLayout) -> TraceLayout:
        """Return the layout of a block out of that of a neuron."""
        fields = [Field("clock", 1), *pad("clock", 3)]
        for k in range(self.neurons):
            fields += [Field(f"neuron_{k}_{part.name}", part.bits) for part in neuron.fields]
            fields += pad(f"neuron_{k}", neuron.padding)
        return TraceLayout(tuple(fields))

    @property
    def record_dtype(self) -> np.dtype:
        """The same bytes as the trace's records, the neurons as an array of (neurons,)."""
        return self.as_arrays(self.neuron.trace)

    @property
    def cell_record_dtype(self) -> np.dtype:
        """The same of the ``cell`` realisation."""
        return self.as_arrays(self.neuron.cell_trace)

    def as_arrays(self, neuron: TraceLayout) -> np.dtype:
        """Return the records of a block out of the layout of a neuron."""
        names = list(neuron.dtype.names or ())
        sizes = [part.element_bytes for part in neuron.fields]
        one = np.dtype(
            {
                "names": names,
                "formats": [neuron.dtype[name] for name in names],
                "offsets": np.cumsum([0, *sizes])[:-1].tolist(),
                "itemsize": sum(sizes) + neuron.padding,
            }
        )
        return np.dtype([("tick", "<i8"), ("clock", "<u4"), ("neurons", one, (self.neurons,))])


@dataclass(frozen=True)
class Responder:
    """A stand-in for the synapse block: acknowledges by itself, as a four-phase handshake.

    Parameters
    ----------
    up, down : int arrays
        Ticks from a request to Ack, and from its end to Ack's end, at least 1; used in turn.
    """

    up: np.ndarray
    down: np.ndarray


@dataclass(frozen=True)
class BlockRun:
    """What a block did.

    Attributes
    ----------
    records : structured array or None
        Trace records, if the run was traced.
    counts : dict of str to int64 array (neurons,)
        ``spikes`` that arrived, ``lost``, ``wakeups`` (times FFclk-en was set), ``power_ups``,
        ``pulses`` of the gated clock, ``requests``, ticks ``awake`` and ``powered``.
    clock_ticks : int
        Ticks for which the generator ran.
    spikes : structured array
        Per spike: tick, neuron, line, whether it was ``lost``, ``phase`` of the clock in ticks
        since its period began (-1 at rest), ``power`` state, ticks ``since_sleep`` (-1: never yet).
    acks : events
        What the responder did, if there was one.
    ticks : int
        The last tick on which anything happened.
    """

    records: np.ndarray | None
    counts: dict[str, np.ndarray]
    clock_ticks: int
    spikes: np.ndarray
    acks: np.ndarray
    ticks: int


LOG = np.dtype(
    [("tick", "<i8"), ("neuron", "<i8"), ("line", "<i8"), ("lost", "<i8"), ("phase", "<i8"),
     ("power", "<i8"), ("since_sleep", "<i8")]
)  # fmt: skip
COUNTED = {
    "spikes": SPIKES, "lost": LOST, "wakeups": WAKEUPS, "power_ups": POWER_UPS, "pulses": PULSES,
    "requests": REQUESTS, "awake": AWAKE, "powered": POWERED,
}  # fmt: skip
SLICE_ROWS = 1 << 14


class NeuronBlockModel:
    """Golden neuron block at rest; a run after the other keeps the potentials.

    Parameters
    ----------
    params : NeuronBlockParams
    settings : Settings, optional
        What was scanned in; default: what the chain holds after reset.
    """

    def __init__(self, params: NeuronBlockParams, settings: Settings | None = None) -> None:
        self.params = params
        self.settings = settings or params.settings
        self.clock = params.clock(self.settings)
        self.state = neurons_state(params.neurons)

    def run(
        self,
        events: np.ndarray,
        *,
        responder: Responder | None = None,
        traced: bool = False,
    ) -> BlockRun:
        """Run until nothing is left to happen.

        Parameters
        ----------
        events : structured array
            Of :func:`spikes`, :func:`acks`, :func:`clears`, concatenated in any order.
        responder : Responder, optional
            Acknowledges; then `events` has no acks.
        traced : bool
            Keep the trace records.

        Raises
        ------
        ValueError
            If a neuron fires, or has to, and its Ack never follows.
        """
        params, n = self.params, self.params.neurons
        fsm, power = params.neuron.fsm, params.neuron.power
        events = events[np.argsort(events["tick"], kind="stable")]
        numbers = (
            self.clock.low_phase, self.clock.period, KINDS[Kind(fsm.kind)], fsm.bits,
            self.settings.threshold, power.waking, power.going_off,
        )  # fmt: skip
        nobody = np.zeros(0, np.int64)
        up, down = (responder.up, responder.down) if responder else (nobody, nobody)
        answering = (np.full(n, NEVER, np.int64), up, down, np.zeros(1, np.int64))
        generator = Generator(*(np.full(1, at, np.int64) for at in (-1, NEVER, NEVER, 0)))
        log = np.zeros((events.size, 4), np.int64)
        ack_log = np.zeros((SLICE_ROWS + n, 3), np.int64)
        record = room(SLICE_ROWS if traced else 1, n)
        last = np.zeros(1, np.int64)
        spiked = np.zeros(n, bool)
        found, answers = [np.zeros(1, params.trace.record_dtype)], [np.zeros((0, 3), np.int64)]
        place, done = 0, False
        while not done:
            place, rows, count, done = run_events(
                self.state, generator, events, place, spiked, numbers, answering,
                log, ack_log, record, last,
            )  # fmt: skip
            answers.append(ack_log[:count].copy())
            if traced:
                found.append(changes(packed(params, record, rows), found[-1][-1:]))
        chosen = events["what"] == SPIKE
        answered = np.concatenate(answers)
        return BlockRun(
            records=np.concatenate(found)[1:] if traced else None,
            counts={name: self.state.counts[:, k].copy() for name, k in COUNTED.items()},
            clock_ticks=int(generator.busy_ticks[0]),
            spikes=logged(events[chosen], log[chosen]),
            acks=acks(answered[:, 0], answered[:, 1], answered[:, 2]),
            ticks=int(last[0]),
        )


def logged(events: np.ndarray, log: np.ndarray) -> np.ndarray:
    """Return what is known of every spike."""
    rows = np.zeros(events.size, LOG)
    rows["tick"], rows["neuron"], rows["line"] = (
        events["tick"],
        events["neuron"],
        events["value"],
    )
    for k, name in enumerate(("lost", "phase", "power", "since_sleep")):
        rows[name] = log[:, k]
    return rows


def packed(params: NeuronBlockParams, record: Record, rows: int) -> np.ndarray:
    """Return snapshots as trace records."""
    records = np.zeros(rows, params.record_dtype)
    records["tick"], records["clock"] = record.tick[:rows], record.clock[:rows]
    for name, bits in params.neuron.watched.items():
        records["neurons"][name] = getattr(record, name)[:rows].astype(np.int64) % (1 << bits)
    return records.view(params.trace.record_dtype)


def changes(records: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the records that differ from their predecessor; `before` is the one before."""
    both = np.concatenate([before, records])
    words = both.view(np.uint8).reshape(both.size, -1)[:, 8:]
    return records[(words[1:] != words[:-1]).any(axis=1)]
