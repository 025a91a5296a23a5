"""Integrate-and-fire neuron: add, wrap, clamp.

Ref: Stuijt 2021, section 3.1. The accumulator keeps the sum as it came out of the adder: the bit
above the potential ("7 bits") means overflow, the sign above it underflow. Wrapping and clamping
are read off it wherever they are used, so that a simulator computes nothing while no grant comes.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.neuron import NeuronParams

__all__ = ["Neuron"]


class Neuron(wiring.Component):
    """One neuron. Latency 1 tick, throughput 1 weight per tick.

    Bit-exact against :class:`goldspike.model.mubrain.neuron.NeuronModel`.

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
        The sum integrated last overflowed; the layer makes a spike of one tick of it.
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
        accumulator = Signal(bits + 2)
        remainder, carry, negative = accumulator[:bits], accumulator[bits], accumulator[-1]
        with m.If(self.cleared()):
            m.d.sync += accumulator.eq(0)
        with m.Elif(self.strobe):
            m.d.sync += accumulator.eq(self.clamped(remainder, negative) + self.scaled())
        self.wrap_and_clamp(m, remainder, carry, negative)

        if self.trace:
            word = pack(self.params.trace, potential=self.potential, fired=self.fire)
            drive_trace(m, self, self.strobe | self.clear, word)
        return m

    def scaled(self) -> Value:
        """Return what the weight adds."""
        return Mux(self.scale, self.weight << self.params.scale_shift, self.weight)

    def clamped(self, remainder: Value, negative: Value) -> Value:
        """Return what a weight is added to: the potential, not shared with its port."""
        return Mux(negative, 0, remainder)

    def cleared(self) -> Value:
        """Return whether the potential is cleared on this tick."""
        return self.clear

    def wrap_and_clamp(self, m: Module, remainder: Value, carry: Value, negative: Value) -> None:
        """Show what the accumulator means: wrapped or clamped potential, overflow."""
        m.d.comb += [
            self.potential.eq(~(~remainder | negative.replicate(len(remainder)))),
            self.fire.eq(Cat(carry, negative) == 1),
        ]
