"""Proof of the crossbar: what was loaded, and one arbitrary column against plain arithmetic.

Three parts that meet: the row buffers hold the rows loaded last, the weight memory holds what was
shifted in last, and a sum is that of the products of what the two hold. Products are written out
here, bit by bit of the weight, in wide numbers. Meanwhile nothing is loaded or programmed, and no
computation is started on top of another: that is the contract.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.model.imc.crossbar import CrossbarParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import ACTIVATION_BITS, LayerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CrossbarProof"]


@bug_in(Crossbar)
def forgets_a_row(m, dut, inside):
    """Begin every sum with its second word of rows."""
    with m.If(inside("adds") & (inside("position") == 0)):
        m.d.sync += dut.sums.eq(0)


@bug_in(Crossbar)
def moves_no_rows(m, dut, inside):
    """Keep the first kernel row as it was loaded first."""
    with m.If(inside("row_0").any()):
        m.d.sync += inside("row_0").eq(inside("row_0"))


@bug_in(Crossbar)
def stores_zeros(m, dut, inside):
    """Write zeros for the weights that were shifted in."""
    m.d.comb += inside("$signature__data").eq(0)


@bug_in(Crossbar)
def is_done_early(m, dut, inside):
    """Hand the sums over with the last addition."""
    m.d.sync += dut.done.eq(inside("at_work") & inside("last"))


@bug_in(Crossbar)
def wears_out(m, dut, inside):
    """Lose the sums when they have been read."""
    with m.If(dut.done):
        m.d.sync += dut.sums.eq(0)


@bug_in(Crossbar)
def sleeps(m, dut, inside):
    """Rest while the last rows are added."""
    asked = dut.load | dut.start | dut.program_weight
    m.d.comb += dut.busy.eq(asked | inside("at_work") | dut.done)


@bug_in(Crossbar)
def sticks(m, dut, inside):
    """Stay at a word of rows forever."""
    with m.If(inside("at_work") & ~inside("last") & ~dut.start):
        m.d.sync += inside("index").eq(inside("index"))


def shape(
    kernel: int, channels: int, columns: int, bits: int, rows_per_tick: int, word_bits: int = 8
) -> CrossbarParams:
    """Return a crossbar of so many columns."""
    layer = LayerParams(
        height=kernel, width=kernel, channels=channels, outputs=columns, kernel=kernel, padding=0
    )
    memory = InputMemoryParams(layer=layer, word_bits=word_bits)
    return CrossbarParams(memory=memory, weight_bits=bits, rows_per_tick=rows_per_tick)


class CrossbarProof(Proof):
    """Any weight, any byte of the window, any column."""

    rtl = Crossbar
    configs: ClassVar = {
        "1-row": shape(1, 1, columns=2, bits=2, rows_per_tick=1),
        "2-rows": shape(1, 2, columns=1, bits=2, rows_per_tick=1),
        "3-rows": shape(1, 3, columns=2, bits=2, rows_per_tick=2, word_bits=16),
        "4-rows": shape(2, 1, columns=1, bits=2, rows_per_tick=2),
        "9-rows": shape(3, 1, columns=2, bits=3, rows_per_tick=1),
        "4-bits": shape(1, 4, columns=3, bits=4, rows_per_tick=1, word_bits=16),
        "18-rows": shape(3, 2, columns=3, bits=2, rows_per_tick=1, word_bits=16),
    }
    quick = ("1-row", "2-rows")
    search = 12
    bugs: ClassVar = {
        "a column's sum is that of its rows, in wide numbers": forgets_a_row,
        "the row buffers hold the rows loaded last": moves_no_rows,
        "a weight is where so many loads have brought it": stores_zeros,
        "done once, words + 2 ticks after the start": is_done_early,
        "the sums stay until the next start": wears_out,
        "busy until done": sleeps,
        "an upset computation ends": sticks,
    }

    def properties(self, m: Module) -> None:
        """Count the ticks of a computation; follow a weight, a byte and a column."""
        dut, params = self.dut, self.params
        self.since = since = Signal(range(params.ticks + 1))  # the start; 0 is at rest
        with m.If(dut.start):
            m.d.sync += since.eq(1)
        with m.Elif(since == params.ticks):
            m.d.sync += since.eq(0)
        with m.Elif(since != 0):
            m.d.sync += since.eq(since + 1)
        computes = (since != 0) & (since != params.ticks)
        asked = dut.load | dut.program_weight
        self.assumes("nothing is changed meanwhile", ~computes | ~(asked | dut.start))
        self.holds(
            "done once, words + 2 ticks after the start", dut.done == (since == params.ticks)
        )
        self.holds("busy until done", dut.busy == (asked | dut.start | (since != 0)))
        started, before = Signal(), Signal.like(dut.sums)
        m.d.sync += [started.eq(dut.start | computes), before.eq(dut.sums)]
        self.holds("the sums stay until the next start", started | (dut.sums == before))
        index, adds = self.inside("index"), self.inside("adds")
        works = (since != 0) & (since <= params.words)
        self.helps("at work", self.inside("at_work") == works)
        self.helps("index", index == Mux(works, since - 1, 0))
        self.helps("adds", adds == ((since > 1) & (since <= params.words + 1)))
        self.helps("position", ~adds | (self.inside("position") == since - 2))
        self.helps("since", since <= params.ticks)
        self.add_up(m)
        self.follow_weight(m)
        self.follow_byte(m)

        patience = (1 << len(index)) + 2
        quiet = self.ticks_since(dut.start, patience) == patience
        ended = ~self.inside("at_work") & ~adds & ~dut.done
        self.leaves("an upset computation ends", ~quiet | ended, patience)

    def add_up(self, m: Module) -> None:
        """Compare one column with the products of row buffers and weights."""
        params, column = self.params, self.any_value("column", self.params.columns)
        window = Cat(self.inside(f"row_{k}") for k in range(params.memory.layer.kernel))
        bits, per_tick = params.weight_bits, params.rows_per_tick
        words = [self.contents("weights", k) for k in range(params.words)]
        added = Signal(range(params.words + 1))  # words of rows that are in the sum
        m.d.comb += added.eq(Mux(self.since > 1, self.since - 2, 0))
        adds = (self.since > 1) & (self.since <= params.words + 1)
        word = Array(words)[added]
        total = Signal(signed(params.sum_bits + 2))
        with m.If(self.dut.start):
            m.d.sync += total.eq(0)
        with m.Elif(adds):
            products = []
            for k in range(per_tick):
                row = added * per_tick + k
                factor = Mux(row < params.rows, window.word_select(row, 8), 0).as_signed()
                weight = word.word_select(k * params.columns + column, bits)
                products.append(product(factor, weight))
            m.d.sync += total.eq(total + sum(products))
        computed = self.dut.sums.word_select(column, params.sum_bits).as_signed()
        self.holds(
            "a column's sum is that of its rows, in wide numbers",
            ~self.dut.done | (computed == total),
        )
        rests = self.since == 0
        self.helps("a column's sum so far", rests | (computed == total))
        rows = Mux(added == params.words, params.rows, added * per_tick)
        most = rows << (ACTIVATION_BITS + bits - 2)
        self.helps("no overflow", rests | (total <= most) & (total >= -most))
        self.helps("the weights read", ~adds | (self.read_word("weights") == word))
        self.reaches("a negative sum", self.dut.done & (computed < 0))

    def follow_weight(self, m: Module) -> None:
        """Follow the weight of one arbitrary place; resets leave what the memory holds."""
        dut, params = self.dut, self.params
        bits, per_word = params.weight_bits, params.rows_per_tick * params.columns
        at_word = self.any_value("word", params.words)
        at_place = self.any_value("place", per_word)
        word, place = Signal(range(params.words + 1)), Signal(range(per_word + 1))
        shifted, weight = Signal(bits), Signal(bits, reset_less=True)
        known = Signal(reset_less=True)
        here, ends = place == at_place, place == per_word - 1
        with m.If(dut.program_weight):
            m.d.sync += place.eq(Mux(ends, 0, place + 1))
            with m.If(here):
                m.d.sync += shifted.eq(dut.weight)
            with m.If(ends):
                m.d.sync += word.eq(Mux(word == params.words - 1, 0, word + 1))
                with m.If(word == at_word):
                    m.d.sync += [known.eq(1), weight.eq(Mux(here, dut.weight, shifted))]
        kept = self.contents("weights", at_word).word_select(at_place, bits)
        self.holds("a weight is where so many loads have brought it", ~known | (kept == weight))
        row = self.inside("row")
        behind = Signal(range(2 * per_word))  # places from the lowest that it has come to
        m.d.comb += behind.eq(per_word + at_place - place - 1)
        self.helps("on its way", (place <= at_place) | (row.word_select(behind, bits) == shifted))
        self.helps("word", (word == self.inside("place")) & (word < params.words))
        self.helps("place", (place == self.inside("filled")) & (place < per_word))
        self.reaches("a weight is replaced", known & dut.program_weight & (word == at_word) & ends)

    def follow_byte(self, m: Module) -> None:
        """Follow one arbitrary byte of the rows of pixels."""
        dut, memory = self.dut, self.params.memory
        layer, words = memory.layer, memory.words
        at_pixel = self.any_value("pixel", layer.kernel)
        at_channel = self.any_value("channel", layer.channels)
        number = Signal(range(layer.kernel * words + 1))  # of the next word in its row of pixels
        due = at_pixel * words + at_channel // memory.word_bytes
        lane = at_channel % memory.word_bytes
        bytes_loaded = [Signal(8, name=f"byte_{k}") for k in range(layer.kernel)]  # newest first
        with m.If(dut.load):
            m.d.sync += number.eq(Mux(number == layer.kernel * words - 1, 0, number + 1))
            with m.If(number == due):
                m.d.sync += bytes_loaded[0].eq(dut.word.word_select(lane, 8))
                for newer, older in pairwise(bytes_loaded):
                    m.d.sync += older.eq(newer)
        place = at_pixel * layer.channels + at_channel
        rows = [self.inside(f"row_{k}").word_select(place, 8) for k in range(layer.kernel)]
        whole = number == 0
        newest_last = Cat(reversed(bytes_loaded))
        self.holds("the row buffers hold the rows loaded last", ~whole | (Cat(rows) == newest_last))
        moved = Cat(rows[:-1]) == Cat(reversed(bytes_loaded[:-1]))  # its own has not come yet
        self.helps("a row under way", whole | Mux(number > due, Cat(rows) == newest_last, moved))
        self.helps("words of a row", number == self.inside("pixel") * words + self.inside("part"))
        in_range = (self.inside("pixel") < layer.kernel) & (self.inside("part") < words)
        self.helps("words in range", in_range)
        self.reaches("a window of loaded bytes", whole & Cat(b.any() for b in bytes_loaded).all())


def product(number: Value, weight: Value) -> Value:
    """Return a product, written out over the bits of a two's complement weight."""
    last = len(weight) - 1
    parts: Iterator[Value] = (Mux(weight[k], number << k, 0) for k in range(last))
    return sum(parts, start=Value.cast(0)) - Mux(weight[last], number << last, 0)


PROOF = CrossbarProof
