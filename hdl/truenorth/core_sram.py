"""The core's memory: a row per neuron with its synapses, its state and its destination.

Ref: Akopyan 2015; see :mod:`goldspike.model.truenorth.core_sram`. Potentials lie in a memory of
their own, since they alone change while a network runs: each memory has one port to read and one to
write, as block memories do: 256 rows of 410 bits take 12 of ECP5's.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.core_sram import CoreSramParams

__all__ = ["CoreSram"]


class CoreSram(wiring.Component):
    """A read and a write per tick; a row is there on the tick after `read`.

    Bit-exact against :class:`goldspike.model.truenorth.core_sram.CoreSramModel`. A reset leaves
    rows, types and `row` as they are. No number may be beyond the last neuron or axon, and `write`
    and `load` do not come together.

    Members
    -------
    read : In(1), read_neuron : In(neuron_bits)
        Fetch a row, as it is before this tick's `write` or `load`.
    write : In(1), write_neuron : In(neuron_bits)
        Store `potential` in a row, and leave the rest of it.
    potential : In(signed(potential_bits))
        V of a neuron.
    load : In(1), load_neuron : In(neuron_bits), load_row : In(row_bits)
        Store a whole row, laid out by ``params.fields``.
    load_types : In(1), types : In(2 * axons)
        Store the types of all axons, axon 0 lowest.
    axon : In(axon_bits)
        Whose type is asked for.
    row : Out(row_bits)
        The row fetched last.
    axon_type : Out(2)
        The type of `axon`.
    """

    read: Signal
    read_neuron: Signal
    write: Signal
    write_neuron: Signal
    potential: Signal
    load: Signal
    load_neuron: Signal
    load_row: Signal
    load_types: Signal
    types: Signal
    axon: Signal
    row: Signal
    axon_type: Signal

    def __init__(self, params: CoreSramParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        number = params.neuron_bits
        super().__init__(
            {
                "read": In(1),
                "read_neuron": In(number),
                "write": In(1),
                "write_neuron": In(number),
                "potential": In(signed(params.neuron.potential_bits)),
                "load": In(1),
                "load_neuron": In(number),
                "load_row": In(params.row_bits),
                "load_types": In(1),
                "types": In(2 * params.axons),
                "axon": In(params.axon_bits),
                "row": Out(params.row_bits),
                "axon_type": Out(2),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        axons, bits = self.params.axons, self.params.neuron.potential_bits
        place = slice(axons, axons + bits)
        kept = Signal(2 * axons, reset_less=True)
        with m.If(self.load_types):
            m.d.sync += kept.eq(self.types)
        loaded = Cat(self.load_row[:axons], self.load_row[axons + bits :])
        rest = self.memory(m, "constants", self.load, self.load_neuron, loaded)
        potential = self.memory(
            m,
            "potentials",
            self.write | self.load,
            Mux(self.load, self.load_neuron, self.write_neuron),
            Mux(self.load, self.load_row[place], self.potential.as_unsigned()),
        )
        m.d.comb += [
            self.row.eq(Cat(rest[:axons], potential, rest[axons:])),
            self.axon_type.eq(kept.word_select(self.axon, 2)),
        ]

        if self.trace:
            drive_trace(m, self, self.read, pack(self.params.trace, row=self.row))
        return m

    def memory(self, m: Module, name: str, store: Value, neuron: Value, value: Value) -> Value:
        """Add a memory of a word per neuron; return the word that was read last."""
        depth = max(2, self.params.neurons)
        m.submodules[name] = memory = Memory(shape=unsigned(len(value)), depth=depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        word = Signal(len(value), name=f"{name}_word")  # or both memories' words have one name
        m.d.comb += [
            word.eq(read.data),
            write.en.eq(store),
            write.addr.eq(neuron),
            write.data.eq(value),
            read.en.eq(self.read),
            read.addr.eq(self.read_neuron),
        ]
        return word
