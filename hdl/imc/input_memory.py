"""Input memory: a single-port SRAM and its three address generators.

Ref: Dazzi 2021, section 2.4.2, Algorithm 2 as corrected in :mod:`goldspike.model.imc.input_memory`.
An access is a word. Addresses are sums of small registers: no multiplier, no division; columns
modulo F are counters that wrap.
"""

from amaranth.hdl import Array, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.imc.input_memory import FETCH, RESIDUAL, STORE, InputMemoryParams

__all__ = ["InputMemory"]


class InputMemory(wiring.Component):
    """One access per tick at most; a word read is there on the next tick.

    Bit-exact against :class:`goldspike.model.imc.input_memory.InputMemoryModel`.

    Members
    -------
    store : In(1)
        Write `data`, the next word of the pixel that comes in.
    data : In(word_bits)
        Channels of the pixel, the first lowest.
    last_row : In(1)
        With `store` or `residual`: the pixel is the last of its column.
    fetch : In(1)
        Read the next word of a kernel row.
    pad : In(1)
        With `fetch`: this word is padding; the memory rests and the word is zero.
    next_row, skip : In(1)
        With the last word of a row: go on to the next row; beyond the rows that no window reads.
    next_column, next_image : In(1)
        Go on to the next output column, which may be the next image's first.
    residual : In(1)
        Read the next word of the residual pixel.
    word : Out(word_bits)
        The word read last.
    """

    store: Signal
    data: Signal
    last_row: Signal
    fetch: Signal
    pad: Signal
    next_row: Signal
    skip: Signal
    next_column: Signal
    next_image: Signal
    residual: Signal
    word: Signal

    def __init__(self, params: InputMemoryParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        bits = params.word_bits
        controls = ("last_row", "fetch", "pad", "next_row", "skip", "next_column", "next_image")
        super().__init__(
            {
                "store": In(1),
                "data": In(bits),
                **{name: In(1) for name in controls},
                "residual": In(1),
                "word": Out(bits),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        m.submodules.sram = sram = Memory(
            shape=unsigned(params.word_bits), depth=max(2, params.depth), init=[]
        )
        write, read = sram.write_port(), sram.read_port()
        address = Signal(range(max(2, params.depth)))
        zero = Signal()  # the word fetched last was padding
        m.d.comb += [
            # `store` comes late, as it depends on `in_valid`: the address does not wait for it
            address.eq(
                Mux(
                    self.fetch,
                    self.fetch_address(m),
                    Mux(self.residual, self.residual_address(m), self.store_address(m)),
                )
            ),
            write.addr.eq(address),
            write.data.eq(self.data),
            write.en.eq(self.store),
            read.addr.eq(address),
            read.en.eq((self.fetch & ~self.pad) | self.residual),
            self.word.eq(Mux(zero, 0, read.data)),
        ]
        with m.If(self.fetch | self.residual):
            m.d.sync += zero.eq(self.fetch & self.pad)

        if self.trace:
            kind = Signal(2)
            place = Signal.like(address)
            stored = Signal.like(self.data)
            was_store = Signal()
            m.d.sync += [
                kind.eq(Mux(self.store, STORE, Mux(self.fetch, FETCH, RESIDUAL))),
                place.eq(address),
                stored.eq(self.data),
                was_store.eq(self.store),
            ]
            shown = Mux(was_store, stored, self.word)
            blank = zero & (self.word == 0)
            word = pack(params.trace, kind=kind, address=place, word=shown, blank=blank)
            drive_trace(m, self, write.en | read.en, word)
        return m

    def walk(self, m: Module, name: str, moves: Value) -> Value:
        """Step through pixels in the order of arrival, word by word; return the address."""
        params = self.params
        base = Signal(range(max(2, params.depth)), name=f"addr_{name}_0")
        column = Signal(range(max(2, params.layer.kernel)), name=f"column_{name}")
        word = Signal(range(max(2, params.words)), name=f"word_{name}")
        starts = Array(params.delta_pix)
        with m.If(moves):
            m.d.sync += word.eq(word + 1)
            with m.If(word == params.words - 1):
                m.d.sync += [word.eq(0), base.eq(base + params.delta_kernel)]
                with m.If(self.last_row):
                    m.d.sync += [base.eq(0), column.eq(self.wrapped(column + 1))]
        return base + starts[column] + word

    def store_address(self, m: Module) -> Value:
        """Build the address of the pixel that comes in."""
        return self.walk(m, "w", self.store)

    def residual_address(self, m: Module) -> Value:
        """Build the address of the residual pixel."""
        return self.walk(m, "s", self.residual)

    def wrapped(self, column: Value) -> Value:
        """Return a column below 2F modulo F."""
        kernel = self.params.layer.kernel
        return Mux(column >= kernel, column - kernel, column)

    def fetch_address(self, m: Module) -> Value:
        """Build the address of the kernel row that is read."""
        params, kernel = self.params, self.params.layer.kernel
        base = Signal(range(max(2, params.depth)), name="addr_r_0")
        left = Signal(range(max(2, kernel)), init=-params.layer.padding % kernel, name="left_r")
        pixel = Signal(range(max(2, kernel)), name="pixel_r")
        column = Signal(range(max(2, kernel)), name="column_r")
        word = Signal(range(max(2, params.words)), name="word_r")
        m.d.comb += column.eq(self.wrapped(left + pixel))
        with m.If(self.fetch):
            m.d.sync += word.eq(word + 1)
            with m.If(word == params.words - 1):
                m.d.sync += [word.eq(0), pixel.eq(pixel + 1)]
                with m.If(pixel == kernel - 1):
                    m.d.sync += pixel.eq(0)
            with m.If(self.next_row):
                rows = Mux(self.skip, 1 + params.skipped_rows, 1)
                m.d.sync += base.eq(base + self.row_step(rows))
        with m.If(self.next_column):
            step = Mux(self.next_image, params.jump % kernel, params.layer.stride % kernel)
            m.d.sync += [base.eq(0), left.eq(self.wrapped(left + step))]
        return base + Array(params.delta_pix)[column] + word

    def row_step(self, rows: Value) -> Value:
        """Return the words of a number of rows."""
        if not self.params.skipped_rows:
            return Value.cast(self.params.delta_kernel)
        return rows * self.params.delta_kernel
