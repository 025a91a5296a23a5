"""Proof of the shift-add: a weight's codes, kept one by one, against the sum, in wide numbers."""

from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.shift_add import ShiftAdd
from goldspike.model.rram.shift_add import ShiftAddParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ShiftAddProof"]


@bug_in(ShiftAdd, ShiftAdd.term)
def forgets_the_sign(self, place, ends):
    """Add the code of the sign bit like any other."""
    return self.code << place


@bug_in(ShiftAdd)
def shows_every_code(m, dut, inside):
    """Show a sum with every code."""
    m.d.sync += dut.valid.eq(dut.take)


@bug_in(ShiftAdd)
def shows_columns(m, dut, inside):
    """Show the column in place of the weight's number."""
    with m.If(dut.take):
        m.d.sync += dut.slot.eq(dut.column)


@bug_in(ShiftAdd)
def lets_go(m, dut, inside):
    """Keep a sum for a tick only."""
    with m.If(~dut.take):
        m.d.sync += dut.partial.eq(0)


class ShiftAddProof(Proof):
    """Any codes, any precision, any gaps, weights cut off."""

    rtl = ShiftAdd
    configs: ClassVar = {
        "one": ShiftAddParams(share=1, adc_bits=1),
        "2x2": ShiftAddParams(share=2, adc_bits=2),
        "published": ShiftAddParams(),
        "largest": ShiftAddParams(adc_bits=6),
    }
    quick = ("2x2", "published")
    search = 12
    bugs: ClassVar = {
        "a sum is that of its codes, each at its bit's place, the sign's subtracted": (
            forgets_the_sign
        ),
        "a sum comes with its weight's last code, and only then": shows_every_code,
        "the slot is the weight's number": shows_columns,
        "a sum stays until the next code": lets_go,
    }

    def properties(self, m: Module) -> None:
        """Keep the codes of the weight that is under way."""
        dut, params = self.dut, self.params
        top = len(params.precisions) - 1
        codes = [Signal(params.adc_bits, name=f"code_{k}") for k in range(params.share)]
        under_way = Signal()  # a weight has codes, and may have more
        precision = Signal(2)
        column = Signal(3)  # of the code taken last
        begun = Signal(3)  # the column of the weight's first code
        taken = Signal()
        last = (1 << dut.precision) - 1
        place = dut.column & last
        m.d.sync += taken.eq(dut.take)
        with m.If(dut.take):
            m.d.sync += [precision.eq(dut.precision), column.eq(dut.column), under_way.eq(1)]
            with m.If(place == 0):
                m.d.sync += [begun.eq(dut.column), *(code.eq(0) for code in codes)]
            for k, code in enumerate(codes):
                with m.If(place == k):
                    m.d.sync += code.eq(dut.code)
        self.assumes("a precision that there is", dut.precision <= top)
        self.assumes("a column that there is", dut.column < params.share)
        follows = under_way & (dut.column == column + 1) & (dut.precision == precision)
        self.assumes("codes come in order", ~dut.take | (place == 0) | follows)

        whole = self.ends(precision, column)
        partial = dut.partial.as_signed() if params.share > 1 else dut.partial
        right = partial == self.summed(precision, codes)
        self.holds(
            "a sum is that of its codes, each at its bit's place, the sign's subtracted",
            ~dut.valid | right,
        )
        self.holds(
            "a sum comes with its weight's last code, and only then", dut.valid == (taken & whole)
        )
        self.holds("the slot is the weight's number", ~taken | (dut.slot == begun >> precision))
        self.holds("a sum stays until the next code", right)
        self.helps("the column", (column >> precision) == (begun >> precision))
        self.helps("codes to come", self.nothing_above(precision, column, codes))
        self.helps("the precision", (precision <= top) & (column < params.share))
        if params.share > 1:
            self.reaches("a negative sum", dut.valid & (partial < 0))

    def ends(self, precision: Value, column: Value) -> Value:
        """Return whether a column is a weight's last."""
        places = (1 << precision) - 1
        return (column & places) == places

    def summed(self, precision: Value, codes: list[Signal]) -> Value:
        """Return the sum of a weight's codes."""
        total: Value = Const(0)
        for k, code in enumerate(codes):
            signs = [
                precision == p for p, bits in enumerate(self.params.precisions) if bits == k + 1
            ]
            negative = signs[0] if signs and k else Const(0)
            total += Mux(negative, -(code << k), code << k)
        return total

    def nothing_above(self, precision: Value, column: Value, codes: list[Signal]) -> Value:
        """Return whether the codes to come are 0."""
        place = column & ((1 << precision) - 1)
        return Cat((place >= k) | (code == 0) for k, code in enumerate(codes)).all()


PROOF = ShiftAddProof
