"""Clock gate: one clock for many clients, of which each gets whole pulses or none.

Ref: Chundi 2021, Fig. 2A. In ``tick`` the latch is a register that follows the enable while the
clock is low; the strobes, which come before the level, look through it, as the latch is transparent.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.trace import drive_trace, pack, trace_ports
from model.timing.clock_gate import PULSE_BITS, ClockGateParams

__all__ = ["ClockGate"]


class ClockGate(wiring.Component):
    """Gates behind one clock. Latency 0, throughput one pulse per pulse of the clock and gate.

    Bit-exact against :class:`model.timing.clock_gate.ClockGateModel`. Clock and strobes are those of
    :class:`hdl.timing.oscillator.Oscillator`: a strobe comes on the tick on which the level changes.
    While the clock stands still, so does everything but the latch.

    Members
    -------
    clock : In(1)
        The clock as a level, registered: on its rising tick it is still low.
    clock_rises, clock_falls : In(1)
        The clock changes on this tick; one at a time, and only where `clock` lets it.
    enable : In(width)
        Whose pulse it is; counts on the tick on which the clock rises.
    gated : Out(width)
        The gated clocks as levels, each an AND of two registers of which one changes at a time.
    rises, falls : Out(width)
        Combinational strobes: a gated clock changes on this tick.
    """

    clock: Signal
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
                "clock": In(1),
                "clock_rises": In(1),
                "clock_falls": In(1),
                "enable": In(n),
                "gated": Out(n),
                "rises": Out(n),
                "falls": Out(n),
                **trace_ports(params.trace, trace),
            }
        )

    def transparent(self) -> Value:
        """Return whether the latches follow the enables on this tick."""
        return ~self.clock

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        n = self.params.width
        latch = Signal(n)
        with m.If(self.transparent()):
            m.d.sync += latch.eq(self.enable)
        m.d.comb += [
            self.gated.eq(latch & self.clock.replicate(n)),
            self.rises.eq(self.enable & (self.clock_rises & ~self.clock).replicate(n)),
            self.falls.eq(self.gated & self.clock_falls.replicate(n)),
        ]
        if self.trace:
            pulses = [Signal(PULSE_BITS, name=f"pulses_{k}") for k in range(n)]
            for k, count in enumerate(pulses):
                with m.If(self.rises[k]):
                    m.d.sync += count.eq(count + 1)
            word = pack(self.params.trace, gated=self.gated, pulses=pulses)
            drive_trace(m, self, self.rises.any() | self.falls.any(), word)
        return m
