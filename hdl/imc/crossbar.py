"""Crossbar: row buffers and a digital stand-in for the analog array.

Ref: Dazzi 2021, section 2.1, Fig. 2; see :mod:`goldspike.model.imc.crossbar`. The interface is the
analog array's: load the row buffers word by word, start, read the columns. Behind it a weight
memory gives `rows_per_tick` rows per tick to one accumulator per column.
"""

from itertools import pairwise

from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.crossbar import CrossbarParams

__all__ = ["Crossbar"]


class Crossbar(wiring.Component):
    """A computation takes ``words + 2`` ticks, from `start` to `done`.

    From the tick after `start` until just before `done` nothing is loaded, started or programmed.

    Bit-exact against :class:`goldspike.model.imc.crossbar.CrossbarModel`.

    Members
    -------
    load : In(1), word : In(word_bits)
        The next word of a kernel row of pixels.
    start : In(1)
        Compute; the row buffers are complete on the next tick.
    program_weight : In(1), weight : In(weight_bits)
        Shift a weight in; the weights of `rows_per_tick` rows change with the last of them.
    done : Out(1)
        The sums are there, and stay until the next start.
    sums : Out(sum_bits * columns)
        The columns' sums, column 0 in the lowest bits.
    busy : Out(1)
        Loading, programming or computing.
    """

    load: Signal
    word: Signal
    start: Signal
    program_weight: Signal
    weight: Signal
    done: Signal
    sums: Signal
    busy: Signal

    def __init__(self, params: CrossbarParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "load": In(1),
                "word": In(params.memory.word_bits),
                "start": In(1),
                "program_weight": In(1),
                "weight": In(params.weight_bits),
                "done": Out(1),
                "sums": Out(params.sum_bits * params.columns),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        buffers = self.row_buffers(m)
        weights, index = self.weight_memory(m)
        at_work = Signal()
        adds = Signal()
        position = Signal.like(index)
        last = Signal()
        lanes = 8 * params.rows_per_tick
        total = params.words * lanes
        filled = Cat(buffers, Const(0, total - len(buffers))) if total > len(buffers) else buffers
        activations = Signal(lanes)  # one, as every column has all of them

        asked = self.load | self.start | self.program_weight
        m.d.comb += [
            last.eq(index == params.words - 1),
            activations.eq(filled.word_select(position, lanes)),
            self.busy.eq(asked | at_work | adds | self.done),
        ]
        m.d.sync += [adds.eq(at_work), position.eq(index), self.done.eq(adds & ~at_work)]
        with m.If(self.start):
            m.d.sync += [at_work.eq(1), index.eq(0)]
        with m.Elif(at_work):
            m.d.sync += index.eq(index + 1)
            with m.If(last):
                m.d.sync += [at_work.eq(0), index.eq(0)]
        for column in range(params.columns):
            part = self.sums.word_select(column, params.sum_bits)
            with m.If(self.start):
                m.d.sync += part.eq(0)
            with m.Elif(adds):
                m.d.sync += part.eq(part.as_signed() + self.dot(activations, weights, column))

        if self.trace:
            sums = [self.sums.word_select(c, params.sum_bits) for c in range(params.columns)]
            drive_trace(m, self, adds & ~at_work, pack(params.trace, sums=sums))
        return m

    def dot(self, activations: Value, weights: Value, column: int) -> Value:
        """Return the sum of a tick's rows in one column."""
        params = self.params
        products: list[Value] = []
        for row in range(params.rows_per_tick):
            place = row * params.columns + column
            weight = weights.word_select(place, params.weight_bits).as_signed()
            products.append(activations.word_select(row, 8).as_signed() * weight)
        while len(products) > 1:  # a tree of adders
            pairs = [products[k : k + 2] for k in range(0, len(products), 2)]
            products = [pair[0] + pair[1] if len(pair) > 1 else pair[0] for pair in pairs]
        return products[0]

    def row_buffers(self, m: Module) -> Value:
        """Build the F rows of pixels; the first word of a row moves them up."""
        memory, layer = self.params.memory, self.params.memory.layer
        row_bits, pixel_bits = 8 * layer.kernel * layer.channels, 8 * layer.channels
        rows = [Signal(row_bits, name=f"row_{k}") for k in range(layer.kernel)]
        pixel = Signal(range(max(2, layer.kernel)))
        part = Signal(range(max(2, memory.words)))
        with m.If(self.load):
            m.d.sync += part.eq(part + 1)
            with m.If(part == memory.words - 1):
                m.d.sync += [part.eq(0), pixel.eq(pixel + 1)]
                with m.If(pixel == layer.kernel - 1):
                    m.d.sync += pixel.eq(0)
            with m.If(self.first_word(pixel, part)):
                m.d.sync += [above.eq(below) for above, below in pairwise(rows)]
            for p in range(layer.kernel):
                for k, (first, count) in enumerate(memory.slices):
                    begin = p * pixel_bits + 8 * first
                    with m.If((pixel == p) & (part == k)):
                        m.d.sync += rows[-1][begin : begin + 8 * count].eq(self.word)
        return Cat(rows)

    def first_word(self, pixel: Signal, part: Signal) -> Value:
        """Return whether the word loaded is the first of its row."""
        return (pixel == 0) & (part == 0)

    def weight_memory(self, m: Module) -> tuple[Value, Signal]:
        """Build the weights; return the word read on the tick before, and the index to read."""
        params = self.params
        bits = params.weight_bits
        width = params.rows_per_tick * params.columns * bits
        m.submodules.weights = memory = Memory(
            shape=unsigned(width), depth=max(2, params.words), init=[]
        )
        write, read = memory.write_port(), memory.read_port()
        index = Signal(range(max(2, params.words)))
        row = Signal(width - bits)  # what a row's last weight completes
        filled = Signal(range(max(2, params.rows_per_tick * params.columns)))
        place = Signal.like(index)
        shifted = Cat(row, self.weight)
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(shifted),
            write.en.eq(
                self.program_weight & (filled == params.rows_per_tick * params.columns - 1)
            ),
            read.addr.eq(index),
            read.en.eq(1),
        ]
        with m.If(self.program_weight):
            m.d.sync += [row.eq(shifted[bits:]), filled.eq(filled + 1)]
        with m.If(write.en):
            m.d.sync += [filled.eq(0), place.eq(place + 1)]
            with m.If(place == params.words - 1):
                m.d.sync += place.eq(0)
        return read.data, index
