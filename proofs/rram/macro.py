"""Proof of the macro's streams: vectors that came in leave as products, in order, once each.

What a product is worth is proved of the parts. Here vectors are counted beside a macro so small
that all ticks for which a vector is computed fit into the induction, which bounds its time, too.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.macro import Macro
from goldspike.model.rram.macro import LATENCY, MacroParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "MacroProof"]


@bug_in(Macro)
def offers_on_writing(m, dut, inside):
    """Offer a product after every row that is written."""
    with m.If(dut.write):
        m.d.sync += dut.out_valid.eq(1)


@bug_in(Macro)
def ends_at_once(m, dut, inside):
    """End a vector with its first product."""
    m.d.comb += dut.out_last.eq(dut.out_valid)


@bug_in(Macro)
def moves_on(m, dut, inside):
    """Show another product while one waits."""
    with m.If(dut.out_valid & ~dut.out_ready & ~dut.out_last):
        m.d.sync += inside("slot").eq(inside("slot") + 1)


@bug_in(Macro)
def takes_everything(m, dut, inside):
    """Take words while the buffer is full."""
    m.d.comb += dut.in_ready.eq(1)


@bug_in(Macro)
def shows_totals(m, dut, inside):
    """Show a total while there is no product."""
    with m.If(~dut.out_valid):
        m.d.comb += dut.out_data.eq(inside("accumulator_0.totals"))


@bug_in(Macro)
def writes_while_computing(m, dut, inside):
    """Write every row."""
    m.d.comb += inside("write").eq(dut.write)


@bug_in(Macro)
def goes_on_computing(m, dut, inside):
    """Compute on while words come in."""
    with m.If(inside("computes") & dut.in_valid):
        m.d.sync += inside("computes").eq(1)


class MacroProof(Proof):
    """Any vectors and stalls, rows written at any moment."""

    rtl = Macro
    configs: ClassVar = {
        "2x2": MacroParams(rows=2, adcs=1, share=2, adc_bits=1, input_bits=1, lanes=1),
        "2x4": MacroParams(rows=2, adcs=2, share=2, adc_bits=2, input_bits=2, lanes=1),
    }
    quick = ("2x2",)
    search = 20
    bugs: ClassVar = {
        "nothing leaves that did not come": offers_on_writing,
        "a product for every logical column, the last one marked": ends_at_once,
        "a product stays until it is taken": moves_on,
        "no third vector comes in": takes_everything,
        "without a product its pins are 0": shows_totals,
        "no cell changes while a vector is computed": writes_while_computing,
        "a vector is computed in its time": goes_on_computing,
    }

    @property
    def most(self) -> int:
        """The most ticks that a vector is computed for."""
        controller = self.params.controller
        groups = -(-controller.rows // controller.rows_at_once) * controller.input_bits
        return controller.share * groups + LATENCY - 1

    def ticks_of_induction(self) -> int:
        """Return as many as it takes from one start to the next."""
        return self.most + 2

    def properties(self, m: Module) -> None:
        """Count vectors, words and products."""
        dut, params = self.dut, self.params
        vectors = Signal(2)  # complete, and not left yet
        oldest = Signal(2)  # precision of the first of them
        newest = Signal(2)  # of the second
        words = Signal(range(params.words + 1))  # of the vector that comes in
        coming = Signal(2)  # its precision
        sent = Signal(range(params.columns + 1))  # products of the oldest
        age = Signal(range(self.most + 2))
        takes, ends = dut.in_valid & dut.in_ready, dut.out_valid & dut.out_ready & dut.out_last
        whole = takes & (words == params.words - 1)
        precision = Mux(words == 0, dut.precision, coming)
        left = vectors - ends
        m.d.sync += vectors.eq(left + whole)
        with m.If(takes):
            m.d.sync += [words.eq(Mux(whole, 0, words + 1)), coming.eq(precision)]
        with m.If(ends):
            m.d.sync += [sent.eq(0), oldest.eq(newest)]
        with m.Elif(dut.out_valid & dut.out_ready):
            m.d.sync += sent.eq(sent + 1)
        with m.If(whole & (left == 0)):
            m.d.sync += oldest.eq(precision)
        with m.If(whole & (left == 1)):
            m.d.sync += newest.eq(precision)
        m.d.sync += age.eq(Mux(dut.write_ready | (age == self.most + 1), 0, age + 1))
        self.assumes("a precision that there is", dut.precision < len(params.precisions))

        waited = Signal()
        shown = Signal(len(dut.out_data) + 1)
        output = Cat(dut.out_data, dut.out_last)
        m.d.sync += [waited.eq(dut.out_valid & ~dut.out_ready), shown.eq(output)]
        cells = Cat(self.inside(f"array.cells_{row}") for row in range(params.rows))
        kept = Signal.like(cells, reset_less=True)
        computed = Signal()
        m.d.sync += [kept.eq(cells), computed.eq(~dut.write_ready)]
        last = sent == (params.columns >> oldest) - 1
        self.holds("nothing leaves that did not come", ~dut.out_valid | (vectors != 0))
        self.holds(
            "a product for every logical column, the last one marked",
            dut.out_last == (dut.out_valid & last),
        )
        self.holds(
            "a product stays until it is taken", ~waited | (dut.out_valid & (output == shown))
        )
        self.holds("no third vector comes in", vectors <= 2)
        self.holds("without a product its pins are 0", dut.out_valid | (output == 0))
        self.holds("no cell changes while a vector is computed", ~computed | (cells == kept))
        self.holds("a vector is computed in its time", age <= self.most)
        self.tie(vectors, oldest, newest, words, coming, sent)
        self.reaches("a product waits, and a vector behind it", waited & (vectors == 2))
        self.reaches("a second vector's last product", dut.out_last & (self.inside("filled") != 0))

    def tie(
        self,
        vectors: Signal,
        oldest: Signal,
        newest: Signal,
        words: Signal,
        coming: Signal,
        sent: Signal,
    ) -> None:
        """Tie what was counted to what is inside."""
        dut, params = self.dut, self.params
        filled, computes, ended = (self.inside(name) for name in ("filled", "computes", "ended"))
        busy, full = self.inside("controller.busy"), filled == params.words
        active = computes | dut.out_valid
        self.helps("vectors", vectors == full + computes + dut.out_valid)
        self.helps("one at a time", ~(computes & dut.out_valid))
        self.helps("words", words == Mux(full, 0, filled))
        self.helps("filled", filled <= params.words)
        self.helps("the precision in use", ~active | (oldest == self.inside("precision")))
        behind = Mux(full, Mux(active, newest, oldest), coming)
        nothing = (filled == 0) | (behind == self.inside("next_precision"))
        self.helps("the next precision", nothing)
        known = Cat(p < len(params.precisions) for p in (oldest, newest, coming)).all()
        self.helps("precisions", known)
        source, slot = self.inside("source"), self.inside("slot")
        per_adc = params.share >> oldest
        place = Value.cast(source) * per_adc + slot
        self.helps("products", sent == Mux(dut.out_valid, place, 0))
        self.helps(
            "the product's place",
            Mux(dut.out_valid, (slot < per_adc) & (source < params.adcs), (slot | source) == 0),
        )
        # a vector is in one stage of the pipeline; what is behind it is empty
        stages = Cat(busy, ended)
        self.helps("one stage", (stages & (stages - 1)) == 0)
        self.helps("computing", computes == stages.any())
        self.helps("conversions", ~self.inside("controller.valid") | busy)
        self.helps("codes", ~self.inside("adc.valid") | stages[:2].any())
        for k in range(params.adcs):
            self.helps(f"sums {k}", ~self.inside(f"shift_add_{k}.valid") | stages[:3].any())
            self.helps(f"planes {k}", ~self.inside(f"accumulator_{k}.due") | stages.any())


PROOF = MacroProof
