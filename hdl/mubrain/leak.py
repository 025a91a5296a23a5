"""Leak: strobes on a layer's bias input that make its neurons leak.

Ref: Stuijt 2021, section 2.1 (external clocked input), section 1.1 (event-based leak).
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.leak import LeakParams

__all__ = ["Leak"]


class Leak(wiring.Component):
    """Strobes every `period` ticks and on every event. Latency 1 tick, one strobe per two ticks.

    Bit-exact against :class:`goldspike.model.mubrain.leak.LeakModel`.

    Members
    -------
    period : In(period_bits)
        Ticks between two periodic strobes; 0 and 1: none come.
    in_event : In(1)
        A rising edge asks for a strobe; each high and each low lasts at least one tick.
    clear : In(1)
        The period begins again; a periodic strobe due on this tick is not given.
    strobe : Out(1)
        One tick high per leak; to the last input of a layer's arbiter.
    merged : Out(1)
        One tick high after a leak that found the line up, or after two at once.
    busy : Out(1)
        The period is one that strobes, the event's line moves on this tick, or a strobe is up.
    """

    period: Signal
    in_event: Signal
    clear: Signal
    strobe: Signal
    merged: Signal
    busy: Signal

    def __init__(self, params: LeakParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "period": In(params.period_bits),
                "in_event": In(1),
                "clear": In(1),
                "strobe": Out(1),
                "merged": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        elapsed = Signal(self.params.period_bits)
        sampled, runs, ends, due, rises, given = (
            Signal(name=name) for name in ("sampled", "runs", "ends", "due", "rises", "given")
        )
        m.d.comb += [
            runs.eq(self.period[1:].any()),
            ends.eq(elapsed >= self.period - 1),
            due.eq(runs & ends & ~self.clear),
            rises.eq(self.in_event & ~sampled),
            given.eq((due | rises) & ~self.strobe),
            self.busy.eq(runs | self.strobe | (self.in_event ^ sampled)),
        ]
        m.d.sync += [
            sampled.eq(self.in_event),
            self.strobe.eq(given),
            self.merged.eq((due & rises) | ((due | rises) & self.strobe)),
            elapsed.eq(Mux(self.clear | ~runs | ends, 0, elapsed + 1)),
        ]
        if self.trace:
            word = pack(self.params.trace, strobe=self.strobe, merged=self.merged, elapsed=elapsed)
            drive_trace(m, self, due | rises | self.clear, word)
        return m
