"""Core: a neuron block, and the synapse block that serves its requests.

Ref: Chundi 2021, Fig. 1, 2A and 5A. Assumptions: :mod:`goldspike.model.alwayson.core`.
"""

from typing import Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.neuron_block import POWER_PINS, NeuronBlock
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.alwayson.core import CoreParams

__all__ = ["Core", "joined"]


class Core(wiring.Component):
    """Neurons that sleep, and their synapses that sleep, each with a clock of its own.

    Request, acknowledgement and the neurons' clock pass between the two; the synapse block
    synchronises them. Latency and throughput are those of the parts.

    Bit-exact against :class:`goldspike.model.alwayson.core.CoreModel`. With its trace port its
    parts are poisoned, as :class:`goldspike.hdl.alwayson.neuron.Neuron` is. What the proof of each
    block assumes of the other side of the handshake, the other block's claims: a request begins
    without Ack and ends with it (:mod:`goldspike.proofs.alwayson.neuron`); an Ack rises as its
    request is up and falls as it is down (:mod:`goldspike.proofs.alwayson.synapse_block`).

    Members
    -------
    plus, minus : In(neurons)
        Spk+1 and Spk-1 of every neuron; each high and each low lasts at least one tick.
    clear : In(1)
        Forget the frame, in both blocks; while not busy but for this.
    scan_neurons, scan_synapses, scan_in : In(1)
        Shift the chain of one of the blocks, or of both, by one on this tick; while not busy but
        for this.
    load : In(1)
        Write a row of weights out of the synapse block's chain; while not busy but for this.
    plus_out, minus_out : Out(columns)
        Spikes to the neurons of the next core.
    lost : Out(2 * neurons)
        One tick high after a lost spike: Spk+1 and Spk-1 of neuron 0 lowest.
    neuron_clock, synapse_clock : Out(1)
        The two clocks.
    power, isolate, retain : Out(neurons + 1)
        Of every power gate, that of the synapse block highest.
    scan_out_neurons, scan_out_synapses : Out(1)
        The bits that leave the chains next.
    busy : Out(1)
        Combinational: something is under way or starts on this tick.

    Attributes
    ----------
    neurons : NeuronBlock
    synapses : SynapseBlock
    """

    plus: Signal
    minus: Signal
    clear: Signal
    scan_neurons: Signal
    scan_synapses: Signal
    scan_in: Signal
    load: Signal
    plus_out: Signal
    minus_out: Signal
    lost: Signal
    neuron_clock: Signal
    synapse_clock: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    scan_out_neurons: Signal
    scan_out_synapses: Signal
    busy: Signal

    def __init__(self, params: CoreParams, *, trace: bool = False, watched: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.neurons = NeuronBlock(params.neurons, watched=trace or watched)
        self.synapses = SynapseBlock(params.synapses, watched=trace or watched)
        n, columns = params.neurons.neurons, params.synapses.columns
        strobes = ("clear", "scan_neurons", "scan_synapses", "scan_in", "load")
        super().__init__(
            {
                "plus": In(n),
                "minus": In(n),
                **{name: In(1) for name in strobes},
                "plus_out": Out(columns),
                "minus_out": Out(columns),
                "lost": Out(2 * n),
                "neuron_clock": Out(1),
                "synapse_clock": Out(1),
                **{name: Out(n + 1) for name in POWER_PINS},
                "scan_out_neurons": Out(1),
                "scan_out_synapses": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        m.submodules.neurons = neurons = self.neurons
        m.submodules.synapses = synapses = self.synapses
        m.d.comb += [
            *joined(self),
            synapses.request.eq(neurons.request),
            synapses.neuron_clock.eq(neurons.clock),
            neurons.scan.eq(self.scan_neurons),
            synapses.scan.eq(self.scan_synapses),
            self.lost.eq(neurons.lost),
            self.busy.eq(neurons.busy | synapses.busy),
        ]
        if self.trace:
            drive_changes(m, self, pack(self.params.trace, **self.shown()))
        return m

    def shown(self) -> dict[str, Any]:
        """Return the fields of the trace, for itself or the whole."""
        neurons = self.neurons
        return {
            "awake": neurons.clock_enable.any(),
            "lost": neurons.losses,
            "request": neurons.request,
            "potentials": neurons.each_potential,
            **{f"synapse_{name}": value for name, value in self.synapses.shown().items()},
        }


def joined(core: Any) -> list[Any]:
    """Return the wires between a core's blocks and its pins that ``tick`` and ``cell`` share."""
    neurons, synapses = core.neurons, core.synapses
    return [
        neurons.ack.eq(synapses.ack),
        neurons.plus.eq(core.plus),
        neurons.minus.eq(core.minus),
        synapses.load.eq(core.load),
        *(block.clear.eq(core.clear) for block in (neurons, synapses)),
        *(block.scan_in.eq(core.scan_in) for block in (neurons, synapses)),
        core.plus_out.eq(synapses.plus),
        core.minus_out.eq(synapses.minus),
        core.neuron_clock.eq(neurons.clock),
        core.synapse_clock.eq(synapses.clock),
        *(
            getattr(core, name).eq(Cat(getattr(neurons, name), getattr(synapses, name)))
            for name in POWER_PINS
        ),
        core.scan_out_neurons.eq(neurons.scan_out),
        core.scan_out_synapses.eq(synapses.scan_out),
    ]
