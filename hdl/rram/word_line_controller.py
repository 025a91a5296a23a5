"""Sparsity-aware word-line controller: which rows are on together, and for how long.

Ref: Lu 2021, 'NeuroSim Settings', Table 2; see :mod:`goldspike.model.rram.word_line_controller`.
A register per plane holds the rows that are still to come. While a group is converted, the lowest
rows of the lowest plane that has any are peeled off, one after the other, in one combinational
search; so the search has `share` ticks of time, but for the first group and for ``share = 1``.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.rram.word_line_controller import WordLineControllerParams

__all__ = ["WordLineController"]


class WordLineController(wiring.Component):
    """The first group is on two ticks after `start`; each stays `share` ticks, without gaps.

    Bit-exact against :func:`goldspike.model.rram.word_line_controller.groups`.

    Members
    -------
    start : In(1), vector : In(rows * input_bits)
        Take a vector of unsigned inputs, row 0 in the lowest bits; only while not busy.
    valid : Out(1)
        A conversion: word-lines are on. All lines below are registers, and 0 at other times.
    word_lines : Out(rows)
        The rows of the group.
    column : Out(3)
        Which of its columns each ADC converts.
    plane : Out(3)
        Which bit of the inputs the group is of.
    first, last : Out(1)
        It is the first, the last group of its plane.
    done : Out(1)
        The vector's last conversion; the tick after `start` for a vector without ones.
    busy : Out(1)
        From the tick after `start` to `done`.
    """

    start: Signal
    vector: Signal
    valid: Signal
    word_lines: Signal
    column: Signal
    plane: Signal
    first: Signal
    last: Signal
    done: Signal
    busy: Signal

    def __init__(self, params: WordLineControllerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "start": In(1),
                "vector": In(params.rows * params.input_bits),
                "valid": Out(1),
                "word_lines": Out(params.rows),
                "column": Out(3),
                "plane": Out(3),
                "first": Out(1),
                "last": Out(1),
                "done": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        planes = [Signal(params.rows, name=f"waiting_{k}") for k in range(params.input_bits)]
        fresh = Signal()  # no group of the plane has been on yet
        turn = Signal(params.input_bits)  # the plane that is searched, 1-hot
        searched = Signal(params.rows)
        rest = Signal(params.rows)
        ended = Signal()  # the group that is on, if there is one
        found = Signal()
        ends_plane = Signal()

        waiting = Cat(plane.any() for plane in planes)
        m.d.comb += [
            turn.eq(waiting & -waiting),
            searched.eq(reduce(or_, (Mux(t, p, 0) for t, p in zip(turn, planes, strict=True)))),
            rest.eq(self.without_group(m, searched)),
            ends_plane.eq(~rest.any()),
            found.eq(waiting.any()),
            ended.eq(self.busy & (~self.valid | self.is_last_column())),
            self.done.eq(ended & ~found),
        ]
        m.d.sync += self.column.eq(Mux(self.valid & ~ended, self.column + 1, 0))
        with m.If(ended):
            m.d.sync += [
                self.busy.eq(found),
                self.valid.eq(found),
                self.word_lines.eq(searched & ~rest),
                self.plane.eq(number(turn)),
                self.first.eq(found & fresh),
                self.last.eq(found & ends_plane),
                fresh.eq(ends_plane),
            ]
            for k, plane in enumerate(planes):
                with m.If(turn[k]):
                    m.d.sync += plane.eq(rest)
        with m.If(self.start):
            m.d.sync += [self.busy.eq(1), fresh.eq(1)]
            for k, plane in enumerate(planes):
                m.d.sync += plane.eq(Cat(self.vector[k :: params.input_bits]))
        if self.trace:
            stays = (ended & found) | (self.valid & ~ended)
            lines = {
                name: getattr(self, name)
                for name in ("word_lines", "column", "plane", "first", "last")
            }
            drive_trace(m, self, stays, pack(params.trace, **lines))
        return m

    def without_group(self, m: Module, rows: Value) -> Value:
        """Return rows without the lowest ones, as many as may be on together."""
        for _ in range(min(self.params.rows_at_once, self.params.rows)):
            rest = Signal(self.params.rows, name="peeled")
            m.d.comb += rest.eq(rows & (rows - 1)[: self.params.rows])
            rows = rest
        return rows

    def is_last_column(self) -> Value:
        """Return whether every column of the ADCs has been converted, with this tick."""
        return self.column == self.params.share - 1


def number(one_hot: Value) -> Value:
    """Return the number of the line that is up, or 0."""
    n = len(one_hot)
    having = [sum(1 << k for k in range(n) if k >> bit & 1) for bit in range(3)]
    return Cat((one_hot & Const(lines, n)).any() for lines in having)
