"""Output memory: pixels that wait for their link.

Ref: Dazzi 2021, section 2.1, Fig. 1C; see :mod:`goldspike.model.imc.output_memory`.
"""

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.imc.output_memory import OutputMemoryParams

__all__ = ["OutputMemory"]


class OutputMemory(wiring.Component):
    """A word in and a word out per tick.

    Bit-exact against :class:`goldspike.model.imc.output_memory.OutputMemoryModel`.

    Members
    -------
    push : In(1), data : In(word_bits)
        The next word of the pixel that goes in; there must be room for the whole pixel.
    offer : In(1)
        Offer all pixels held and recount the room.
    valid : Out(1), word : Out(word_bits), ready : In(1)
        The word that goes out.
    room : Out(range(pixels + 1))
        Pixels that may still go in before the next `offer`.
    busy : Out(1)
        It holds words, or one goes in.
    """

    push: Signal
    data: Signal
    offer: Signal
    valid: Signal
    word: Signal
    ready: Signal
    room: Signal
    busy: Signal

    def __init__(self, params: OutputMemoryParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "push": In(1),
                "data": In(params.word_bits),
                "offer": In(1),
                "valid": Out(1),
                "word": Out(params.word_bits),
                "ready": In(1),
                "room": Out(range(params.pixels + 1)),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        m.submodules.pixels = memory = Memory(
            shape=unsigned(params.word_bits), depth=max(2, params.depth), init=[]
        )
        write, read = memory.write_port(), memory.read_port(domain="comb")
        head, tail = (Signal(range(max(2, params.depth)), name=name) for name in ("head", "tail"))
        entering, leaving = (
            Signal(range(max(2, params.words)), name=name) for name in ("entering", "leaving")
        )
        free = Signal(range(params.pixels + 1), init=params.pixels)
        held, offered = (
            Signal(range(params.pixels + 1), name=name) for name in ("held", "offered")
        )
        pops = Signal()
        whole_in = Signal()
        whole_out = Signal()
        held_next = Signal.like(held)
        m.d.comb += [
            write.addr.eq(tail),
            write.data.eq(self.data),
            write.en.eq(self.push),
            read.addr.eq(head),
            self.word.eq(read.data),
            self.valid.eq(offered != 0),
            self.room.eq(free),
            pops.eq(self.valid & self.ready),
            whole_in.eq(self.push & self.ends(entering)),
            whole_out.eq(pops & self.ends(leaving)),
            held_next.eq(held + whole_in - whole_out),
            self.busy.eq(self.push | (held != 0) | (entering != 0)),
        ]
        m.d.sync += held.eq(held_next)
        for signal, moves, size in (
            (tail, self.push, params.depth),
            (entering, self.push, params.words),
            (head, pops, params.depth),
            (leaving, pops, params.words),
        ):
            with m.If(moves):
                m.d.sync += signal.eq(Mux(signal == size - 1, 0, signal + 1))
        with m.If(self.offer):
            m.d.sync += [offered.eq(held_next), free.eq(self.free_pixels(held_next))]
        with m.Else():
            m.d.sync += [offered.eq(offered - whole_out), free.eq(free - whole_in)]

        if self.trace:
            pushed = Signal()
            popped = Signal()
            left = Signal.like(self.word)
            m.d.sync += [pushed.eq(self.push), popped.eq(pops), left.eq(Mux(pops, self.word, 0))]
            word = pack(
                params.trace, pushed=pushed, popped=popped, word=left, held=held,
                offered=offered, room=self.room,
            )  # fmt: skip
            drive_trace(m, self, self.push | pops, word)
        return m

    def free_pixels(self, held: Signal) -> Value:
        """Return for how many pixels there is room."""
        return self.params.pixels - held

    def ends(self, word: Signal) -> Value:
        """Return whether this is a pixel's last word."""
        return word == self.params.words - 1
