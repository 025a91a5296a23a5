"""Core with two real on-demand clocks: neurons, and the synapse block that serves them.

Ref: Chundi 2021, Fig. 1, 2 and 5. Two rings that know nothing of each other. Requests and the
neurons' clock pass a delay cell of 1 ps each on their way to the synapse block, so that none comes
at the moment of the edge that caused it; in the model the other block sees them one moment later.
"""

from typing import Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.cell.neuron_block import NeuronBlock
from goldspike.hdl.alwayson.cell.synapse_block import SynapseBlock
from goldspike.hdl.alwayson.core import joined
from goldspike.hdl.alwayson.neuron_block import POWER_PINS
from goldspike.hdl.cells import delayed
from goldspike.hdl.trace import cell_trace_ports, pack, unpack
from goldspike.model.alwayson.core import CoreParams

__all__ = ["Core"]


class Core(wiring.Component):
    """Turns spikes into rows of spikes; all parameters of time in picoseconds.

    Equal, to the picosecond, to :class:`goldspike.model.alwayson.core.CoreModel`. A request at the
    very moment of an edge of the synapse block's clock is no contract, as for its synchroniser.

    Members
    -------
    rst : In(1)
        Asleep while it is up.
    plus, minus : In(neurons)
        Spk+1 and Spk-1 of every neuron: each is a clock.
    clear : In(1)
        As in ``tick``; at rest.
    scan_neurons, scan_synapses, load : In(1)
        Every rising edge shifts one of the chains by one bit, or writes a row; at rest. `load` and
        `scan_synapses` do not rise at one moment, since the chain holds the word that is written.
    scan_in : In(1)
        For both chains.
    plus_out, minus_out : Out(columns)
        Spikes to the next core.
    neuron_clock, synapse_clock, power, isolate, retain, scan_out_neurons, scan_out_synapses : Out
        As in ``tick``.
    """

    rst: Signal
    plus: Signal
    minus: Signal
    clear: Signal
    scan_neurons: Signal
    scan_synapses: Signal
    scan_in: Signal
    load: Signal
    plus_out: Signal
    minus_out: Signal
    neuron_clock: Signal
    synapse_clock: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    scan_out_neurons: Signal
    scan_out_synapses: Signal
    trace_word: Signal

    def __init__(self, params: CoreParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.neurons = NeuronBlock(params.neurons, trace=trace)
        self.synapses = SynapseBlock(params.synapses, trace=trace)
        n, columns = params.neurons.neurons, params.synapses.columns
        pins = ("clear", "scan_neurons", "scan_synapses", "scan_in", "load")
        shown = ("neuron_clock", "synapse_clock")
        super().__init__(
            {
                "rst": In(1),
                "plus": In(n),
                "minus": In(n),
                **{name: In(1) for name in pins},
                "plus_out": Out(columns),
                "minus_out": Out(columns),
                **{name: Out(1) for name in shown},
                **{name: Out(n + 1) for name in POWER_PINS},
                "scan_out_neurons": Out(1),
                "scan_out_synapses": Out(1),
                **cell_trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.submodules.neurons = neurons = self.neurons
        m.submodules.synapses = synapses = self.synapses
        m.d.comb += [
            *joined(self),
            synapses.request.eq(delayed(m, "request", neurons.request, 1)),
            synapses.neuron_clock.eq(delayed(m, "clock", neurons.clock, 1)),
            neurons.scan_clock.eq(self.scan_neurons),
            synapses.scan_clock.eq(self.scan_synapses),
            *(block.rst.eq(self.rst) for block in (neurons, synapses)),
        ]
        if self.trace:
            m.d.comb += self.trace_word.eq(pack(self.params.trace, **self.shown()))
        return m

    def shown(self) -> dict[str, Any]:
        """Return the fields of the trace, out of the parts' words."""
        neurons = unpack(self.params.neurons.cell_trace, self.neurons.trace_word)
        synapses = unpack(self.params.synapses.trace, self.synapses.trace_word)
        awake, request, potentials, *lost = (
            [neurons[f"neuron_{k}_{name}"] for k in range(self.params.neurons.neurons)]
            for name in ("clock_enable", "request", "potential", "lost_plus", "lost_minus")
        )
        return {
            "awake": Cat(awake).any(),
            "lost": sum(lost[0] + lost[1]),
            "request": Cat(request),
            "potentials": potentials,
            **{f"synapse_{name}": value for name, value in synapses.items()},
        }
