"""AER input: an address, a sign and a strobe become one spike on one wire of one input neuron.

Ref: Chundi 2021, "Chip Prototype". Assumptions: :mod:`goldspike.model.alwayson.aer_input`.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.alwayson.aer_input import AerInputParams

__all__ = ["AerInput"]


class AerInput(wiring.Component):
    """Decodes events to spikes. Latency 1 tick, throughput one event per two ticks.

    Bit-exact against :class:`goldspike.model.alwayson.aer_input.AerInputModel`. Proved
    (:mod:`goldspike.proofs.alwayson.aer_input`): each event becomes a spike of one tick, on the
    wire that its address and its sign name, or is reported as invalid.

    Members
    -------
    address : In(address_bits)
        Which neuron; sampled on the tick on which the strobe rises.
    negative : In(1)
        Spk-1 instead of Spk+1; sampled with the address.
    strobe : In(1)
        Each high and each low lasts at least one tick.
    plus, minus : Out(lines)
        Spk+1 and Spk-1 of every neuron: registers, up for one tick.
    invalid : Out(1)
        One tick high instead, if the address names no neuron.
    busy : Out(1)
        Combinational: the strobe rises on this tick, or rose on the one before.
    """

    address: Signal
    negative: Signal
    strobe: Signal
    plus: Signal
    minus: Signal
    invalid: Signal
    busy: Signal

    def __init__(self, params: AerInputParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "address": In(params.address_bits),
                "negative": In(1),
                "strobe": In(1),
                "plus": Out(params.lines),
                "minus": Out(params.lines),
                "invalid": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def on_line(self, event: Value) -> Value:
        """Return the event on its line; an address beyond the lines has none."""
        return event << self.address

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        sampled = Signal()
        rises = Signal()
        launched = Signal()  # the strobe rose on the tick before
        m.d.comb += [rises.eq(self.strobe & ~sampled), self.busy.eq(rises | launched)]
        m.d.sync += [
            sampled.eq(self.strobe),
            launched.eq(rises),
            self.invalid.eq(rises & (self.address >= self.params.lines)),
        ]
        with m.If(self.busy):
            m.d.sync += [
                self.plus.eq(self.on_line(rises & ~self.negative)),
                self.minus.eq(self.on_line(rises & self.negative)),
            ]
        if self.trace:
            shown = {name: getattr(self, name) for name in ("plus", "minus", "invalid")}
            drive_trace(m, self, self.busy, pack(self.params.trace, **shown))
        return m
