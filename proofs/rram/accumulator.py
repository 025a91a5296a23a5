"""Proof of the accumulators: one arbitrary slot against sums and totals in wide numbers.

What a partial sum may be is what the rows of its group make of it, so the rows are counted beside
it: of a plane there are no more than the macro has, and of a vector every plane is added once. So
no register is too narrow for what may come.
"""

from typing import ClassVar

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.accumulator import Accumulator
from goldspike.model.rram.accumulator import AccumulatorParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "AccumulatorProof"]


@bug_in(Accumulator)
def adds_the_sign_plane(m, dut, inside):
    """Add the plane of the sign, too."""
    m.d.sync += inside("subtract").eq(0)


@bug_in(Accumulator)
def keeps_the_sum(m, dut, inside):
    """Go on with the sum of the plane before."""
    with m.If(dut.add & dut.first & ~dut.clear & (dut.slot == 0)):
        m.d.sync += inside("sum_0").eq(inside("sum_0") + dut.partial.as_signed())


@bug_in(Accumulator)
def adds_once_more(m, dut, inside):
    """Add a plane that ends on the tick of a clear."""
    m.d.sync += inside("due").eq(dut.add & dut.last)


@bug_in(Accumulator)
def clears_one(m, dut, inside):
    """Leave the last total as it is."""
    last = inside(f"total_{dut.params.share - 1}")
    with m.If(dut.clear):
        m.d.sync += last.eq(last)


class AccumulatorProof(Proof):
    """Any slot of any vectors, clears at any moment."""

    rtl = Accumulator
    configs: ClassVar = {
        "one": AccumulatorParams(rows=1, input_bits=1, share=1, adc_bits=1),
        "3x2": AccumulatorParams(rows=3, input_bits=2, share=2, adc_bits=2),
        "4-of-1": AccumulatorParams(rows=4, input_bits=1, share=2, adc_bits=2),
        "5x4": AccumulatorParams(rows=5, input_bits=3, share=4, adc_bits=2),
        "published": AccumulatorParams(),
    }
    quick = ("3x2",)
    search = 10
    bugs: ClassVar = {
        "a total is the sum of its planes, in wide numbers": adds_the_sign_plane,
        "a sum is that of its plane's groups, in wide numbers": keeps_the_sum,
        "a clear empties all totals, whatever comes with it": adds_once_more,
        "after a clear no total is upset": clears_one,
    }

    def properties(self, m: Module) -> None:
        """Follow one slot."""
        dut, params = self.dut, self.params
        slots, top = params.share, params.input_bits - 1
        slot = self.any_value("slot", slots)
        wide = params.bits + 4
        total = Signal(signed(wide))
        plane_sum = Signal(signed(wide))
        due = Signal()  # the slot's plane ended on the tick before
        place = Signal(3)
        subtract = Signal()
        was_clear = Signal()
        precision = Signal(2)
        rows = Signal(range(2 * params.rows + 2))  # of the slot's plane so far
        begun = Signal()  # the slot has a sum of this vector
        added = Signal(params.input_bits)  # planes that the total has, or is about to get
        negated = Signal()  # the highest of them was subtracted

        adds = dut.add & (dut.slot == slot) & ~dut.clear
        ends = adds & dut.last
        events = Cat(self.any_event(f"rows_{k}") for k in range(params.adc_bits))
        group = Signal(params.adc_bits)
        new_precision = Cat(self.any_event(f"precision_{k}") for k in range(2))
        count = Signal.like(rows)
        plane = Signal(params.input_bits)
        m.d.comb += [
            group.eq(events),
            count.eq(Mux(dut.first, 0, rows) + group),
            plane.eq(1 << dut.plane),
        ]
        m.d.sync += [due.eq(ends), was_clear.eq(dut.clear)]
        with m.If(dut.clear):
            m.d.sync += [total.eq(0), added.eq(0), negated.eq(0), begun.eq(0)]
            m.d.sync += precision.eq(new_precision)
        with m.Else():
            with m.If(due):
                value = plane_sum << place
                m.d.sync += total.eq(Mux(subtract, total - value, total + value))
            with m.If(adds):
                m.d.sync += [
                    plane_sum.eq(Mux(dut.first, 0, plane_sum) + self.number(dut.partial)),
                    rows.eq(count),
                    begun.eq(1),
                ]
            with m.If(ends):
                m.d.sync += [
                    place.eq(dut.plane),
                    subtract.eq(dut.negative),
                    added.eq(added | plane),
                    negated.eq(negated | dut.negative),
                ]
        low, high = self.bounds(precision, group)
        fits = Cat(
            (slot == k) & (precision < params.widest(k).bit_length()) for k in range(slots)
        ).any()
        self.assumes("a slot that there is", dut.slot < slots)
        self.assumes("a plane that there is", dut.plane <= top)
        self.assumes("a slot that the precision uses", ~adds | fits)
        partial = self.number(dut.partial)
        within = (low <= partial) & (partial <= high)
        self.assumes("what the rows of a group can make", ~adds | within)
        self.assumes("no more rows than there are", ~adds | (count <= params.rows))
        self.assumes("a vector begins with a first group", ~adds | begun | dut.first)
        self.assumes("every plane once", ~ends | ~(added & plane).any())
        self.assumes("the sign is the highest plane", ~ends | ~dut.negative | (dut.plane == top))

        shown = dut.totals.word_select(slot, params.bits).as_signed()
        sums = Array(self.inside(f"sum_{k}") for k in range(slots))
        self.holds("a total is the sum of its planes, in wide numbers", shown == total)
        self.holds("a sum is that of its plane's groups, in wide numbers", sums[slot] == plane_sum)
        self.holds(
            "a clear empties all totals, whatever comes with it",
            ~was_clear | ((dut.totals == 0) & ~self.inside("due")),
        )
        self.leaves("after a clear no total is upset", ~was_clear | (dut.totals == 0), 1)

        mine = self.inside("due") & (self.inside("ended") == slot)
        same = (self.inside("place") == place) & (self.inside("subtract") == subtract)
        self.helps("due", (due == mine) & (~due | same))
        now_due = Mux(due, 1 << place, 0)
        signs = Mux(place == top, subtract == negated, ~subtract)
        own = ((now_due & added) == now_due) & signs
        self.helps("the plane that is due", ~due | (own & begun))
        self.helps("the sign", ~negated | added[top])
        self.helps("a vector's begin", begun | ((added == 0) & ~negated & ~due))
        self.helps("the slot's precision", ~begun | fits)
        self.helps("the rows", rows <= params.rows)
        low, high = self.bounds(precision, rows)
        self.helps("the sum's bounds", ~begun | ((low <= plane_sum) & (plane_sum <= high)))
        inside = added & ~now_due
        negative = Mux(negated & inside[top], 1 << top, 0)
        rest = (inside & ~negative) * params.rows
        low, high = self.bounds(precision, rest)
        lowest, highest = self.bounds(precision, negative * params.rows)
        self.helps("the total's lower bound", low - highest <= total)
        self.helps("the total's upper bound", total <= high - lowest)
        self.reaches("a negative total", total < 0)
        self.reaches("all planes added", added.all() & ~due)

    def number(self, partial: Signal) -> Value:
        """Return a partial sum as a number."""
        return partial.as_signed() if self.params.share > 1 else partial

    def bounds(self, precision: Value, count: Value) -> tuple[Value, Value]:
        """Return the lowest and the highest that so many rows of weights make."""
        half = (1 << precision) - 1  # weights of p bits are at least -2**(p - 1)
        several = precision != 0
        lowest = Mux(several, -(count << half.as_unsigned()), 0)
        return lowest, Mux(several, (count << half.as_unsigned()) - count, count)


PROOF = AccumulatorProof
