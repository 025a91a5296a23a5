"""Integrate-and-fire neuron: add, wrap, clamp.

Ref: Stuijt 2021, section 3.1. In ``cell`` the strobe is the accumulator's clock; the arithmetic is
that of ``tick``. The strobe, behind a delay cell that is longer than the adder settles, is the
spike if the sum overflowed: two overflows in a row are two edges, and no edge is a glitch.
"""

from amaranth.hdl import DomainRenamer, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from goldspike.hdl.cells import clock_and, clocked, delayed
from goldspike.hdl.mubrain import neuron
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.mubrain.neuron import SPIKE_PS, NeuronParams

__all__ = ["Neuron"]


class Neuron(wiring.Component):
    """One neuron without a clock. Integrates at once, fires `SPIKE_PS` later.

    Equal, to the picosecond, to :class:`goldspike.model.mubrain.neuron.NeuronModel`.

    Members
    -------
    rst : In(1)
        The potential is zero while it is up.
    strobe : In(1)
        Its rising edge integrates `weight`: a clock. Low for more than `SPIKE_PS` after each pulse.
    weight : In(signed(weight_bits))
        In units of the potential; stable around the rising edge of `strobe`.
    scale : In(1)
        Multiply the weight by ``2**scale_shift``; as stable.
    clear : In(1)
        The potential is zero while it is up; down from a strobe to the end of its spike.
    potential : Out(potential_bits)
        The potential.
    fire : Out(1)
        The spike: `strobe`, `SPIKE_PS` later, if the sum overflowed.
    """

    rst: Signal
    strobe: Signal
    weight: Signal
    scale: Signal
    clear: Signal
    potential: Signal
    fire: Signal
    trace_word: Signal

    def __init__(self, params: NeuronParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.arithmetic = neuron.Neuron(params)
        members = self.arithmetic.signature.members
        super().__init__(
            {
                "rst": In(1),
                **{name: members[name] for name in ("strobe", "weight", "scale", "clear")},
                **{name: members[name] for name in ("potential", "fire")},
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        arithmetic = self.arithmetic
        clocked(m, "integrate", self.strobe, self.rst | self.clear)
        m.submodules.arithmetic = DomainRenamer("integrate")(arithmetic)
        spike = Signal()
        m.d.comb += [
            arithmetic.strobe.eq(1),
            arithmetic.weight.eq(self.weight),
            arithmetic.scale.eq(self.scale),
            self.potential.eq(arithmetic.potential),
            spike.eq(self.spike(m, arithmetic.fire)),
            self.fire.eq(spike),
        ]
        if self.trace:
            counters = []
            for name, clock in (
                ("strobes", self.strobe),
                ("clears", self.clear),
                ("spikes", spike),
            ):
                counter = Signal(8, name=name)
                m.d[clocked(m, f"{name}_counted", clock, self.rst)] += counter.eq(counter + 1)
                counters.append(counter)
            strobes, clears, spikes = counters
            word = pack(
                self.params.cell_trace,
                strobes=strobes, clears=clears, spikes=spikes, potential=self.potential,
            )  # fmt: skip
            m.d.comb += self.trace_word.eq(word)
        return m

    def spike(self, m: Module, overflow: Value) -> Value:
        """Return the spike."""
        return clock_and(m, "spike_out", delayed(m, "fired", self.strobe, SPIKE_PS), overflow)
