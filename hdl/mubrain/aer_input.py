"""AER input: an address and a strobe become one spike on one of N lines.

Ref: Stuijt 2021, section 2.2, Fig. 1B.
"""

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.aer_input import AerInputParams

__all__ = ["AerInput"]


class AerInput(wiring.Component):
    """Decodes events to spikes. Latency 1 tick, throughput one event per two ticks.

    Bit-exact against :class:`goldspike.model.mubrain.aer_input.AerInputModel`.

    Members
    -------
    address : In(range(lines))
        Sampled on the tick on which the strobe rises.
    strobe : In(1)
        Each high and each low lasts at least one tick.
    spikes : Out(lines)
        The addressed line, one tick high.
    invalid : Out(1)
        One tick high instead, if the address names no line.
    busy : Out(1)
        A strobe rises on this tick or a spike is up.
    """

    address: Signal
    strobe: Signal
    spikes: Signal
    invalid: Signal
    busy: Signal

    def __init__(self, params: AerInputParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "address": In(params.address_bits),
                "strobe": In(1),
                "spikes": Out(params.lines),
                "invalid": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def decoded(self, event: Value) -> Value:
        """Return the event on its line; with an address beyond the lines it shifts out."""
        return event << self.address

    def beyond(self) -> Value:
        """Return whether the address names no line."""
        lines = self.params.lines
        if lines == 1 << self.params.address_bits:
            return Const(0)
        return self.address >= lines

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        sampled = Signal()
        rises = Signal()
        launched = Signal()  # the strobe rose on the tick before
        m.d.comb += [
            rises.eq(self.strobe & ~sampled),
            self.busy.eq(rises | launched),
        ]
        m.d.sync += [
            sampled.eq(self.strobe),
            launched.eq(rises),
            self.invalid.eq(rises & self.beyond()),
        ]
        with m.If(rises | launched):
            m.d.sync += self.spikes.eq(self.decoded(rises))
        if self.trace:
            word = pack(self.params.trace, spikes=self.spikes, invalid=self.invalid)
            drive_trace(m, self, self.busy, word)
        return m
