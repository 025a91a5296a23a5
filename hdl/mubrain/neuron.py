"""Integrate-and-fire neuron: add, wrap, clamp.

Ref: Stuijt 2021, section 3.1. One adder of one bit more than the potential ("7 bits"): its top bit
means overflow when the weight is positive and underflow when it is negative.
"""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.trace import drive_trace, pack, trace_ports
from model.mubrain.neuron import NeuronParams

__all__ = ["Neuron"]


class Neuron(wiring.Component):
    """One neuron. Latency 1 tick, throughput 1 weight per tick.

    Bit-exact against :class:`model.mubrain.neuron.NeuronModel`.

    Members
    -------
    strobe : In(1)
        Integrate `weight` on this tick.
    weight : In(signed(weight_bits))
        In units of the potential.
    scale : In(1)
        Multiply the weight by ``2**scale_shift``.
    clear : In(1)
        Set the potential to zero; wins over `strobe`.
    potential : Out(potential_bits)
        The potential.
    fire : Out(1)
        One tick high after an overflow: the neuron's spike.
    """

    strobe: Signal
    weight: Signal
    scale: Signal
    clear: Signal
    potential: Signal
    fire: Signal

    def __init__(self, params: NeuronParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "strobe": In(1),
                "weight": In(signed(params.weight_bits)),
                "scale": In(1),
                "clear": In(1),
                "potential": Out(params.potential_bits),
                "fire": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        bits = self.params.potential_bits
        addend = Signal(signed(bits + 1))
        total = Signal(bits + 1)
        negative = self.weight[-1]
        m.d.comb += [
            addend.eq(self.scaled()),
            total.eq(self.potential + addend),
        ]
        self.wrap_and_clamp(m, total[:bits], total[bits], negative)

        if self.trace:
            word = pack(self.params.trace, potential=self.potential, fired=self.fire)
            drive_trace(m, self, self.strobe | self.clear, word)
        return m

    def scaled(self) -> Value:
        """Return what the weight adds."""
        return Mux(self.scale, self.weight << self.params.scale_shift, self.weight)

    def wrap_and_clamp(self, m: Module, remainder: Value, carry: Value, negative: Value) -> None:
        """Fire on overflow and keep the remainder; stay at zero on underflow."""
        m.d.sync += self.fire.eq(self.strobe & ~self.clear & carry & ~negative)
        with m.If(self.clear):
            m.d.sync += self.potential.eq(0)
        with m.Elif(self.strobe):
            m.d.sync += self.potential.eq(Mux(carry & negative, 0, remainder))
