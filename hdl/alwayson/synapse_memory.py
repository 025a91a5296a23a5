"""Synapse memory: a row of binary weights per pre-synaptic neuron.

Ref: Chundi 2021, "On-Chip SRAM"; see :mod:`goldspike.model.alwayson.synapse_memory`. ``registers``:
one signal per row. ``memory``: a block memory with one port to write and one to read.
"""

from amaranth.hdl import Array, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import KEEP_CASES
from goldspike.model.alwayson.synapse_memory import Storage, SynapseMemoryParams

__all__ = ["SynapseMemory"]


class SynapseMemory(wiring.Component):
    """A read or a write per tick. What is read is there on the next tick, and stays.

    Bit-exact against :class:`goldspike.model.alwayson.synapse_memory.SynapseMemoryModel`. Proved
    (:mod:`goldspike.proofs.alwayson.synapse_memory`): a row is what was written last. Of
    ``registers`` a reset makes zeros; a block memory holds zeros only as it is configured, and a
    reset leaves it as it is. Read and write do not come together, and no row is beyond the last.

    Members
    -------
    read : In(1), row : In(row_bits)
        The word-line of a row.
    write : In(1), write_row : In(row_bits), write_word : In(columns)
        Write a row; column 0 in the lowest bit, 1 is +1, 0 is -1.
    word : Out(columns)
        The row read last.
    """

    read: Signal
    row: Signal
    write: Signal
    write_row: Signal
    write_word: Signal
    word: Signal

    def __init__(self, params: SynapseMemoryParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "read": In(1),
                "row": In(params.row_bits),
                "write": In(1),
                "write_row": In(params.row_bits),
                "write_word": In(params.columns),
                "word": Out(params.columns),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        if self.params.storage is Storage.REGISTERS:
            self.registers(m)
        else:
            self.block_memory(m)
        if self.trace:
            drive_trace(m, self, self.read, pack(self.params.trace, word=self.word))
        return m

    def registers(self, m: Module) -> None:
        """Build a register per row."""
        rows = [Signal(self.params.columns, name=f"row_{k}") for k in range(self.params.rows)]
        for k, row in enumerate(rows):
            with m.If(self.write & (self.write_row == k)):
                m.d.sync += row.eq(self.write_word)
        m.submodules.choice = choice = Module()
        picked = Signal(self.params.columns, attrs=KEEP_CASES)
        chosen = Signal(self.params.columns)
        with choice.If(self.read):
            choice.d.comb += picked.eq(Array(rows)[self.row])
        choice.d.comb += chosen.eq(picked)
        with m.If(self.read):
            m.d.sync += self.word.eq(chosen)

    def block_memory(self, m: Module) -> None:
        """Build a block memory."""
        depth = max(2, self.params.rows)  # a memory of one word has no address
        shape = unsigned(self.params.columns)
        m.submodules.words = words = Memory(shape=shape, depth=depth, init=[])
        write, read = words.write_port(), words.read_port()
        m.d.comb += [
            write.en.eq(self.write),
            write.addr.eq(self.write_row),
            write.data.eq(self.write_word),
            read.en.eq(self.read),
            read.addr.eq(self.row),
            self.word.eq(read.data),
        ]
