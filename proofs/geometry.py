"""Which pixel comes in, is needed next and is sent on: plain geometry, counted from commands alone.

For proofs about the accelerator's memories. Columns have no numbers, as there is no end to them:
they are identified by their distance from the one that comes in.
"""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, ValueLike, signed

from goldspike.model.imc.input_memory import InputMemoryParams

__all__ = ["Geometry"]


class Geometry:
    """Registers beside a core, and what follows from them.

    Attributes
    ----------
    in_x, in_word : Signal
        Row and number of the word that comes in next.
    columns : Signal
        Columns that came in since reset, counted up to `far`.
    x, y : Signal
        The output that comes next.
    row, column, word : Signal
        Of its window: what is fetched next.
    fetched, started : Signal
        The window is whole; its output is being computed.
    lead : Signal
        Columns from the window's first to the one that comes in.
    begin : Signal
        Columns before the image that the output is of, since reset, modulo something large.
    out_x, out_word : Signal
        The word that is sent on next as a residual.
    lag : Signal
        Columns from that of the residual to the one that comes in.
    sent : Signal
        Columns sent on since reset, modulo something large.
    """

    def __init__(self, m: Module, rules: InputMemoryParams, commands: Any, done: ValueLike) -> None:
        self.rules, self.layer, self.commands = rules, rules.layer, commands
        layer = rules.layer
        self.far = 2 * (layer.kernel + layer.stride + layer.width + abs(rules.jump) + layer.padding)
        self.distance = signed(self.far.bit_length() + 2)
        self.count_arrivals(m)
        self.count_windows(m, Value.cast(done))
        self.count_residuals(m)

    def count_arrivals(self, m: Module) -> None:
        """Count words and pixels that are stored."""
        layer, store = self.layer, self.commands.store
        self.in_x = Signal(range(max(2, layer.height)))
        self.in_word = Signal(range(max(2, self.rules.words)))
        self.columns = Signal(range(self.far + 1))
        self.enters = Signal()  # the last word of a column
        whole = store & (self.in_word == self.rules.words - 1)
        m.d.comb += self.enters.eq(whole & (self.in_x == layer.height - 1))
        with m.If(store):
            m.d.sync += self.in_word.eq(Mux(whole, 0, self.in_word + 1))
        with m.If(whole):
            m.d.sync += self.in_x.eq(Mux(self.enters, 0, self.in_x + 1))
        with m.If(self.enters & (self.columns != self.far)):
            m.d.sync += self.columns.eq(self.columns + 1)

    def count_windows(self, m: Module, done: Value) -> None:
        """Count the words of the windows that are fetched, and the outputs that are done."""
        layer, words = self.layer, self.rules.words
        self.x, self.y = Signal(range(max(2, layer.height_out))), Signal(range(layer.width_out + 1))
        self.row, self.column = Signal(range(layer.kernel + 1)), Signal(range(layer.kernel + 1))
        self.word = Signal(range(max(2, words)))
        self.fetched, self.started = Signal(), Signal()
        self.lead = Signal(self.distance, init=layer.padding)
        self.begin = Signal(range(4 * self.far))
        self.next_column, self.next_image = Signal(), Signal()
        ends_column = self.x == layer.height_out - 1
        ends_row = self.column == layer.kernel - 1
        over = Signal()
        m.d.comb += [
            over.eq(done & self.started),
            self.next_column.eq(over & ends_column),
            self.next_image.eq(self.next_column & (self.y == layer.width_out - 1)),
        ]
        with m.If(self.commands.fetch):
            m.d.sync += self.word.eq(self.word + 1)
            with m.If(self.word == words - 1):
                m.d.sync += [self.word.eq(0), self.column.eq(Mux(ends_row, 0, self.column + 1))]
                with m.If(ends_row):
                    m.d.sync += self.row.eq(self.row + 1)
                    m.d.sync += self.fetched.eq(self.row == layer.kernel - 1)
        with m.If(self.commands.start):
            m.d.sync += self.started.eq(1)
        with m.If(over):
            shared = max(0, layer.kernel - layer.stride)  # rows that are there already
            m.d.sync += [
                self.x.eq(Mux(ends_column, 0, self.x + 1)),
                self.row.eq(Mux(ends_column, 0, shared)),
                self.fetched.eq(0),
                self.started.eq(0),
            ]
        with m.If(self.next_column):
            m.d.sync += self.y.eq(Mux(self.next_image, 0, self.y + 1))
        with m.If(self.next_image):
            m.d.sync += self.begin.eq(self.begin + layer.width)
        passed = Mux(self.next_column, self.step, 0)
        m.d.sync += self.lead.eq(self.lead + self.enters - passed)

    def count_residuals(self, m: Module) -> None:
        """Count the words that are sent on."""
        layer, residual = self.layer, self.commands.residual
        self.out_x = Signal(range(max(2, layer.height)))
        self.out_word = Signal(range(max(2, self.rules.words)))
        self.lag, self.sent = Signal(self.distance), Signal(range(4 * self.far))
        whole = residual & (self.out_word == self.rules.words - 1)
        leaves = whole & (self.out_x == layer.height - 1)
        with m.If(residual):
            m.d.sync += self.out_word.eq(Mux(whole, 0, self.out_word + 1))
        with m.If(whole):
            m.d.sync += self.out_x.eq(Mux(leaves, 0, self.out_x + 1))
        m.d.sync += [
            self.lag.eq(self.lag + self.enters - leaves),
            self.sent.eq(self.sent + leaves),
        ]

    @property
    def top(self) -> Value:
        """The window's first row."""
        return self.x * self.layer.stride - self.layer.padding

    @property
    def left(self) -> Value:
        """The window's first column."""
        return self.y * self.layer.stride - self.layer.padding

    @property
    def step(self) -> Value:
        """Columns from this output column's windows to the next one's."""
        ends = self.y == self.layer.width_out - 1
        return Mux(ends, self.rules.jump, self.layer.stride)

    @property
    def inside(self) -> Value:
        """Whether the pixel that is fetched next lies in the image."""
        row, column = self.top + self.row, self.left + self.column
        return (row >= 0) & (row < self.layer.height) & (column >= 0) & (column < self.layer.width)

    @property
    def unread(self) -> Value:
        """The first row that no window of this output column has needed so far."""
        behind = self.top + max(self.layer.kernel, self.layer.stride)
        return Mux(self.fetched, behind, self.top + self.row)

    def arrived(self, age: Value, x: Value, word: ValueLike) -> Value:
        """Return whether a word has come in, by its column's distance, its row and its number."""
        before = (x < self.in_x) | ((x == self.in_x) & (Value.cast(word) < self.in_word))
        return (age > 0) | ((age == 0) & before)

    def dead(self, age: Value, x: Value) -> Value:
        """Return whether no window to come needs a pixel."""
        place = self.lead - age  # column, counted from the window's first
        return (place < 0) | ((place < self.step) & (x < self.unread))

    def is_sent(self, age: Value, x: Value) -> Value:
        """Return whether a pixel has been sent on."""
        return (age > self.lag) | ((age == self.lag) & (x < self.out_x))
