"""Proof of the link: every word goes to all receivers at once, within the timestep's bandwidth.

It stores nothing, so that no word can be late or out of order: what is taken is carried on the same
tick. Words and pixels are counted beside it, from what the receivers see.
"""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.link import Link
from goldspike.model.imc.link import LinkParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "LinkProof"]


@bug_in(Link)
def tells_one(m, dut, inside):
    """Raise the first receiver's line only."""
    m.d.comb += dut.o_valid.eq(inside("carries"))


@bug_in(Link)
def carries_unasked(m, dut, inside):
    """Show words that the sender does not offer."""
    m.d.comb += dut.o_valid.eq(dut.ready.replicate(dut.params.receivers))


@bug_in(Link)
def asks_one(m, dut, inside):
    """Look at the first receiver only."""
    within = (inside("left") != 0) | (inside("word") != 0)
    m.d.comb += dut.ready.eq(dut.o_ready[0] & within)


@bug_in(Link)
def turns_words(m, dut, inside):
    """Carry a word's bits in another order."""
    m.d.comb += dut.o_word.eq(dut.word.rotate_left(1))


@bug_in(Link)
def knows_no_bound(m, dut, inside):
    """Carry whatever is offered."""
    m.d.comb += dut.ready.eq(dut.o_ready.all())


@bug_in(Link)
def breaks_off(m, dut, inside):
    """Withhold the rest of a pixel until the next timestep."""
    m.d.comb += dut.ready.eq(dut.o_ready.all() & (inside("left") != 0))


@bug_in(Link)
def saves(m, dut, inside):
    """Begin a timestep with what is left of the budget before."""
    left = inside("left")
    with m.If(dut.step & (left != 0)):
        m.d.sync += left.eq(left)


class LinkProof(Proof):
    """Any word, any receivers, any timesteps."""

    rtl = Link
    configs: ClassVar = {
        "1-word": LinkParams(words=1, pixels=1, receivers=1, word_bits=8),
        "3-words": LinkParams(words=3, pixels=2, receivers=2, word_bits=8),
        "published": LinkParams(words=4, pixels=4, receivers=2),
        "16-receivers": LinkParams(words=7, pixels=5, receivers=16, word_bits=64),
        "largest": LinkParams(words=4096, pixels=64, receivers=16, word_bits=256),
    }
    quick = ("1-word", "3-words")
    search = 10
    bugs: ClassVar = {
        "a word goes to all receivers, or to none": tells_one,
        "what is carried is taken from the sender, once": carries_unasked,
        "every receiver takes what is carried": asks_one,
        "the word carried is the sender's": turns_words,
        "no more pixels begin in a timestep than it may carry": knows_no_bound,
        "a pixel that has begun goes on": breaks_off,
        "within the bandwidth nothing is withheld": saves,
        "an upset budget is right again with the next timestep": saves,
    }

    def properties(self, m: Module) -> None:
        """Count words and pixels where they are received."""
        dut, words, pixels = self.dut, self.params.words, self.params.pixels
        number = Signal(range(max(2, words)))  # of the word that comes next, in its pixel
        begun = Signal(range(pixels + 1), init=pixels)  # in this timestep; none before the first
        was_step = Signal()
        carried, willing = dut.o_valid.any(), dut.o_ready.all()
        m.d.sync += was_step.eq(dut.step)
        with m.If(carried):
            m.d.sync += number.eq(Mux(number == words - 1, 0, number + 1))
        with m.If(dut.step):
            m.d.sync += begun.eq(0)
        with m.Elif(carried & (number == 0)):
            m.d.sync += begun.eq(begun + 1)
        within = begun < pixels
        self.holds("a word goes to all receivers, or to none", ~carried | dut.o_valid.all())
        self.holds(
            "what is carried is taken from the sender, once", carried == (dut.valid & dut.ready)
        )
        self.holds("every receiver takes what is carried", ~carried | willing)
        self.holds("the word carried is the sender's", ~carried | (dut.o_word == dut.word))
        self.holds(
            "no more pixels begin in a timestep than it may carry",
            ~carried | (number != 0) | within,
        )
        self.holds(
            "a pixel that has begun goes on", (number == 0) | ~(dut.valid & willing) | carried
        )
        self.holds(
            "within the bandwidth nothing is withheld", ~within | ~(dut.valid & willing) | carried
        )
        left = self.inside("left")
        self.helps("the budget", left == pixels - begun)
        self.helps("the word", (number == self.inside("word")) & (number < words))
        self.leaves(
            "an upset budget is right again with the next timestep", ~was_step | (left == pixels), 1
        )
        self.reaches("the last pixel of a timestep", carried & (begun == pixels - 1))
        if words > 1:
            self.reaches("a pixel goes on in the next timestep", was_step & carried & (number != 0))


PROOF = LinkProof
