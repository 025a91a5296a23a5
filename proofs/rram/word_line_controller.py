"""Proof of the word-line controller: every one is on once, in its plane, for as long as it must.

One arbitrary bit of the vector is followed, from its start to its conversion. Of the groups it is
said what the paper's formula follows from, and, where rows are few, the formula itself.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from amaranth.hdl import Array, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.word_line_controller import WordLineController
from goldspike.model.rram.word_line_controller import WordLineControllerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "WordLineControllerProof"]

COUNTED = 12
"""Most rows with which ones are counted: what solvers find hard."""


@bug_in(WordLineController)
def repeats(m, dut, inside):
    """Leave the rows of the first plane waiting."""
    plane = inside("waiting_0")
    with m.If(~dut.start):
        m.d.sync += plane.eq(plane)


@bug_in(WordLineController)
def forgets(m, dut, inside):
    """Drop what is left of the last plane with its first group."""
    with m.If(inside("ended") & inside("turn")[-1]):
        m.d.sync += inside(f"waiting_{dut.params.input_bits - 1}").eq(0)


@bug_in(WordLineController, WordLineController.without_group)
def crowds(self, m, rows):
    """Raise all rows of a plane together."""
    return rows & 0


@bug_in(WordLineController, WordLineController.without_group)
def goes_one_by_one(self, m, rows):
    """Raise one row at a time."""
    return rows & (rows - 1)[: self.params.rows]


@bug_in(WordLineController, WordLineController.is_last_column)
def skips_the_last_column(self):
    """Convert a column less."""
    return self.column == max(0, self.params.share - 2)


@bug_in(WordLineController)
def pauses(m, dut, inside):
    """Leave a tick between two groups."""
    with m.If(inside("ended") & dut.valid & inside("found")):
        m.d.sync += [dut.valid.eq(0), dut.word_lines.eq(0)]


@bug_in(WordLineController)
def stays_awake(m, dut, inside):
    """Rest a tick after the last conversion only."""
    with m.If(dut.done & dut.valid):
        m.d.sync += dut.busy.eq(1)


@bug_in(WordLineController)
def begins_once(m, dut, inside):
    """Say of a vector's first plane only that it begins."""
    with m.If(inside("ended")):
        m.d.sync += inside("fresh").eq(0)


@bug_in(WordLineController)
def keeps_its_plane(m, dut, inside):
    """Show the plane of the last group after it."""
    with m.If(dut.done):
        m.d.sync += dut.plane.eq(dut.plane)


@bug_in(WordLineController)
def converts_nothing(m, dut, inside):
    """Convert a vector without ones, too."""
    with m.If(inside("ended") & ~dut.valid & ~inside("found")):
        m.d.sync += [dut.valid.eq(1), dut.busy.eq(1)]


class WordLineControllerProof(Proof):
    """Any vectors, at any times."""

    rtl = WordLineController
    configs: ClassVar = {
        "1x1": WordLineControllerParams(rows=1, input_bits=1, adc_bits=1, share=1),
        "4x2": WordLineControllerParams(rows=4, input_bits=2, adc_bits=1, share=2),
        "7x3": WordLineControllerParams(rows=7, input_bits=3, adc_bits=2, share=1),
        "12x3": WordLineControllerParams(rows=12, input_bits=3, adc_bits=3, share=4),
        "20x3": WordLineControllerParams(rows=20, input_bits=3),
    }
    quick = ("1x1", "4x2", "7x3")
    search = 14
    bugs: ClassVar = {
        "a row is on for a one of the vector, once": repeats,
        "every one of the vector has been on": forgets,
        "no more rows are on than an ADC can tell apart": crowds,
        "all groups of a plane but its last are full": goes_one_by_one,
        "a group is on for every column": skips_the_last_column,
        "the first group follows its start, another one the group before": pauses,
        "busy from the tick after the start to the last conversion": stays_awake,
        "planes come in order, from a first group to a last": begins_once,
        "everything is 0 between conversions": keeps_its_plane,
        "a group has a row": converts_nothing,
        "conversions take share * sum(ceil(ones / rows at once)) ticks": goes_one_by_one,
    }

    def properties(self, m: Module) -> None:
        """Start while not busy only."""
        dut, params = self.dut, self.params
        self.assumes("started while not busy", ~(dut.start & dut.busy))
        self.waiting = [self.inside(f"waiting_{k}") for k in range(params.input_bits)]
        self.begins, self.ends = Signal(), Signal()  # a group's first and last tick
        m.d.comb += [
            self.begins.eq(dut.valid & (dut.column == 0)),
            self.ends.eq(dut.valid & (dut.column == params.share - 1)),
        ]
        self.follow(m)
        self.compare_ticks(m)
        if params.rows <= COUNTED:
            self.count(m)
        self.holds("a group has a row", ~dut.valid | dut.word_lines.any())
        lines = (dut.word_lines, dut.column, dut.plane, dut.first, dut.last)
        nothing = ~any_of(line.any() for line in lines)
        self.holds("everything is 0 between conversions", dut.valid | nothing)
        if params.rows > params.rows_at_once:
            self.reaches("a plane of several groups", dut.done & dut.valid & ~dut.first)
        self.reaches("a vector without ones", dut.done & ~dut.valid)

    def follow(self, m: Module) -> None:
        """Follow one bit of the vector."""
        dut, params = self.dut, self.params
        row, place = self.any_value("row", params.rows), self.any_value("plane", params.input_bits)
        due = Signal()  # it is a one, and has not been on
        on = Signal()
        m.d.comb += on.eq(self.begins & dut.word_lines.bit_select(row, 1) & (dut.plane == place))
        with m.If(on):
            m.d.sync += due.eq(0)
        with m.If(dut.start):
            m.d.sync += due.eq(dut.vector.word_select(row, params.input_bits).bit_select(place, 1))
        self.holds("a row is on for a one of the vector, once", ~on | due)
        self.holds("every one of the vector has been on", ~dut.done | ~due | on)
        waits = Array(self.waiting)[place].bit_select(row, 1)
        self.helps("it waits, or is on", due == (waits | on))
        self.helps("not both", ~(waits & on))
        self.helps("nothing waits at rest", dut.busy | ~waits)

    def compare_ticks(self, m: Module) -> None:
        """Compare every tick with the one before."""
        dut, params = self.dut, self.params
        before = {
            name: Signal.like(getattr(dut, name), name=f"was_{name}")
            for name in ("start", "valid", "column", "plane", "last", "done", "word_lines")
        }
        m.d.sync += [was.eq(getattr(dut, name)) for name, was in before.items()]
        was_ended, busy = Signal(), Signal()
        m.d.sync += [was_ended.eq(self.ends), busy.eq(dut.start | (busy & ~dut.done))]
        goes_on = before["valid"] & ~was_ended
        same = (dut.word_lines == before["word_lines"]) & (dut.plane == before["plane"])
        on = dut.valid & (dut.column == before["column"] + 1) & same & (dut.last == before["last"])
        self.holds("a group is on for every column", Mux(goes_on, on, ~dut.valid | self.begins))
        self.holds(
            "the first group follows its start, another one the group before",
            dut.busy == (dut.valid | before["start"]),
        )
        self.holds("busy from the tick after the start to the last conversion", dut.busy == busy)
        later = Mux(before["last"], dut.plane > before["plane"], dut.plane == before["plane"])
        follows = Mux(was_ended, later & (dut.first == before["last"]), dut.first)
        self.holds(
            "planes come in order, from a first group to a last",
            (~self.begins | follows) & (~(dut.done & dut.valid) | dut.last),
        )
        self.helps("valid while busy", dut.busy | ~dut.valid)
        self.helps("columns", dut.column < params.share)
        self.helps("a vector is started", ~before["start"] | (dut.busy & ~dut.valid))
        self.helps("fresh", ~dut.busy | (self.inside("fresh") == (dut.last | ~dut.valid)))
        self.helps("ended while valid", ~was_ended | before["valid"])
        self.helps("gone on", goes_on == (dut.valid & (dut.column != 0)))
        here = any_of((dut.plane == k) & p.any() for k, p in enumerate(self.waiting))
        below = any_of((dut.plane > k) & p.any() for k, p in enumerate(self.waiting))
        self.helps("lower planes are over", ~dut.valid | (~below & (dut.last == ~here)))
        self.helps("planes", ~dut.valid | (dut.plane < params.input_bits))

    def count(self, m: Module) -> None:
        """Count ones, and the ticks that are still to come."""
        dut, params = self.dut, self.params
        most = params.rows_at_once
        on = ones(dut.word_lines)
        self.holds("no more rows are on than an ADC can tell apart", on <= most)
        full = ~dut.valid | dut.last | (on == most)
        self.holds("all groups of a plane but its last are full", full)
        vector = [dut.vector[k :: params.input_bits] for k in range(params.input_bits)]
        bound = params.share * params.input_bits * params.rows
        owed = Signal(range(bound + 1))
        with m.If(dut.start):
            m.d.sync += owed.eq(self.ticks(vector))
        with m.Elif(dut.valid):
            m.d.sync += owed.eq(owed - 1)
        over = dut.done & (owed != dut.valid)
        self.holds(
            "conversions take share * sum(ceil(ones / rows at once)) ticks",
            ~over & ~(dut.valid & (owed == 0)),
        )
        left = self.ticks(self.waiting) + Mux(dut.valid, params.share - dut.column, 0)
        self.helps("ticks to come", ~dut.busy | (owed == left))

    def ticks(self, planes: Sequence[Value]) -> Value:
        """Return how long the groups of planes are on."""
        params = self.params
        begins = range(0, params.rows, params.rows_at_once)
        return params.share * sum(sum(ones(plane) > k for k in begins) for plane in planes)


def ones(lines: Value) -> Value:
    """Return how many lines are up."""
    return sum(lines[1:], lines[0])


def any_of(values: Iterable[Value]) -> Value:
    """Return whether one of some values is true."""
    result, *others = values
    for value in others:
        result |= value
    return result


PROOF = WordLineControllerProof
