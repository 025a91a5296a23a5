"""Clock gate: one clock for many clients, of which each gets whole pulses or none.

Ref: Chundi 2021, Fig. 2A. In ``tick`` the clock is a pair of strobes, and one register per gate is
latch and AND at once: it takes the enable as the clock rises and is cleared as the clock falls.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.timing.clock_gate import PULSE_BITS, ClockGateParams

__all__ = ["ClockGate"]


class ClockGate(wiring.Component):
    """Gates behind one clock. Latency 0, throughput one pulse per pulse of the clock and gate.

    Bit-exact against :class:`goldspike.model.timing.clock_gate.ClockGateModel`. The strobes are
    those of :class:`goldspike.hdl.timing.oscillator.Oscillator`: each comes on the tick on which
    the clock changes. Between them nothing in the gate moves.

    Members
    -------
    clock_rises, clock_falls : In(1)
        The clock changes on this tick; by turns.
    enable : In(width)
        Whose pulse it is; counts on the tick on which the clock rises.
    gated : Out(width)
        The gated clocks as levels, registered.
    rises, falls : Out(width)
        Combinational strobes: a gated clock changes on this tick.
    """

    clock_rises: Signal
    clock_falls: Signal
    enable: Signal
    gated: Signal
    rises: Signal
    falls: Signal

    def __init__(self, params: ClockGateParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.width
        super().__init__(
            {
                "clock_rises": In(1),
                "clock_falls": In(1),
                "enable": In(n),
                "gated": Out(n),
                "rises": Out(n),
                "falls": Out(n),
                **trace_ports(params.trace, trace),
            }
        )

    def next_gated(self) -> Value:
        """Return the gated clocks after this tick: the enable does not matter to a pulse begun."""
        return (self.gated | self.rises) & ~self.falls

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        n = self.params.width
        m.d.comb += [
            self.rises.eq(self.enable & self.clock_rises.replicate(n)),
            self.falls.eq(self.gated & self.clock_falls.replicate(n)),
        ]
        m.d.sync += self.gated.eq(self.next_gated())
        if self.trace:
            pulses = [Signal(PULSE_BITS, name=f"pulses_{k}") for k in range(n)]
            for k, count in enumerate(pulses):
                with m.If(self.rises[k]):
                    m.d.sync += count.eq(count + 1)
            word = pack(self.params.trace, gated=self.gated, pulses=pulses)
            drive_trace(m, self, self.rises.any() | self.falls.any(), word)
        return m
