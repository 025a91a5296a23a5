"""On-demand oscillator with divider: whole clock periods while anybody asks, rest in between.

Ref: Chundi 2021, "Neuron Block". In ``tick`` the ring is a counter of ticks and the divider a
counter of the ring's rounds.
"""

from amaranth.hdl import Module, Signal, Value, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.timing.oscillator import OscillatorParams

__all__ = ["Oscillator"]


def equal(count: Value, number: ValueLike) -> Value:
    """Return whether a counter stands at a number (a plain ``== 0`` makes linters warn)."""
    return ~count.any() if isinstance(number, int) and number == 0 else count == number


class Oscillator(wiring.Component):
    """Periods on demand. The clock rises low-phase ticks after the enable came up at rest.

    Throughput: one period per ``divide * (low + high)`` ticks, without gaps while the enable is up.
    Bit-exact against :class:`goldspike.model.timing.oscillator.OscillatorModel`. A counter state
    beyond the round or the period strobes nothing and runs out.

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
    length, divide : In(range(low + 1)), In(range(divide + 1))
        Of a configurable oscillator only: ticks of the ring's low phase, and of its high phase, and
        rounds of the ring per period, both at least 1. They change at rest only.
    """

    enable: Signal
    length: Signal
    divide: Signal
    clock: Signal
    rises: Signal
    falls: Signal
    busy: Signal

    def __init__(self, params: OscillatorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        settings = {}
        if params.configurable:
            settings["length"] = In(range(params.low + 1))
            settings["divide"] = In(range(params.divide + 1))
        super().__init__(
            {
                "enable": In(1),
                **settings,
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

    def ends(self) -> tuple[ValueLike, ValueLike, ValueLike, ValueLike]:
        """Return counts and rounds at which the ring rises and falls and the clock rises and falls.

        Each is the last before that happens: ticks of the round, rounds of the period.
        """
        p = self.params
        if not p.configurable:
            return p.low - 1, p.round - 1, p.rise_round, p.divide - 1
        length, divide = self.length, self.divide
        return (
            (length - 1)[: len(length)],
            ((length << 1) - 1)[: len(length) + 1],
            divide >> 1,
            (divide - 1)[: len(divide)],
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        ring_rise, ring_fall, rise, fall = self.ends()
        count = Signal(range(params.round))  # ticks of this round that are over
        rounds = Signal(range(max(2, params.divide)))  # rounds of this period that are over
        ring_rises = Signal()
        ring_falls = Signal()
        under_way = Signal()
        m.d.comb += [
            under_way.eq((count != 0) | (rounds != 0)),
            self.busy.eq(self.runs(under_way)),
            ring_rises.eq(self.busy & equal(count, ring_rise)),
            ring_falls.eq(self.busy & equal(count, ring_fall)),
            self.rises.eq(ring_rises & equal(rounds, rise)),
            self.falls.eq(ring_falls & equal(rounds, fall)),
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
