"""The µBrain chip: AER input, layers, AER output, read-out.

Ref: Stuijt 2021, section 2.1, Fig. 1A; section 3.1, Fig. 4; section 3.2.
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.mubrain.aer_input import AerInput
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.readout import Readout
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.hdl.trace import combine, drive_trace, trace_ports
from goldspike.model.mubrain.chip import ChipParams, layer_names
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams

__all__ = ["Chip"]


class Chip(wiring.Component):
    """A µBrain.

    Bit-exact against :class:`goldspike.model.mubrain.chip.ChipModel`.

    Members
    -------
    in_address, in_strobe : In
        AER input: one event per rising edge of the strobe.
    scale : In(layers)
        Global scale input of each layer.
    bias : In(layers)
        A rising edge is a spike on that layer's bias input; lines of layers without one do
        nothing. The port is there if any layer has a bias input.
    clear : In(1)
        Begin a sample: clear potentials, search starts and read-out. Given while not busy.
    load : In(layers)
        Shift `weight` into that layer's weight memory on this tick. Given while not busy.
    weight : In(weight_bits)
        A weight.
    elapsed : In(time_bits)
        Ticks since the clock's last edge: 1, unless the clock was stopped in between.
    out_address, out_strobe : Out
        AER output: the address is valid while the strobe is up.
    invalid : Out(1)
        One tick high after an input event whose address names no input.
    answered : Out(2)
        Bit 0: some class has spiked. Bit 1: some class has an inter-spike interval.
    shortest_class, shortest_interval : Out
        The class with the shortest inter-spike interval, and the interval in ticks.
    first_class, first_time : Out
        The class that spiked first, and when, in ticks since the sample began.
    most_class, most_count : Out
        The class with the most spikes, and how many.
    busy : Out(1)
        Something is under way: the state may change on the next tick.
    """

    in_address: Signal
    in_strobe: Signal
    scale: Signal
    bias: Signal
    clear: Signal
    load: Signal
    weight: Signal
    elapsed: Signal
    out_address: Signal
    out_strobe: Signal
    invalid: Signal
    answered: Signal
    busy: Signal

    def __init__(self, params: ChipParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        readout = params.readout
        super().__init__(
            {
                "in_address": In(params.aer_input.address_bits),
                "in_strobe": In(1),
                "scale": In(len(params.layers)),
                **({"bias": In(len(params.layers))} if any(params.bias) else {}),
                "clear": In(1),
                "load": In(len(params.layers)),
                "weight": In(params.neuron.weight_bits),
                "elapsed": In(readout.time_bits),
                "out_address": Out(params.aer_output.arbiter.address_bits),
                "out_strobe": Out(1),
                "invalid": Out(1),
                "answered": Out(2),
                **{name: Out(bits) for name, bits in readout.answer_fields},
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        m.submodules.aer_input = aer_input = AerInput(params.aer_input)
        layers = [
            RecurrentLayer(layer, trace=self.trace)
            if isinstance(layer, RecurrentLayerParams)
            else Layer(layer, trace=self.trace)
            for layer in params.layers
        ]
        for name, layer in zip(layer_names(params), layers, strict=True):
            m.submodules[name] = layer
        m.submodules.output = output = AerOutput(params.aer_output, trace=self.trace)
        m.submodules.readout = readout = Readout(params.readout, trace=self.trace)

        m.d.comb += [
            aer_input.address.eq(self.in_address),
            aer_input.strobe.eq(self.in_strobe),
            self.invalid.eq(aer_input.invalid),
        ]
        spikes = aer_input.spikes
        for k, layer in enumerate(layers):
            m.d.comb += [
                layer.spikes.eq(self.joined(spikes, k)),
                layer.scale.eq(self.scale[k]),
                layer.clear.eq(self.clear),
                layer.load.eq(self.load[k]),
                layer.weight.eq(self.weight),
            ]
            spikes = layer.fired
        m.d.comb += [
            output.spikes.eq(spikes),
            output.clear.eq(self.clear),
            self.out_address.eq(output.address),
            self.out_strobe.eq(output.strobe),
            readout.address.eq(output.address),
            readout.strobe.eq(output.strobe),
            readout.elapsed.eq(self.elapsed),
            readout.clear.eq(self.clear),
            self.answered.eq(readout.answered),
        ]
        for name, _ in params.readout.answer_fields:
            m.d.comb += getattr(self, name).eq(getattr(readout, name))
        awake = [part.busy for part in (aer_input, *layers, output, readout)]
        m.d.comb += self.busy.eq(Cat(awake).any())

        if self.trace:
            parts = (*layers, output, readout)
            happens = Cat(part.trace_happens for part in parts).any()  # type: ignore[attr-defined]
            word = combine([(part, part.params.trace) for part in parts])
            drive_trace(m, self, happens, word)
        return m

    def joined(self, spikes: Value, layer: int) -> Value:
        """Return a layer's input lines: what comes from the layer before, then its bias."""
        if not self.params.biases[layer]:
            return spikes
        return Cat(spikes, self.bias[layer]) | 0  # one net: the layer's port keeps its name
