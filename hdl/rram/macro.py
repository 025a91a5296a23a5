"""The macro: vectors stream in, exact products of vector and weights stream out.

Ref: Lu 2021, Fig. 6, Table 2; see :mod:`goldspike.model.rram.macro` for the pipeline.
"""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Array as Choice
from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.rram.accumulator import Accumulator
from goldspike.hdl.rram.array import Array
from goldspike.hdl.rram.flash_adc import FlashAdc
from goldspike.hdl.rram.shift_add import ShiftAdd
from goldspike.hdl.rram.word_line_controller import WordLineController
from goldspike.hdl.trace import combine, drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.rram.macro import MacroParams

__all__ = ["Macro"]


class Macro(wiring.Component):
    """A vector in, a product per logical column out; the first one 5 ticks after the conversions.

    Tick by tick as :func:`goldspike.model.rram.macro.simulate`. While a vector is computed or its
    products leave, the next one may come in.

    Members
    -------
    in_valid : In(1), in_ready : Out(1), in_data : In(lanes * input_bits)
        Vectors, a word of `lanes` inputs at a time, row 0 in the lowest bits of the first word.
    precision : In(2)
        Which of ``params.precisions`` the weights have, for the vector whose first word it is.
    signed_inputs : In(1)
        The inputs are two's complement numbers, for the vector whose first word it is.
    out_valid : Out(1), out_ready : In(1)
        Products; one is taken on a tick on which both are up, and is left until then.
    out_data : Out(product_bits)
        The product of a logical column, ascending, two's complement; 0 while there is none.
    out_last : Out(1)
        It is the vector's last.
    write : In(1), write_row : In(range(rows)), write_data : In(columns)
        Write a row of cells, column 0 lowest; nothing is written without `write_ready`.
    write_ready : Out(1)
        No vector is computed: a row may be written.
    busy : Out(1)
        A vector is complete, computed or leaves, a word is offered, or a row.
    """

    in_valid: Signal
    in_ready: Signal
    in_data: Signal
    precision: Signal
    signed_inputs: Signal
    out_valid: Signal
    out_ready: Signal
    out_data: Signal
    out_last: Signal
    write: Signal
    write_row: Signal
    write_data: Signal
    write_ready: Signal
    busy: Signal

    def __init__(self, params: MacroParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "in_valid": In(1),
                "in_data": In(params.lanes * params.input_bits),
                "precision": In(2),
                "signed_inputs": In(1),
                "out_ready": In(1),
                "write": In(1),
                "write_row": In(range(max(2, params.rows))),
                "write_data": In(params.columns),
                "in_ready": Out(1),
                "out_valid": Out(1),
                "out_data": Out(params.product_bits),
                "out_last": Out(1),
                "write_ready": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        m.submodules.controller = controller = WordLineController(
            params.controller, trace=self.trace
        )
        start = Signal()
        computes = Signal()
        full, precision, negates = self.buffer(m, controller, start)
        m.d.comb += [start.eq(full & ~computes & ~self.out_valid), controller.start.eq(start)]

        # after the controller's registers come those of the ADCs, shift-adds and accumulators
        ended = Signal(3)
        m.d.sync += ended.eq(Cat(controller.done, ended))
        completes = ended[-1]
        with m.If(start):
            m.d.sync += computes.eq(1)
        with m.If(completes):
            m.d.sync += computes.eq(0)
        totals = self.compute(m, platform, controller, start, precision, negates)
        self.output(m, completes, precision, totals)
        m.d.comb += [
            self.write_ready.eq(~computes),
            self.busy.eq(computes | self.out_valid | full | self.in_valid | self.write),
        ]
        if self.trace:
            self.trace_products(m, controller, completes, totals)
        return m

    def trace_products(
        self, m: Module, controller: Any, completes: Value, totals: list[Value]
    ) -> None:
        """Drive the trace port: the controller's records, and all totals of a vector."""
        params, layout = self.params, dict(self.params.parts)["products"]
        bits, slots = params.product_bits, range(params.share)
        valid = Signal()
        word = pack(layout, totals=[adc.word_select(k, bits) for adc in totals for k in slots])
        products = SimpleNamespace(trace_valid=valid, trace_word=Signal(layout.width))
        m.d.sync += valid.eq(completes)
        m.d.comb += products.trace_word.eq(Mux(valid, word, 0))
        combined = combine([(controller, params.controller.trace), (products, layout)])
        drive_trace(m, self, controller.trace_happens | completes, combined)

    def buffer(
        self, m: Module, controller: WordLineController, start: Signal
    ) -> tuple[Signal, Signal, Signal]:
        """Collect a vector's words.

        Returns
        -------
        full : Signal
            A vector is complete; it goes to the controller with `start`.
        precision, negates : Signal
            Of the vector that was started last; whether its highest plane is subtracted.
        """
        params = self.params
        words = Signal(len(self.in_data) * params.words)
        filled = Signal(range(params.words + 1))
        full = Signal()
        precision = Signal(2)
        negates = Signal()
        next_precision = Signal(2)
        next_negates = Signal()
        m.d.comb += [
            full.eq(filled == params.words),
            self.in_ready.eq(~full),
            controller.vector.eq(words),
        ]
        with m.If(self.in_valid & self.in_ready):
            m.d.sync += [
                words.eq(Cat(words, self.in_data)[len(self.in_data) :]),
                filled.eq(filled + 1),
            ]
            with m.If(filled == 0):
                m.d.sync += [
                    next_precision.eq(self.precision),
                    next_negates.eq(self.signed_inputs),
                ]
        with m.If(start):
            m.d.sync += [filled.eq(0), precision.eq(next_precision), negates.eq(next_negates)]
        return full, precision, negates

    def compute(
        self,
        m: Module,
        platform: object,
        controller: WordLineController,
        start: Signal,
        precision: Signal,
        negates: Signal,
    ) -> list[Value]:
        """Build the way from the word-lines to the totals; return those of every ADC."""
        params = self.params
        m.submodules.array = array = Array(params.array)
        m.submodules.adc = adc = FlashAdc(params.adc)
        select = Signal(3)
        plane = Signal(3)
        group = Cat(controller.first, controller.last, controller.plane)
        sampled = Signal(len(group))  # with codes, with partial sums
        joined = Signal(len(group))
        m.d.sync += [select.eq(controller.column), sampled.eq(group), joined.eq(sampled)]
        m.d.comb += [
            array.write.eq(self.write & self.write_ready),
            array.write_row.eq(self.write_row),
            array.write_data.eq(self.write_data),
            array.word_lines.eq(controller.word_lines),
            adc.levels.eq(array.levels),
            adc.sample.eq(controller.valid),
            adc.column.eq(controller.column),
            plane.eq(joined[2:]),
        ]
        count = params.adcs
        joins = repeat(m, platform, "shift_add", ShiftAdd, params.shift_add, count)
        adds = repeat(m, platform, "accumulator", Accumulator, params.accumulator, count)
        for k, (join, add) in enumerate(zip(joins, adds, strict=True)):
            m.d.comb += [
                join.take.eq(adc.valid),
                join.code.eq(adc.codes.word_select(k, params.adc_bits)),
                join.column.eq(select),
                join.precision.eq(precision),
                add.clear.eq(start),
                add.add.eq(join.valid),
                add.partial.eq(join.partial),
                add.slot.eq(join.slot),
                add.first.eq(joined[0]),
                add.last.eq(joined[1]),
                add.plane.eq(plane),
                add.negative.eq(negates & (plane == params.input_bits - 1)),
            ]
        return [add.totals for add in adds]

    def output(self, m: Module, completes: Value, precision: Signal, totals: list[Value]) -> None:
        """Send the products of a vector that is complete, one after the other."""
        params = self.params
        source = Signal(range(max(2, params.adcs)))
        slot = Signal(3)
        ends = Signal()  # the product is its ADC's last
        with m.Switch(precision):
            for k, bits in enumerate(params.precisions):
                with m.Case(k):
                    m.d.comb += ends.eq(slot == params.share // bits - 1)
        product = Choice(totals)[source].word_select(slot, params.product_bits)
        m.d.comb += [
            self.out_data.eq(Mux(self.out_valid, product, 0)),
            self.out_last.eq(self.out_valid & ends & (source == params.adcs - 1)),
        ]
        with m.If(self.out_valid & self.out_ready):
            m.d.sync += slot.eq(Mux(ends, 0, slot + 1))
            with m.If(ends):
                m.d.sync += source.eq(Mux(self.out_last, 0, source + 1))
            with m.If(self.out_last):
                m.d.sync += self.out_valid.eq(0)
        with m.If(completes):
            m.d.sync += self.out_valid.eq(1)
