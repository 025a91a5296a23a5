"""Digital processor: one channel a tick through multiplier, rounding shift, ReLU and saturation.

Ref: Dazzi 2021, sections 2.1 and 3.1; arithmetic and its order:
:mod:`goldspike.model.imc.digital_processor`.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.digital_processor import (
    BIAS_BITS,
    GAIN_BITS,
    MULTIPLIER_BITS,
    DigitalProcessorParams,
)

__all__ = ["DigitalProcessor"]


class DigitalProcessor(wiring.Component):
    """Latency ``channels + 3`` ticks for a pixel, from `start` to `done`.

    From the tick after `start` until just before `done` nothing is started or programmed.

    Bit-exact against :class:`goldspike.model.imc.digital_processor.DigitalProcessorModel`.

    Members
    -------
    start : In(1)
        The sums are there, and stay until `done`.
    sums : In(sum_bits * channels)
        The crossbar's sums, signed, channel 0 lowest.
    residual : In(word_bits)
        The word of the residual pixel that comes next.
    program_scale : In(1), scale : In(48)
        Load the next channel's multiplier (low 16 bits) and bias.
    residual_next : Out(1)
        The residual's word has been used.
    push : Out(1), word : Out(word_bits), last : Out(1)
        A word of the output pixel; the last one.
    done : Out(1)
        With the last word.
    busy : Out(1)
        Programming, or a pixel is under way.
    """

    start: Signal
    sums: Signal
    residual: Signal
    program_scale: Signal
    scale: Signal
    residual_next: Signal
    push: Signal
    word: Signal
    last: Signal
    done: Signal
    busy: Signal

    def __init__(self, params: DigitalProcessorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "start": In(1),
                "sums": In(params.sum_bits * params.channels),
                "residual": In(params.word_bits),
                "program_scale": In(1),
                "scale": In(params.scale_bits),
                "residual_next": Out(1),
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
        params, lanes = self.params, self.params.word_bytes
        at_work = Signal()
        channel = Signal(range(max(2, params.channels)))
        lane = Signal(range(max(2, lanes)))  # of the channel in its word
        ends_word = Signal()
        ends_pixel = Signal()
        scale = self.scale_memory(m, channel)
        m.d.comb += [
            ends_pixel.eq(channel == params.channels - 1),
            ends_word.eq(ends_pixel | self.ends(lane, channel, params.segments)),
        ]
        with m.If(self.start):
            m.d.sync += at_work.eq(1)
        with m.Elif(at_work):
            m.d.sync += [channel.eq(channel + 1), lane.eq(Mux(ends_word, 0, lane + 1))]
            with m.If(ends_pixel):
                m.d.sync += [at_work.eq(0), channel.eq(0)]

        added_lane = self.residual_lane(m, at_work, channel, lane, ends_word)

        # three stages: fetch sum, scale and residual; multiply and add; round and pack
        fetched = Signal()
        added = Signal()
        total_bits = max(params.sum_bits + MULTIPLIER_BITS, BIAS_BITS, GAIN_BITS + 8) + 2
        number = Signal(signed(params.sum_bits))
        added_byte = Signal(signed(8))  # of the residual
        total = Signal(signed(total_bits))
        places = [Signal.like(lane, name=f"lane_{k}") for k in range(2)]
        word_ends = [Signal(name=f"word_ends_{k}") for k in range(2)]
        pixel_ends = [Signal(name=f"pixel_ends_{k}") for k in range(2)]
        m.d.sync += [
            fetched.eq(at_work),
            number.eq(self.sums.word_select(channel, params.sum_bits).as_signed()),
            added_byte.eq(self.residual.word_select(added_lane, 8).as_signed()),
            added.eq(fetched),
            total.eq(self.total(number, scale, added_byte)),
            Value.cast(places[0]).eq(lane),
            places[1].eq(places[0]),
            word_ends[0].eq(ends_word),
            word_ends[1].eq(word_ends[0]),
            pixel_ends[0].eq(ends_pixel),
            pixel_ends[1].eq(pixel_ends[0]),
            self.push.eq(added & word_ends[1]),
            self.last.eq(added & pixel_ends[1]),
        ]
        asked = self.start | self.program_scale
        m.d.comb += [
            self.done.eq(self.last),
            self.busy.eq(asked | at_work | fetched | added | self.push),
        ]
        with m.If(added):
            with m.If(places[1] == 0):
                m.d.sync += self.word.eq(0)
            byte = self.saturated(self.rectified(self.rounded(total)))
            m.d.sync += self.word.word_select(places[1], 8).eq(byte)
        if self.trace:
            shown = Signal.like(self.word)
            m.d.comb += shown.eq(self.word)
            happens = added & word_ends[1]
            used = Signal(8)
            m.d.sync += used.eq(used + self.residual_next)
            drive_trace(m, self, happens, pack(params.trace, word=shown, last=self.last, used=used))
        return m

    def ends(self, lane: Signal, channel: Signal, segments: tuple[int, ...]) -> Value:
        """Return whether a word of a pixel of such segments ends with a channel, or is full."""
        full = lane == self.params.word_bytes - 1
        if not segments:
            return full
        last = [sum(segments[: k + 1]) - 1 for k in range(len(segments))]
        return full | Cat(channel == place for place in last).any()

    def residual_lane(
        self, m: Module, at_work: Signal, channel: Signal, lane: Signal, ends_word: Signal
    ) -> Signal:
        """Return the channel's lane in the residual's word, and ask for the next one in time."""
        params = self.params
        if params.residual_slices == params.slices:
            m.d.comb += self.residual_next.eq(at_work & ends_word)
            return lane
        added_lane = Signal.like(lane)
        ends = Signal(name="ends_residual")
        m.d.comb += [
            ends.eq(
                (channel == params.channels - 1)
                | self.ends(added_lane, channel, params.residual_segments)
            ),
            self.residual_next.eq(at_work & ends),
        ]
        with m.If(at_work):
            m.d.sync += added_lane.eq(Mux(ends, 0, added_lane + 1))
        return added_lane

    def scale_memory(self, m: Module, channel: Signal) -> Value:
        """Build multipliers and biases; return those of the channel of the tick before."""
        params = self.params
        m.submodules.scales = memory = Memory(
            shape=unsigned(params.scale_bits), depth=max(2, params.channels), init=[]
        )
        write, read = memory.write_port(), memory.read_port()
        place = Signal(range(max(2, params.channels)))
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(self.scale),
            write.en.eq(self.program_scale),
            read.addr.eq(channel),
            read.en.eq(1),
        ]
        with m.If(self.program_scale):
            m.d.sync += place.eq(Mux(place == params.channels - 1, 0, place + 1))
        return read.data

    def total(self, number: Value, scale: Value, residual: Value) -> Value:
        """Return scaled sum, bias and residual together."""
        multiplier = scale[:MULTIPLIER_BITS].as_signed()
        total = number * multiplier + scale[MULTIPLIER_BITS:].as_signed()
        if self.params.gain:
            total += residual * Const(self.params.gain, signed(GAIN_BITS))
        return total

    def rounded(self, total: Value) -> Value:
        """Return a total without its lowest bits, rounded half up."""
        half = 1 << self.params.shift >> 1
        return (total + half) >> self.params.shift

    def rectified(self, value: Value) -> Value:
        """Return a value after the ReLU, where there is one."""
        return Mux(value < 0, 0, value) if self.params.relu else value

    def saturated(self, value: Value) -> Value:
        """Return a value in 8 bits."""
        return Mux(value > 127, 127, Mux(value < -128, -128, value))
