"""Pooling: the mean of every channel over a whole image.

Ref: Dazzi 2021, section 3.1; see :mod:`goldspike.model.imc.pooling`. A word's channels are added at
once; with the last pixel the means leave, word by word, for the output memory behind.
"""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.pooling import PoolingParams

__all__ = ["Pooling"]


class Pooling(wiring.Component):
    """A word per tick; a mean leaves one tick after the last pixel's word.

    Bit-exact against :class:`goldspike.model.imc.pooling.PoolingModel`.

    Members
    -------
    valid : In(1), word : In(word_bits), ready : Out(1)
        The pixels that come in.
    room : In(1)
        There is room for the result; without it nothing is taken.
    push : Out(1), mean : Out(word_bits)
        A word of the result.
    busy : Out(1)
        A word is added, or sent; sums that wait for the rest of their image are no work.
    """

    valid: Signal
    word: Signal
    ready: Signal
    room: Signal
    push: Signal
    mean: Signal
    busy: Signal

    def __init__(self, params: PoolingParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "valid": In(1),
                "word": In(params.word_bits),
                "ready": Out(1),
                "room": In(1),
                "push": Out(1),
                "mean": Out(params.word_bits),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        bits = 8 + params.shift
        rows = [Signal(bits * params.lanes, name=f"sums_{k}") for k in range(params.words)]
        place = Signal(range(max(2, params.words)))
        pixel = Signal(range(max(2, params.pixels)))
        takes = Signal()
        ends = Signal()
        last = Signal()
        before = Array(rows)[place]
        sums = [Signal(signed(bits), name=f"sum_{lane}") for lane in range(params.lanes)]
        for lane, total in enumerate(sums):
            added = self.word.word_select(lane, 8).as_signed()
            m.d.comb += total.eq(before.word_select(lane, bits).as_signed() + added)
        m.d.comb += [
            self.ready.eq(self.room),
            takes.eq(self.valid & self.ready),
            self.busy.eq(takes | self.push),
            ends.eq(place == params.words - 1),
            last.eq(pixel == params.pixels - 1),
        ]
        with m.If(takes):
            m.d.sync += [
                place.eq(Mux(ends, 0, place + 1)),
                Array(rows)[place].eq(Mux(last, 0, Cat(sums))),
            ]
            with m.If(ends):
                m.d.sync += pixel.eq(Mux(last, 0, pixel + 1))
        m.d.sync += [
            self.push.eq(takes & last),
            self.mean.eq(Cat(self.average(total) for total in sums)),
        ]
        if self.trace:
            shown = Signal(bits * params.lanes)
            with m.If(takes):
                m.d.sync += shown.eq(Cat(sums))
            pushes = Signal(8)
            m.d.sync += pushes.eq(pushes + self.push)
            lanes = [shown.word_select(lane, bits) for lane in range(params.lanes)]
            sent = Mux(self.push, self.mean, 0)
            word = pack(params.trace, sums=lanes, push=self.push, word=sent, sent=pushes)
            drive_trace(m, self, takes, word)
        return m

    def average(self, total: Value) -> Value:
        """Return a sum over the number of pixels, rounded half up."""
        return ((total + self.params.pixels // 2) >> self.params.shift)[:8]
