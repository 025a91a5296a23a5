"""Accumulators of one ADC: groups add up to planes, planes to the exact product.

Ref: Lu 2021, 'Digital Modules', Table 4; see :mod:`goldspike.model.rram.accumulator`. One adder
serves the sums of all slots, another one their totals.
"""

from amaranth.hdl import Array, Module, Mux, Shape, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.rram.accumulator import AccumulatorParams

__all__ = ["Accumulator"]


class Accumulator(wiring.Component):
    """A partial sum per tick; a plane is in its total two ticks after its last group's.

    Bit-exact against :class:`goldspike.model.rram.accumulator.AccumulatorModel`.

    Members
    -------
    clear : In(1)
        Set the totals to 0; nothing is added on this tick, and a plane that is due is dropped.
    add : In(1)
        Add `partial` to the sum of `slot`. The partial sums of a plane are those of `rows`
        weights at most.
    partial : In(partial_bits)
        The sum over a group of rows, two's complement if the weights have several bits.
    slot : In(3)
        Which weight of this ADC it is of, below `share`.
    first, last : In(1)
        It is of its plane's first, last group.
    plane : In(3)
        Which bit of the inputs the plane is; sampled with `last`.
    negative : In(1)
        It is the bit of the sign: the plane is subtracted; sampled with `last`.
    totals : Out(share * bits)
        The sum of the planes of every slot, two's complement, slot 0 in the lowest bits.
    """

    clear: Signal
    add: Signal
    partial: Signal
    slot: Signal
    first: Signal
    last: Signal
    plane: Signal
    negative: Signal
    totals: Signal

    def __init__(self, params: AccumulatorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "clear": In(1),
                "add": In(1),
                "partial": In(params.shift_add.partial_bits),
                "slot": In(3),
                "first": In(1),
                "last": In(1),
                "plane": In(3),
                "negative": In(1),
                "totals": Out(params.share * params.bits),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params, slots = self.params, range(self.params.share)
        shapes = [Shape(params.sum_bits(k), signed=params.widest(k) > 1) for k in slots]
        sums = [Signal(shape, name=f"sum_{k}") for k, shape in enumerate(shapes)]
        totals = [Signal(signed(params.total_bits(k)), name=f"total_{k}") for k in slots]
        partial = self.partial.as_signed() if params.share > 1 else self.partial
        due = Signal()  # the last group of a plane came on the tick before
        ended = Signal(3)
        place = Signal(3)
        subtract = Signal()

        m.d.sync += due.eq(self.add & self.last & ~self.clear)
        with m.If(self.add):
            m.d.sync += [ended.eq(self.slot), place.eq(self.plane), subtract.eq(self.negative)]
        with m.If(self.clear):
            m.d.sync += [total.eq(0) for total in totals]
        with m.Else():
            with m.If(self.add):
                before = Array(sums)[self.slot]
                m.d.sync += before.eq(Mux(self.first, 0, before) + partial)
            with m.If(due):
                value, total = Array(sums)[ended] << place, Array(totals)[ended]
                m.d.sync += total.eq(Mux(subtract, total - value, total + value))
        for k, total in enumerate(totals):
            m.d.comb += self.totals.word_select(k, params.bits).eq(total)

        if self.trace:
            wide = [Signal(signed(params.sum_bits(0)), name=f"wide_{k}") for k in slots]
            m.d.comb += [shown.eq(value) for shown, value in zip(wide, sums, strict=True)]
            shown = [self.totals.word_select(k, params.bits) for k in slots]
            word = pack(params.trace, sums=wide, totals=shown)
            drive_trace(m, self, self.clear | self.add | due, word)
        return m
