"""Sum packer: one partial sum after the other, packed into words.

Ref: Dazzi 2021, section 2.4.4; format of the words: :mod:`goldspike.model.imc.sum_packer`.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.sum_packer import SumPackerParams

__all__ = ["SumPacker"]


class SumPacker(wiring.Component):
    """Latency ``params.ticks`` for a pixel, from `start` to `done`: as the digital processor.

    From the tick after `start` until just before `done` nothing is started.

    Members
    -------
    start : In(1)
        The sums are there, and stay until `done`.
    sums : In(sum_bits * channels)
        Signed, channel 0 lowest.
    push : Out(1), word : Out(word_bits), last : Out(1)
        A word of the output pixel; the last one.
    done : Out(1)
        With the last word.
    busy : Out(1)
        A pixel is under way.
    """

    start: Signal
    sums: Signal
    push: Signal
    word: Signal
    last: Signal
    done: Signal
    busy: Signal

    def __init__(self, params: SumPackerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "start": In(1),
                "sums": In(params.sum_bits * params.channels),
                "push": Out(1),
                "word": Out(params.word_bits),
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
        at_work = Signal()
        channel = Signal(range(max(2, params.channels)))
        piece = Signal(range(max(2, params.lane_words)))  # of the lane, where it takes several
        lane = Signal(range(max(2, params.lanes)))  # of the channel in its word
        ends_lane = Signal()
        ends_word = Signal()
        ends_pixel = Signal()
        m.d.comb += [
            ends_lane.eq(piece == params.lane_words - 1),
            ends_pixel.eq(ends_lane & (channel == params.channels - 1)),
            ends_word.eq(ends_pixel | (lane == params.lanes - 1)),
        ]
        with m.If(self.start):
            m.d.sync += at_work.eq(1)
        with m.Elif(at_work):
            m.d.sync += piece.eq(Mux(ends_lane, 0, piece + 1))
            with m.If(ends_lane):
                m.d.sync += [channel.eq(channel + 1), lane.eq(Mux(ends_word, 0, lane + 1))]
            with m.If(ends_pixel):
                m.d.sync += [at_work.eq(0), channel.eq(0)]

        # three stages, as many as the processor has: fetch a sum; widen it; pack it
        fetched = Signal()
        widened = Signal()
        number = Signal(signed(params.sum_bits))
        part = Signal(min(8 * params.sum_bytes, params.word_bits))
        places = [Signal.like(lane, name=f"lane_{k}") for k in range(2)]
        pieces = Signal.like(piece, name="piece_0")
        word_ends = [Signal(name=f"word_ends_{k}") for k in range(2)]
        pixel_ends = [Signal(name=f"pixel_ends_{k}") for k in range(2)]
        m.d.sync += [
            fetched.eq(at_work),
            number.eq(self.sums.word_select(channel, params.sum_bits).as_signed()),
            pieces.eq(piece),
            widened.eq(fetched),
            part.eq(self.widened(number).word_select(pieces, len(part))),
            places[0].eq(lane),
            places[1].eq(places[0]),
            word_ends[0].eq(ends_word),
            word_ends[1].eq(word_ends[0]),
            pixel_ends[0].eq(ends_pixel),
            pixel_ends[1].eq(pixel_ends[0]),
            self.push.eq(widened & word_ends[1]),
            self.last.eq(widened & pixel_ends[1]),
        ]
        m.d.comb += [
            self.done.eq(self.last),
            self.busy.eq(self.start | at_work | fetched | widened | self.push),
        ]
        with m.If(widened):
            with m.If(places[1] == 0):
                m.d.sync += self.word.eq(0)
            m.d.sync += self.word.word_select(places[1], len(part)).eq(part)
        if self.trace:
            shown = Signal.like(self.word)
            m.d.comb += shown.eq(self.word)
            word = pack(params.trace, word=shown, last=self.last)
            drive_trace(m, self, widened & word_ends[1], word)
        return m

    def widened(self, number: Value) -> Value:
        """Return a sum in the words or bytes of its lane."""
        params = self.params
        lane_bits = 8 * params.sum_bytes
        extended = Cat(number, number[-1].replicate(lane_bits - len(number)))
        rest = params.lane_words * params.word_bits - lane_bits if params.lane_words > 1 else 0
        return Cat(extended, Const(0, rest)) if rest else extended
