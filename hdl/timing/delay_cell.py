"""Delay cell: whatever a line does, it does again a fixed time later.

Ref: Stuijt 2021, section 2.4 and Fig. 3B. In ``tick`` the thyristors are a shift register.
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.params import require_int
from goldspike.model.timing.delay_cell import DelayCellParams

__all__ = ["DelayCell"]

MOST_BITS = 65_536  # of one signal


class DelayCell(wiring.Component):
    """A bank of transport delays. Latency `delay` ticks, throughput one level per tick and line.

    Bit-exact against :class:`goldspike.model.timing.delay_cell.DelayCellModel`. ``width * delay``,
    the levels inside, is 65,536 at most (ValueError).

    Members
    -------
    level : In(width)
        The lines.
    delayed : Out(width)
        The lines `delay` ticks later: with a delay of 1, as last sampled.
    busy : Out(1)
        Combinational: some level has not left yet or enters on this tick.
    """

    level: Signal
    delayed: Signal
    busy: Signal

    def __init__(self, params: DelayCellParams, *, trace: bool = False) -> None:
        require_int("width * delay", params.width * params.delay, 1, MOST_BITS)
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "level": In(params.width),
                "delayed": Out(params.width),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def advance(self, inside: Value) -> Value:
        """Return what is inside after this tick, the level that leaves next in the highest bits."""
        kept = (self.params.delay - 1) * self.params.width
        return Cat(self.level, inside[:kept])

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        width, delay = self.params.width, self.params.delay
        inside = Signal(delay * width)
        following = Signal(delay * width)
        m.d.comb += [
            following.eq(self.advance(inside)),
            self.delayed.eq(inside[-width:]),
            self.busy.eq(following != inside),
        ]
        m.d.sync += inside.eq(following)
        if self.trace:
            drive_trace(m, self, self.busy, pack(self.params.trace, output=self.delayed))
        return m
