"""On-demand oscillator with divider: whole clock periods while anybody asks, rest in between.

Ref: Chundi 2021, "Neuron Block". In ``tick`` the ring is a counter of ticks and the divider a
counter of the ring's rounds.
"""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.trace import drive_trace, pack, trace_ports
from model.timing.oscillator import OscillatorParams

__all__ = ["Oscillator"]


def equal(count: Value, number: int) -> Value:
    """Return whether a counter stands at a number (a plain ``== 0`` makes linters warn)."""
    return ~count.any() if number == 0 else count == number


class Oscillator(wiring.Component):
    """Periods on demand. The clock rises low-phase ticks after the enable came up at rest.

    Throughput: one period per ``divide * (low + high)`` ticks, without gaps while the enable is up.
    Bit-exact against :class:`model.timing.oscillator.OscillatorModel`. A counter state beyond the
    round or the period strobes nothing and runs out.

    Members
    -------
    enable : In(1)
        Starts a period while the oscillator rests; ignored during one.
    clock : Out(1)
        The clock as a level, registered; rests low.
    rises, falls : Out(1)
        Combinational strobes: `clock` changes on this tick. What is enabled by `rises` changes
        together with `clock`. With a low phase of one tick `rises` depends on `enable`, which
        therefore must not depend on it within the tick.
    busy : Out(1)
        Combinational: a period is under way or starts on this tick.
    """

    enable: Signal
    clock: Signal
    rises: Signal
    falls: Signal
    busy: Signal

    def __init__(self, params: OscillatorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "enable": In(1),
                "clock": Out(1),
                "rises": Out(1),
                "falls": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def runs(self, under_way: Value) -> Value:
        """Return whether the ring counts on this tick: a period once begun is finished."""
        return under_way | self.enable

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        count = Signal(range(params.round))  # ticks of this round that are over
        rounds = Signal(range(max(2, params.divide)))  # rounds of this period that are over
        ring_rises = Signal()
        ring_falls = Signal()
        under_way = Signal()
        m.d.comb += [
            under_way.eq((count != 0) | (rounds != 0)),
            self.busy.eq(self.runs(under_way)),
            ring_rises.eq(self.busy & equal(count, params.low - 1)),
            ring_falls.eq(self.busy & equal(count, params.round - 1)),
            self.rises.eq(ring_rises & equal(rounds, params.rise_round)),
            self.falls.eq(ring_falls & equal(rounds, params.divide - 1)),
        ]
        with m.If(ring_falls):
            m.d.sync += count.eq(0)
        with m.Elif(self.busy):
            m.d.sync += count.eq(count + 1)

        with m.If(self.falls):
            m.d.sync += rounds.eq(0)
        with m.Elif(ring_falls):
            m.d.sync += rounds.eq(rounds + 1)

        with m.If(self.rises):
            m.d.sync += self.clock.eq(1)
        with m.Elif(self.falls | ~self.busy):  # low at rest, even after an upset
            m.d.sync += self.clock.eq(0)

        if self.trace:
            ring = Signal()
            with m.If(ring_rises | ring_falls):
                m.d.sync += ring.eq(ring_rises)
            word = pack(params.trace, ring=ring, clock=self.clock, rounds=rounds)
            drive_trace(m, self, ring_rises | ring_falls, word)
        return m
