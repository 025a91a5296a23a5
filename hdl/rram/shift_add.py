"""Shift-add: joins the codes of a weight's bits to one number.

Ref: Lu 2021, 'NeuroSim Settings', Table 4; see :mod:`goldspike.model.rram.shift_add`.
"""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.rram.shift_add import ShiftAddParams

__all__ = ["ShiftAdd"]


class ShiftAdd(wiring.Component):
    """A code per tick; a weight's sum is there on the tick after its last bit's code.

    Bit-exact against :class:`goldspike.model.rram.shift_add.ShiftAddModel`.

    Members
    -------
    take : In(1)
        Take the code of this tick. The codes of a weight come in order, its lowest bit first.
    code : In(adc_bits)
        How many of the rows that are on conduct.
    column : In(3)
        Which of the ADC's columns the code is of, below `share`.
    precision : In(2)
        Which of ``params.precisions`` the weights have; changes between weights only.
    valid : Out(1)
        `partial` is the sum of a whole weight.
    partial : Out(partial_bits)
        The codes so far, each at its bit's place, the highest of several subtracted; two's
        complement, or unsigned if no ADC has several columns.
    slot : Out(3)
        The weight's number among those of this ADC.
    """

    take: Signal
    code: Signal
    column: Signal
    precision: Signal
    valid: Signal
    partial: Signal
    slot: Signal

    def __init__(self, params: ShiftAddParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "take": In(1),
                "code": In(params.adc_bits),
                "column": In(3),
                "precision": In(2),
                "valid": Out(1),
                "partial": Out(params.partial_bits),
                "slot": Out(3),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        place = Signal(range(max(2, self.params.share)))
        slot = Signal(3)
        ends = Signal()  # this is the code of a weight's highest bit
        with m.Switch(self.precision):
            for k, bits in enumerate(self.params.precisions):
                with m.Case(k):
                    m.d.comb += [
                        place.eq(self.column[:k]),
                        slot.eq(self.column[k:]),
                        ends.eq(place == bits - 1),
                    ]
        m.d.sync += self.valid.eq(self.take & ends)
        with m.If(self.take):
            m.d.sync += [
                self.slot.eq(slot),
                self.partial.eq(self.sum_before(place) + self.term(place, ends)),
            ]
        if self.trace:
            word = pack(self.params.trace, partial=self.partial, valid=self.valid, slot=self.slot)
            drive_trace(m, self, self.take, word)
        return m

    def sum_before(self, place: Value) -> Value:
        """Return the sum of the weight's lower bits."""
        return Mux(place == 0, 0, self.partial)

    def term(self, place: Value, ends: Value) -> Value:
        """Return the code at its place; negative if it is of the sign bit."""
        shifted = self.code << place
        return Mux(ends & (self.precision != 0), -shifted, shifted)
