"""Counter: how many ticks its input was up, modulo a power of two."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.tally.counter import CounterParams

__all__ = ["Counter"]


class Counter(wiring.Component):
    """Counts ticks. Latency 1 tick.

    Members
    -------
    up : In(1)
        Counted on every tick on which it is up.
    count : Out(bits)
        The ticks so far.
    """

    up: Signal
    count: Signal

    def __init__(self, params: CounterParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        members = {"up": In(1), "count": Out(params.bits), **trace_ports(params.trace, trace)}
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        with m.If(self.up):
            m.d.sync += self.count.eq(self.count + 1)
        if self.trace:
            drive_trace(m, self, self.up, pack(self.params.trace, count=self.count))
        return m
