"""A layer: spike arbiter, weight memory and a row of neurons.

Ref: Stuijt 2021, section 2.1, Fig. 1C.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.hdl.mubrain.neuron import Neuron
from goldspike.hdl.mubrain.weight_memory import WeightMemory
from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import repeat
from goldspike.model.mubrain.layer import LayerParams

__all__ = ["Layer"]


class Layer(wiring.Component):
    """A fully connected layer. A grant is integrated one tick later; its spikes rise then.

    Bit-exact against :class:`goldspike.model.mubrain.layer.LayerModel`.

    Members
    -------
    spikes : In(inputs)
        Input lines; each high and each low lasts at least one tick.
    scale : In(1)
        Sampled with a grant: multiply its weights by ``2**scale_shift``.
    clear : In(1)
        Set all potentials to zero and start the search at input 0; given while not busy.
    load : In(1)
        Shift `weight` into the weight memory on this tick; not while busy.
    weight : In(weight_bits)
        A weight.
    fired : Out(neurons)
        The neurons' spikes, one tick high.
    merged : Out(inputs)
        One tick high after an edge that merged with a spike that still waited.
    busy : Out(1)
        Something is under way: the state may change on the next tick.
    """

    memory_type = WeightMemory

    spikes: Signal
    scale: Signal
    clear: Signal
    load: Signal
    weight: Signal
    fired: Signal
    merged: Signal
    busy: Signal

    def __init__(self, params: LayerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "spikes": In(params.inputs),
                "scale": In(1),
                "clear": In(1),
                "load": In(1),
                "weight": In(params.neuron.weight_bits),
                "fired": Out(params.neurons),
                "merged": Out(params.arbiter.inputs),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )
        self.arbiter = Arbiter(params.arbiter)
        self.memory = self.memory_type(params.weights)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.submodules.arbiter = arbiter = self.arbiter
        m.submodules.memory = memory = self.memory
        count = self.params.neurons
        neurons = repeat(m, platform, "neuron", Neuron, self.params.neuron, count)
        bits = self.params.neuron.weight_bits
        granted_scale = Signal()  # sampled with the grant: the neurons see no input pin
        integrated = Signal()  # the tick before was one of integration

        lines = Signal(self.params.arbiter.inputs)
        m.d.comb += lines.eq(self.lines())  # first, so that `spikes` is the layer's own
        m.d.comb += [
            arbiter.spikes.eq(lines),
            arbiter.clear.eq(self.clear),
            memory.load.eq(self.load),
            memory.weight.eq(self.weight),
            memory.read.eq(arbiter.access_phase),
            memory.address.eq(arbiter.address),
            self.fired.eq(Mux(integrated, Cat(neuron.fire for neuron in neurons), 0)),
            self.merged.eq(arbiter.merged),
            self.busy.eq(arbiter.busy | arbiter.grant | self.fired.any() | self.load | self.clear),
        ]
        m.d.sync += [granted_scale.eq(self.scale), integrated.eq(arbiter.grant)]
        for k, neuron in enumerate(neurons):
            m.d.comb += [
                neuron.strobe.eq(self.integrates()),
                neuron.weight.eq(memory.word.word_select(k, bits)),
                neuron.scale.eq(granted_scale),
                neuron.clear.eq(self.clear),
            ]

        if self.trace:
            source = Signal(self.params.arbiter.address_bits)
            with m.If(arbiter.grant):
                m.d.sync += source.eq(arbiter.address)
            word = pack(
                self.params.trace,
                integrated=integrated,
                source=source,
                potential=[neuron.potential for neuron in neurons],
                fired=self.fired,
                merged=self.merged,
            )
            drive_trace(m, self, arbiter.grant | arbiter.merging, word)
        return m

    def lines(self) -> Value:
        """Return the arbiter's input lines."""
        return self.spikes

    def integrates(self) -> Value:
        """Return whether the neurons integrate on this tick: the word has been read by now."""
        return self.arbiter.grant
