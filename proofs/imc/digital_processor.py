"""Proof of the digital processor: one arbitrary channel, from its sum to its byte.

The byte is not computed here: of a total ``t`` and a shift ``s`` it is the ``y`` for which
``y * 2**s <= t + 2**s / 2 < (y + 1) * 2**s``, but for the ends of the range and below the ReLU.
Sums up to `WRITTEN_OUT` bits are multiplied bit by bit; beyond that the product is taken as it is,
and everything around it is proved.
"""

from typing import ClassVar

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.digital_processor import DigitalProcessor
from goldspike.model.imc.digital_processor import MULTIPLIER_BITS, DigitalProcessorParams
from goldspike.proofs.imc.crossbar import product
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "DigitalProcessorProof"]

WRITTEN_OUT = 3


@bug_in(DigitalProcessor)
def wraps(m, dut, inside):
    """Take the lowest 8 bits."""
    with m.If(inside("added")):
        byte = dut.rectified(dut.rounded(inside("total")))[:8]
        m.d.sync += dut.word.word_select(inside("lane_1"), 8).eq(byte)


@bug_in(DigitalProcessor)
def leaves_the_last_pixel(m, dut, inside):
    """Fill a word up with what the one before had."""
    with m.If(inside("added") & (inside("lane_1") == 0)):
        m.d.sync += dut.word[8:].eq(dut.word[8:])


@bug_in(DigitalProcessor)
def pushes_every_byte(m, dut, inside):
    """Push a word with every channel."""
    m.d.sync += dut.push.eq(inside("added"))


@bug_in(DigitalProcessor)
def takes_one_residual(m, dut, inside):
    """Ask for the next residual with the next pixel only."""
    m.d.comb += dut.residual_next.eq(inside("at_work") & inside("ends_pixel"))


@bug_in(DigitalProcessor)
def is_done_early(m, dut, inside):
    """Be done before the last word is made."""
    m.d.comb += dut.done.eq(inside("added") & inside("pixel_ends_1"))


@bug_in(DigitalProcessor)
def sleeps(m, dut, inside):
    """Rest while the last channel is in the pipeline."""
    m.d.comb += dut.busy.eq(dut.start | dut.program_scale | inside("at_work") | dut.push)


@bug_in(DigitalProcessor)
def loads_one_scale(m, dut, inside):
    """Load all scales into the first channel's place."""
    m.d.sync += inside("place").eq(0)


@bug_in(DigitalProcessor)
def sticks(m, dut, inside):
    """Stay at a channel that there is not."""
    with m.If(inside("channel") >= dut.params.channels):
        m.d.sync += inside("channel").eq(inside("channel"))


class DigitalProcessorProof(Proof):
    """Any channel, any sums and scales, any number of pixels."""

    rtl = DigitalProcessor
    configs: ClassVar = {
        "3-narrow": DigitalProcessorParams(channels=3, sum_bits=2, word_bits=16, gain=3, shift=2),
        "3-signed": DigitalProcessorParams(
            channels=3, sum_bits=3, word_bits=16, shift=0, relu=False
        ),
        "1-channel": DigitalProcessorParams(channels=1, sum_bits=3, word_bits=8, gain=-5),
        "5-channels": DigitalProcessorParams(channels=5, sum_bits=3, word_bits=16, gain=77),
        "24-bits": DigitalProcessorParams(channels=4, word_bits=16, gain=300),
    }
    quick = ("3-narrow",)
    search = 10
    bugs: ClassVar = {
        "a byte is its channel's, rounded half up and saturated": wraps,
        "what fills the last word up is zero": leaves_the_last_pixel,
        "a word is pushed with its last channel": pushes_every_byte,
        "a residual is used up with its last channel": takes_one_residual,
        "done once, channels + 3 ticks after the start": is_done_early,
        "busy until done": sleeps,
        "a scale is where so many loads have brought it": loads_one_scale,
        "an upset pixel ends": sticks,
    }

    def properties(self, m: Module) -> None:
        """Count the ticks of a pixel."""
        dut, params = self.dut, self.params
        ticks = params.ticks
        self.since = since = Signal(range(ticks + 1))  # the start; 0 is at rest
        over = since == ticks
        with m.If(dut.start):
            m.d.sync += since.eq(1)
        with m.Elif(over):
            m.d.sync += since.eq(0)
        with m.Elif(since != 0):
            m.d.sync += since.eq(since + 1)
        rests = over | (since == 0)
        sums = self.sums = Signal.like(dut.sums)  # of the tick before
        m.d.sync += sums.eq(dut.sums)
        self.assumes("one pixel at a time", rests | ~(dut.start | dut.program_scale))
        self.assumes("sums stay until done", rests | (dut.sums == sums))

        pushed, used = (Signal(range(params.words + 1), name=n) for n in ("pushed", "used"))
        for count, moves in ((pushed, dut.push), (used, dut.residual_next)):
            m.d.sync += count.eq(Mux(dut.start, 0, count + moves))
        self.holds(
            "a word is pushed with its last channel", dut.push == (since == 3 + self.end(pushed))
        )
        self.holds(
            "a residual is used up with its last channel",
            dut.residual_next == (since == self.end(used)),
        )
        self.holds(
            "done once, channels + 3 ticks after the start",
            (dut.done == over) & (dut.last == over),
        )
        self.holds("busy until done", dut.busy == (dut.start | dut.program_scale | (since != 0)))
        self.follow_channel(m)
        channel = self.inside("channel")
        patience = (1 << len(channel)) + 3
        quiet = self.ticks_since(dut.start, patience) == patience
        ended = ~(self.inside("at_work") | self.inside("fetched") | self.inside("added"))
        self.leaves("an upset pixel ends", ~quiet | ended, patience)
        self.tie(pushed, used)

    def end(self, words: Signal) -> Value:
        """Return which channel ends the word after so many, counted from 1."""
        channels, last = (words + 1) * self.params.word_bytes, self.params.channels
        return Mux(channels < last, channels, last)

    def lane_of(self, channel: Value) -> Value:
        """Return the place of a channel in its word."""
        return Value.cast(channel)[: len(self.since)] % self.params.word_bytes

    def follow_channel(self, m: Module) -> None:
        """Compare one arbitrary channel's byte with what it is made of."""
        dut, params, since = self.dut, self.params, self.since
        lanes, channels = params.word_bytes, params.channels
        at_word, lane = self.any_value("word", params.words), self.any_value("lane", lanes)
        channel = Signal(range(params.words * lanes))
        m.d.comb += channel.eq(at_word * lanes + lane)
        self.assumes("a channel that there is", channel < channels)
        number, residual = Signal(signed(params.sum_bits)), Signal(signed(8))
        column = dut.sums.word_select(channel, params.sum_bits)
        with m.If(dut.start):
            m.d.sync += number.eq(column)
        with m.If(since == channel + 1):
            m.d.sync += residual.eq(dut.residual.word_select(lane, 8))
        scale = self.contents("scales", channel)
        self.follow_scale(m, channel, scale)

        multiplier, bias = scale[:MULTIPLIER_BITS].as_signed(), scale[MULTIPLIER_BITS:].as_signed()
        written_out = params.sum_bits <= WRITTEN_OUT
        taken = self.inside("number") * self.read_word("scales")[:MULTIPLIER_BITS].as_signed()
        scaled = product(multiplier, number) if written_out else taken
        total = Signal(signed(len(self.inside("total")) + 2))
        with m.If(since == channel + 2):
            m.d.sync += total.eq(scaled + bias + residual * params.gain)
        byte = dut.word.word_select(lane, 8).as_signed()
        end = 3 + self.end(at_word)
        right = self.is_byte(byte, total)
        self.holds(
            "a byte is its channel's, rounded half up and saturated",
            ~(dut.push & (since == end)) | right,
        )
        kept = self.sums.word_select(channel, params.sum_bits).as_signed()
        self.helps("the sum stays", (since == 0) | (number == kept))
        self.helps(
            "what is fetched",
            (since != channel + 2)
            | (
                (self.inside("number") == number)
                & (self.read_word("scales") == scale)
                & ((self.inside("added_byte") == residual) | (params.gain == 0))
            ),
        )
        self.helps("the total", (since != channel + 3) | (self.inside("total") == total))
        self.helps("the byte", (since < channel + 4) | (since > end) | right)
        self.reaches("a byte in range", dut.push & (since == end) & (byte > 0) & (byte < 127))

    def is_byte(self, byte: Value, total: Value) -> Value:
        """Return whether a byte is what becomes of a total."""
        shift, relu = self.params.shift, self.params.relu
        doubled = (total << 1) + (1 << shift)  # of both sides, so that half a step is a number
        least, most = (0 if relu else -128), 127
        reached = (byte << (shift + 1) <= doubled) | (byte == least)
        below = (doubled < (byte + 1) << (shift + 1)) | (byte == most)
        return reached & below & (byte >= least)

    def follow_scale(self, m: Module, channel: Value, scale: Value) -> None:
        """Follow the scale of the channel; resets leave what the memory holds."""
        dut, channels = self.dut, self.params.channels
        place = Signal(range(channels + 1))
        known, loaded = Signal(reset_less=True), Signal.like(dut.scale, reset_less=True)
        with m.If(dut.program_scale):
            m.d.sync += place.eq(Mux(place == channels - 1, 0, place + 1))
            with m.If(place == channel):
                m.d.sync += [known.eq(1), loaded.eq(dut.scale)]
        self.holds("a scale is where so many loads have brought it", ~known | (scale == loaded))
        self.helps("place", (place == self.inside("place")) & (place < channels))

    def tie(self, pushed: Signal, used: Signal) -> None:
        """Tie the circuit's pipeline to the ticks that were counted, and its rest to zero."""
        dut, params, since = self.dut, self.params, self.since
        channels, lanes = params.channels, params.word_bytes
        works = (since >= 1) & (since <= channels)
        fetched = (since >= 2) & (since <= channels + 1)
        added = (since >= 3) & (since <= channels + 2)
        self.helps("since", since <= params.ticks)
        self.helps("at work", self.inside("at_work") == works)
        self.helps("channel", self.inside("channel") == Mux(works, since - 1, 0))
        self.helps("lane", self.inside("lane") == Mux(works, self.lane_of(since - 1), 0))
        self.helps("fetched", self.inside("fetched") == fetched)
        self.helps("added", self.inside("added") == added)
        for k, valid in enumerate((fetched, added)):
            lane, last = self.lane_of(since - 2 - k), since == channels + 1 + k
            ends = last | (lane == lanes - 1)
            same = (self.inside(f"lane_{k}") == lane) & (self.inside(f"pixel_ends_{k}") == last)
            same &= self.inside(f"word_ends_{k}") == ends
            self.helps(f"stage {k}", ~valid | same)
        for name, count, behind in (("pushed", pushed, 4), ("used", used, 1)):
            ended = Mux(since > behind, since - behind, 0)
            whole = (count * lanes <= ended) & (ended < (count + 1) * lanes)
            over = (since > channels) & (count == params.words) if behind == 1 else Const(0)
            self.helps(name, (since == 0) | over | whole & (ended < channels))
        filler = self.any_value("filler", lanes)
        byte = dut.word.word_select(filler, 8)
        unused = (params.words - 1) * lanes + filler >= channels
        self.holds("what fills the last word up is zero", ~(dut.last & unused) | (byte == 0))
        newest = self.lane_of(since - 4)
        self.helps("zero so far", (since < 4) | (filler <= newest) | (byte == 0))


PROOF = DigitalProcessorProof
