"""Proof of the array: levels are counts of cells, and cells change when they are written only.

One arbitrary column is followed, with its cells as they were written.
"""

from typing import ClassVar

from amaranth.hdl import Array as Choice
from amaranth.hdl import Cat, Module, Mux, ResetSignal, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.array import Array
from goldspike.model.rram.array import ArrayParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ArrayProof"]


@bug_in(Array, Array.conducting)
def wraps(self, m, cells):
    """Begin at 0 again above the top level."""
    return self.sums(m, cells)[0]


@bug_in(Array)
def forgets(m, dut, inside):
    """Put the first row's cells back with a reset."""
    with m.If(ResetSignal()):
        m.d.sync += inside("cells_0").eq(0)


@bug_in(Array)
def writes_always(m, dut, inside):
    """Write the first row whenever it is addressed."""
    with m.If(dut.write_row == 0):
        m.d.sync += inside("cells_0").eq(dut.write_data)


@bug_in(Array)
def leaks(m, dut, inside):
    """Give every bit-line a level of its own."""
    m.d.comb += dut.levels[0].eq(1)


class ArrayProof(Proof):
    """Any cells, any word-lines."""

    rtl = Array
    configs: ClassVar = {
        "1x1": ArrayParams(rows=1, columns=1, level_bits=1),
        "5x3": ArrayParams(rows=5, columns=3, level_bits=2),
        "12x2": ArrayParams(rows=12, columns=2, level_bits=3),
        "9x64": ArrayParams(rows=9, columns=64, level_bits=6),
    }
    quick = ("1x1", "5x3")
    search = 8
    bugs: ClassVar = {
        "a level is the number of conducting cells, up to the top": wraps,
        "a row holds what was written last, over resets": forgets,
        "a row that is not written stays": writes_always,
        "without word-lines all levels are 0": leaks,
    }

    def properties(self, m: Module) -> None:
        """Follow a column."""
        dut, params = self.dut, self.params
        at_column, at_row = (
            self.any_value("column", params.columns), self.any_value("row", params.rows)
        )  # fmt: skip
        column = Signal(params.rows, reset_less=True)  # as it was written
        bit = dut.write_data.bit_select(at_column, 1)
        for row in range(params.rows):
            with m.If(dut.write & (dut.write_row == row)):
                m.d.sync += column[row].eq(bit)
        sliced = [dut.levels.word_select(k, params.columns) for k in range(params.level_bits)]
        level = Cat(bits.bit_select(at_column, 1) for bits in sliced)
        conducting = sum(column & dut.word_lines)
        top = params.top
        self.holds(
            "a level is the number of conducting cells, up to the top",
            level == Mux(conducting > top, top, conducting),
        )
        alone = dut.word_lines == (1 << at_row)
        cell = column.bit_select(at_row, 1)
        self.holds("a row holds what was written last, over resets", ~alone | (level == cell))
        was, was_alone, written = Signal(), Signal(), Signal()
        m.d.sync += [
            was.eq(level), was_alone.eq(alone), written.eq(dut.write & (dut.write_row == at_row)),
        ]  # fmt: skip
        self.holds(
            "a row that is not written stays", ~alone | ~was_alone | written | (level == was)
        )
        self.holds("without word-lines all levels are 0", dut.word_lines.any() | (level == 0))
        rows = Cat(Choice(self.inside(f"cells_{row}"))[at_column] for row in range(params.rows))
        self.helps("the column", column == rows)
        self.helps("the level before", ~was_alone | written | (was == cell))
        self.reaches("a top level", level == top)
        if params.rows > top:
            self.reaches("more than the top level", conducting > top)


PROOF = ArrayProof
