"""Partial adder: a queue of partial sums, and one adder.

Ref: Dazzi 2021, section 2.4.4; see :mod:`goldspike.model.imc.partial_adder`.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.trace import trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.partial_adder import PartialAdderParams

__all__ = ["PartialAdder"]


class PartialAdder(wiring.Component):
    """Adds lane k on the tick on which what is behind it takes channel k.

    Members
    -------
    push : In(1), data : In(word_bits)
        The next word that arrives; a pixel begins only where there is room for it.
    start : In(1)
        With that of the processor or packer behind it; a whole pixel of sums waits.
    sums : In(own_bits * channels)
        The crossbar's own, signed, channel 0 lowest; they stay until all are added.
    room : Out(range(pixels + 1))
        Pixels of sums that may still come.
    waits : Out(1)
        A whole pixel of sums is there.
    sum : Out(sum_bits)
        Of the channel under way, `hold` ticks each, the first on the tick after `start`.
    busy : Out(1)
        An addition is under way, or a word comes in. Sums that wait are no work.
    """

    push: Signal
    data: Signal
    start: Signal
    sums: Signal
    room: Signal
    waits: Signal
    sum: Signal
    busy: Signal

    def __init__(self, params: PartialAdderParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "push": In(1),
                "data": In(params.word_bits),
                "start": In(1),
                "sums": In(params.own_bits * params.channels),
                "room": Out(range(params.pixels + 1)),
                "waits": Out(1),
                "sum": Out(params.sum_bits),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params, packer = self.params, self.params.packer
        m.submodules.queue = queue = OutputMemory(params.queue, trace=self.trace)
        at_work = Signal()
        channel = Signal(range(max(2, params.channels)))
        lane = Signal(range(max(2, packer.lanes)))  # of the channel in its word
        held = Signal(range(max(2, params.hold)))  # ticks of the channel so far
        moves = Signal()
        ends_word = Signal()
        ends_pixel = Signal()
        own = self.sums.word_select(channel, params.own_bits).as_signed()
        m.d.comb += [
            moves.eq(at_work & (held == params.hold - 1)),
            ends_pixel.eq(channel == params.channels - 1),
            ends_word.eq(ends_pixel | (lane == packer.lanes - 1)),
            queue.offer.eq(1),
            queue.ready.eq(moves & ends_word),
            self.room.eq(queue.room),
            self.waits.eq(queue.valid),
            self.sum.eq(own + self.added(queue.word.word_select(lane, params.lane_bits))),
            self.busy.eq(self.push | self.start | at_work),
        ]
        self.gather(m, queue)
        with m.If(self.start):
            m.d.sync += at_work.eq(1)
        with m.Elif(at_work):
            m.d.sync += held.eq(Mux(moves, 0, held + 1))
            with m.If(moves):
                m.d.sync += [
                    channel.eq(Mux(ends_pixel, 0, channel + 1)),
                    lane.eq(Mux(ends_word, 0, lane + 1)),
                    at_work.eq(~ends_pixel),
                ]
        if self.trace:
            for name in trace_ports(params.trace, trace=True):
                m.d.comb += getattr(self, name).eq(getattr(queue, name))
        return m

    def added(self, lane: Value) -> Value:
        """Return a lane as a number."""
        return lane[: self.params.partial_bits].as_signed()

    def gather(self, m: Module, queue: OutputMemory) -> None:
        """Put the words of a lane together, and let them into the queue as one."""
        count = self.params.packer.lane_words
        if count == 1:
            m.d.comb += [queue.push.eq(self.push), queue.data.eq(self.data)]
            return
        before = Signal((count - 1) * self.params.word_bits)
        piece = Signal(range(count))
        m.d.comb += [
            queue.push.eq(self.push & (piece == count - 1)),
            queue.data.eq(Cat(before, self.data)),
        ]
        with m.If(self.push):
            m.d.sync += [
                before.eq(Cat(before, self.data)[self.params.word_bits :]),
                piece.eq(Mux(piece == count - 1, 0, piece + 1)),
            ]
