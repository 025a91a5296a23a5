"""Weight memory: one word per source, loaded through a shift register.

Ref: Stuijt 2021, sections 2.1 and 3.1. ``registers``: all weights are one shift register, as on the
chip, one signal per source. ``memory``: a shift register as wide as one word fills a block memory,
last source first. Order of loading: :mod:`goldspike.model.mubrain.weight_memory`.
"""

from amaranth.hdl import Array, Cat, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryParams

__all__ = ["WeightMemory"]


class WeightMemory(wiring.Component):
    """Words of weights. A read takes one tick; loading takes one tick per weight.

    Bit-exact against :class:`goldspike.model.mubrain.weight_memory.WeightMemoryModel`. Reset does
    not touch the weights: like the chip, they hold until they are loaded again.

    Members
    -------
    load : In(1)
        Shift `weight` in on this tick; not while words are read, nor under reset, which does not
        hold it back.
    weight : In(weight_bits)
        The weight's two's complement bits.
    read : In(1)
        Read the word of `address` on this tick.
    address : In(range(sources))
        A source.
    word : Out(weight_bits * neurons)
        The word read last; neuron 0 in the lowest bits.
    """

    load: Signal
    weight: Signal
    read: Signal
    address: Signal
    word: Signal

    def __init__(self, params: WeightMemoryParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        bits = params.neuron.weight_bits
        super().__init__(
            {
                "load": In(1),
                "weight": In(bits),
                "read": In(1),
                "address": In(params.address_bits),
                "word": Out(bits * params.neurons),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        if self.params.storage is Storage.REGISTERS:
            self.shift_registers(m)
        else:
            self.block_memory(m)
        if self.trace:
            bits = self.params.neuron.weight_bits
            weights = [self.word.word_select(k, bits) for k in range(self.params.neurons)]
            drive_trace(m, self, self.read, pack(self.params.trace, word=weights))
        return m

    def shifted(self, weight: Value, row: Value) -> Value:
        """Return `row` with `weight` in front, one weight longer."""
        return Cat(weight, row)

    def shift_registers(self, m: Module) -> None:
        """Build one long shift register, a row per source."""
        bits, width = self.params.neuron.weight_bits, len(self.word)
        rows = [Signal(width, name=f"row_{k}", reset_less=True) for k in range(self.params.sources)]
        entering = self.weight
        for row in rows:
            with m.If(self.load):
                m.d.sync += row.eq(self.shifted(entering, row))
            entering = row[width - bits :]
        with m.If(self.read):
            m.d.sync += self.word.eq(Array(rows)[self.address])

    def block_memory(self, m: Module) -> None:
        """Build a shift register as wide as a row in front of a block memory."""
        bits, width = self.params.neuron.weight_bits, len(self.word)
        last = self.params.sources - 1
        depth = max(2, self.params.sources)  # a memory of one word has no address
        m.submodules.words = words = Memory(shape=unsigned(width), depth=depth, init=[])
        write, read = words.write_port(), words.read_port()
        row = Signal(max(1, width - bits))
        filled = Signal(range(max(2, self.params.neurons)))
        source = Signal(range(max(2, self.params.sources)), init=last)
        m.d.comb += [
            write.addr.eq(source),
            write.data.eq(self.shifted(self.weight, row)),
            write.en.eq(self.load & (filled == self.params.neurons - 1)),
            read.addr.eq(self.address),
            read.en.eq(self.read),
            self.word.eq(read.data),
        ]
        with m.If(self.load):
            m.d.sync += [row.eq(self.shifted(self.weight, row)), filled.eq(filled + 1)]
        with m.If(write.en):
            m.d.sync += [filled.eq(0), source.eq(source - 1)]
            with m.If(source == 0):
                m.d.sync += source.eq(last)
