"""Core: a neuron block and the synapse block that serves it, each with a clock of its own.

Ref: Chundi 2021, Fig. 1, 2, 5. Spikes come in on two wires per neuron; a neuron that fires asks the
synapse block, which reads its row and sends one spike to every neuron of the next core. Nothing but
request, Ack and the neuron block's clock passes between the two blocks; each sees on a tick what
the other's registers held after the tick before.

Parts: :mod:`goldspike.model.alwayson.neuron_block`, :mod:`goldspike.model.alwayson.synapse_block`.

What is counted as missed, which the paper calls starvation:

lost
    Spikes that found the flip-flop of their sign up. An input neuron that waits for its Ack takes
    no spike, so each of those is a request that is never made, and `dropped` as well.
dropped
    Requests never made. Input neurons: as above. Hidden neurons: an excess that a request throws
    away; as a neuron goes from Check to Potential Reset, the whole thresholds in its potential
    beyond the first. Only a neuron that waited long for its last Ack has any.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.alwayson.neuron import neurons_state
from goldspike.model.alwayson.neuron_block import COUNTED as NEURON_COUNTED
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import KINDS, Kind
from goldspike.model.alwayson.shared.core_ticks import NeuronBlockState, core_ticks
from goldspike.model.alwayson.shared.events import Generator
from goldspike.model.alwayson.shared.synapse_ticks import COUNTED
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockParams,
    SynapseSettings,
    synapse_state,
)
from goldspike.model.alwayson.synapse_memory import bits_of
from goldspike.model.timebase import NEVER
from goldspike.model.trace import Field, TraceLayout

__all__ = ["CoreModel", "CoreParams", "CoreRun", "cycles_per_request", "neuron_block_state"]

SLICE_ROWS = 1 << 12


@dataclass(frozen=True, kw_only=True)
class CoreParams:
    """A core.

    Parameters
    ----------
    neurons : NeuronBlockParams
        Its neurons, input or hidden ones.
    synapses : SynapseBlockParams
        Its synapses, with a row per neuron.
    """

    neurons: NeuronBlockParams = field(default_factory=NeuronBlockParams)
    synapses: SynapseBlockParams = field(default_factory=SynapseBlockParams)

    def __post_init__(self) -> None:
        if self.neurons.neurons != self.synapses.rows:
            raise ValueError(
                f"a core must have a row of synapses per neuron, not {self.synapses.rows} rows "
                f"for {self.neurons.neurons} neurons"
            )
        if Kind(self.neurons.neuron.fsm.kind) is Kind.OUTPUT:
            raise ValueError("a core's neurons must be input or hidden, not output")

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed.

        `awake`: FFclk-en of any neuron; spikes `lost` by all neurons, modulo 256; `request`,
        `potentials` in two's complement; then the synapse block's word.
        """
        n, bits = self.neurons.neurons, self.neurons.neuron.fsm.bits
        synapse = [
            Field(f"synapse_{part.name}", part.bits, part.count, part.bitmap)
            for part in self.synapses.trace.fields
        ]
        return TraceLayout(
            (
                Field("awake", 1),
                Field("lost", 8),
                Field("request", n, bitmap=True),
                Field("potentials", bits, n),
                *synapse,
            )
        )


def neuron_block_state(params: NeuronBlockParams, settings: Settings) -> NeuronBlockState:
    """Return a neuron block at rest whose scan chain holds `settings`."""
    fsm, power, n = params.neuron.fsm, params.neuron.power, params.neurons
    numbers = (KINDS[Kind(fsm.kind)], fsm.bits, power.waking, power.going_off, *params.scan_widths)
    return NeuronBlockState(
        neurons=neurons_state(n),
        generator=Generator(*(np.full(1, at, np.int64) for at in (-1, NEVER, NEVER, 0))),
        before=np.zeros((2, n), bool),
        chain=np.array(params.scanned(settings), bool),
        numbers=np.array(numbers, np.int64),
        dropped=np.zeros(n, np.int64),
        clock_ticks=np.zeros(1, np.int64),
        active=np.zeros(1, bool),
    )


@dataclass(frozen=True)
class CoreRun:
    """What a core did.

    Attributes
    ----------
    records : structured array or None
        Trace records, if the run was traced.
    spikes : bool (ticks, 2, columns)
        Spk+1 and Spk-1 to the next core, as the pins show them.
    busy, neuron_clock, synapse_clock : bool (ticks,)
        The pins.
    """

    records: np.ndarray | None
    spikes: np.ndarray
    busy: np.ndarray
    neuron_clock: np.ndarray
    synapse_clock: np.ndarray


class CoreModel:
    """A golden core, tick by tick; a run goes on where the one before ended.

    Parameters
    ----------
    params : CoreParams
    weights : int array (rows, columns) of -1 and +1, optional
        What the memory holds; -1 everywhere after reset.
    settings, synapse_settings : optional
        What was scanned in; default: what the chains hold after reset.
    """

    def __init__(
        self,
        params: CoreParams,
        weights: np.ndarray | None = None,
        settings: Settings | None = None,
        synapse_settings: SynapseSettings | None = None,
    ) -> None:
        self.params, self.now = params, 0
        self.neurons = neuron_block_state(params.neurons, settings or params.neurons.settings)
        self.synapses = synapse_state(params.synapses)
        set_to = synapse_settings or params.synapses.settings
        params.synapses.clock(set_to)
        scanned = params.synapses.scan_chain.scanned(vars(set_to))
        self.synapses.chain[:] = scanned
        if weights is not None:
            self.synapses.memory[:] = bits_of(weights)
        self.last = np.zeros(params.trace.dtype.itemsize, np.uint8)

    def run(
        self, lines: np.ndarray, levels: np.ndarray | None = None, *, traced: bool = False
    ) -> CoreRun:
        """Run on the input pins as they are on the next ticks.

        Parameters
        ----------
        lines : bool (ticks, 2, neurons)
            Spk+1 and Spk-1 of every neuron.
        levels : bool (ticks, 5), optional
            clear, scan of the neuron block's chain, of the synapse block's, scan_in, load.
        traced : bool
            Keep the trace records.
        """
        ticks, columns = len(lines), self.params.synapses.columns
        given = np.zeros((ticks, 5), bool) if levels is None else np.asarray(levels, bool)
        spikes, pins = np.zeros((ticks, 2, columns), bool), np.zeros((ticks, 3), bool)
        layout, room = self.params.trace, SLICE_ROWS if traced else 0
        at, words = np.zeros(room, np.int64), np.zeros((room, self.last.size), np.uint8)
        lines, moves = np.asarray(lines, bool), np.ones(ticks, bool)
        moves[1:] = (lines[1:] != lines[:-1]).any(axis=(1, 2))
        found, place = [np.zeros(0, layout.record_dtype)], 0
        while place < ticks:
            place, rows = core_ticks(
                self.neurons, self.synapses, place, self.now, lines, moves, given, spikes, pins,
                self.last, at, words,
            )  # fmt: skip
            part = np.zeros(rows, layout.record_dtype)
            part["tick"] = at[:rows]
            part.view(np.uint8).reshape(rows, self.last.size + 8)[:, 8:] = words[:rows]
            found.append(part)
        self.now += ticks
        return CoreRun(np.concatenate(found) if traced else None, spikes, *pins.T)

    @property
    def counts(self) -> dict[str, int]:
        """What was counted so far, over all neurons, and of the synapse block.

        The neurons': ``spikes``, ``lost``, ``dropped``, ``requests``, ``wakeups``, ``power_ups``,
        ``pulses``, ticks ``awake`` and ``powered``, and ``clock_ticks`` of their generator; after
        ``synapse_`` the synapse block's (:class:`.synapse_block.SynapseRun`).
        """
        b = self.neurons
        found = {name: int(b.neurons.counts[:, k].sum()) for name, k in NEURON_COUNTED.items()}
        found["dropped"], found["clock_ticks"] = int(b.dropped.sum()), int(b.clock_ticks[0])
        for name, k in COUNTED.items():
            found[f"synapse_{name}"] = int(self.synapses.registers[k])
        return found


def cycles_per_request(params: CoreParams, requests: int = 64) -> float:
    """Return N_cyc of Eq. 2 as the handshake takes it, with requests waiting all the time.

    Parameters
    ----------
    params : CoreParams
        A core whose neurons fire with every spike; of several neurons, or nobody waits.
    requests : int
        How many to take the mean of.

    Returns
    -------
    float
        Periods of the synapse block's clock from a grant to the next.
    """
    neurons, synapses = params.neurons, params.synapses
    period = synapses.clock(synapses.settings).period
    slow = max(period, neurons.clock(neurons.settings).period)
    lines = np.zeros((8 * slow * (requests + 8), 2, neurons.neurons), bool)
    lines[::2, 0] = True
    records = CoreModel(params).run(lines, traced=True).records
    assert records is not None
    grants = records["tick"][np.diff(records["synapse_served"].astype(int), prepend=0) != 0]
    if grants.size < requests + 4:
        raise ValueError("the core does not keep its synapse block busy")
    return float(grants[requests + 3] - grants[3]) / (requests * period)
