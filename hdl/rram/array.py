"""RRAM array: binary cells, and the level of every bit-line.

Ref: Lu 2021, 'NeuroSim Settings', Table 2, Fig. 1; see :mod:`goldspike.model.rram.array`. A digital
stand-in behind the analog interface: word-lines in, levels out. Levels are added **bit-sliced**: a
row of cells is one wide word, a full adder adds three of them line by line, and the carries, one
word as well, go to the words of twice the weight.
"""

from collections import deque
from collections.abc import Sequence
from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.rram.array import ArrayParams

__all__ = ["Array", "add_words"]


class Array(wiring.Component):
    """Levels follow the word-lines on the same tick; a written row is there on the next.

    Bit-exact against :class:`goldspike.model.rram.array.ArrayModel`.

    Members
    -------
    write : In(1), write_row : In(range(rows)), write_data : In(columns)
        Write a row of cells, none beyond the last. A reset leaves the cells as they are.
    word_lines : In(rows)
        Rows whose cells conduct.
    levels : Out(level_bits * columns)
        How many cells conduct on every bit-line, the top level if more do: bit k of column c at
        ``k * columns + c``.
    """

    write: Signal
    write_row: Signal
    write_data: Signal
    word_lines: Signal
    levels: Signal

    def __init__(self, params: ArrayParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "write": In(1),
                "write_row": In(range(max(2, params.rows))),
                "write_data": In(params.columns),
                "word_lines": In(params.rows),
                "levels": Out(params.level_bits * params.columns),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        cells = [
            Signal(params.columns, name=f"cells_{row}", reset_less=True)
            for row in range(params.rows)
        ]
        with m.If(self.write):
            for row, word in enumerate(cells):
                with m.If(self.write_row == row):
                    m.d.sync += word.eq(self.write_data)
        m.d.comb += self.levels.eq(self.conducting(m, cells))
        if self.trace:
            shown = Signal.like(self.levels)
            m.d.sync += shown.eq(self.levels)
            levels = [Cat(shown[column :: params.columns]) for column in range(params.columns)]
            drive_trace(m, self, self.word_lines.any(), pack(params.trace, levels=levels))
        return m

    def conducting(self, m: Module, cells: list[Signal]) -> Value:
        """Return the levels."""
        exact, over = self.sums(m, cells)
        return exact | over.replicate(self.params.level_bits)

    def sums(self, m: Module, cells: list[Signal]) -> tuple[Value, Value]:
        """Return how many cells conduct, as far as levels show it, and where it is more."""
        on = [Mux(line, word, 0) for line, word in zip(self.word_lines, cells, strict=True)]
        total, over = add_words(m, on, self.params.level_bits)
        return Cat(total), over


def add_words(m: Module, words: Sequence[Value], bits: int) -> tuple[list[Value], Value]:
    """Return the sum of words line by line: `bits` words, lowest first, and where it is more."""
    parts: list[Value] = []
    nothing = Const(0, len(words[0]))
    carries = list(words)
    for place in range(bits):
        left, carries = deque(carries or [nothing]), []
        while len(left) > 1:  # those that have waited longest first: a tree
            a, b, c = left.popleft(), left.popleft(), left.popleft() if left else nothing
            either, total, carry = (
                Signal(len(nothing), name=f"{name}_{place}") for name in ("either", "sum", "carry")
            )
            m.d.comb += [
                either.eq(a ^ b),
                total.eq(either ^ c),
                carry.eq((a & b) | (either & c)),
            ]
            left.append(total)
            carries.append(carry)
        parts.append(left[0])
    return parts, reduce(or_, carries, nothing)
