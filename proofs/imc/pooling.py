"""Proof of the pooling: one arbitrary channel against its sum in wide numbers.

The mean is not computed here: a mean ``m`` of ``n`` pixels, rounded half up, is the one for which
``n * m <= sum + n / 2 < n * (m + 1)``.
"""

from typing import ClassVar

from amaranth.hdl import Array, Module, Mux, Signal, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.pooling import Pooling
from goldspike.model.imc.pooling import PoolingParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "PoolingProof"]


@bug_in(Pooling)
def carries_over(m, dut, inside):
    """Begin an image with the sums of the one before."""
    with m.If(inside("takes") & inside("last") & (inside("place") == 0)):
        m.d.sync += inside("sums_0").eq(dut.word)


@bug_in(Pooling)
def sends_the_last_word(m, dut, inside):
    """Send nothing but a pixel's last word."""
    m.d.sync += dut.push.eq(inside("takes") & inside("last") & inside("ends"))


@bug_in(Pooling)
def needs_no_room(m, dut, inside):
    """Take words whether there is room or not."""
    m.d.comb += dut.ready.eq(1)


@bug_in(Pooling)
def rests_after_the_last(m, dut, inside):
    """Take nothing while a mean leaves."""
    m.d.comb += dut.ready.eq(dut.room & ~dut.push)


@bug_in(Pooling)
def sleeps(m, dut, inside):
    """Rest while the means leave."""
    m.d.comb += dut.busy.eq(inside("takes"))


class PoolingProof(Proof):
    """Any channel of any image."""

    rtl = Pooling
    configs: ClassVar = {
        "1-pixel": PoolingParams(pixels=1, channels=1, word_bits=8),
        "2-pixels": PoolingParams(pixels=2, channels=3, word_bits=16),
        "4-pixels": PoolingParams(pixels=4, channels=5, word_bits=16),
        "published": PoolingParams(pixels=64, channels=56),
    }
    quick = ("1-pixel", "2-pixels")
    search = 12
    bugs: ClassVar = {
        "a mean is that of its channel's pixels, rounded half up": carries_over,
        "one mean for every channel and image, in order": sends_the_last_word,
        "nothing is taken without room": needs_no_room,
        "with room everything is taken": rests_after_the_last,
        "busy while words are taken or sent": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Sum one channel up."""
        dut, params = self.dut, self.params
        pixels, bits = params.pixels, 8 + params.shift
        at_word = self.any_value("word", params.words)
        lane = self.any_value("lane", params.lanes)
        word = Signal(range(params.words + 1))  # number of the word that comes next
        pixel = Signal(range(pixels + 1))
        total = Signal(signed(bits + 2))  # of the channel, since its image began
        whole = Signal.like(total)  # of the image before
        due, here = Signal(), Signal()  # a mean, and the channel's own
        takes, ends = dut.valid & dut.ready, word == params.words - 1
        last = pixel == pixels - 1
        byte = dut.word.word_select(lane, 8).as_signed()
        m.d.sync += [due.eq(takes & last), here.eq(word == at_word)]
        with m.If(takes):
            m.d.sync += word.eq(Mux(ends, 0, word + 1))
            with m.If(ends):
                m.d.sync += pixel.eq(Mux(last, 0, pixel + 1))
            with m.If(word == at_word):
                m.d.sync += [total.eq(Mux(last, 0, total + byte)), whole.eq(total + byte)]
        mean = dut.mean.word_select(lane, 8).as_signed()
        doubled = (whole << 1) + pixels  # of both sides, so that half a pixel is a number
        sent = dut.push & here
        self.holds(
            "a mean is that of its channel's pixels, rounded half up",
            ~sent | (((mean * pixels) << 1 <= doubled) & (doubled < ((mean + 1) * pixels) << 1)),
        )
        self.holds("one mean for every channel and image, in order", dut.push == due)
        self.holds("nothing is taken without room", ~takes | dut.room)
        self.holds("with room everything is taken", ~(dut.valid & dut.room) | takes)
        self.holds("busy while words are taken or sent", dut.busy == (takes | dut.push))
        place, counted = self.inside("place"), self.inside("pixel")
        self.helps("the word", (word == place) & (word < params.words))
        self.helps("the pixel", (pixel == counted) & (pixel < pixels))
        rows = Array(self.inside(f"sums_{k}") for k in range(params.words))
        self.helps("the sum", total == rows[at_word].word_select(lane, bits).as_signed())
        added = Mux(word > at_word, Mux(last, 0, pixel + 1), pixel)  # pixels in it
        self.helps("no overflow", (total >= added * -128) & (total <= added * 127))
        if pixels > 1:
            self.reaches("a mean that is rounded up", sent & (whole < mean * pixels))
        self.reaches("a negative mean of a second image", sent & (mean < 0))


PROOF = PoolingProof
