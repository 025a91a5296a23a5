"""Proof of the stream: pixels move when all offer and all take, to those whom they are for.

It stores nothing, so that no word can be late: words are counted beside it, from what moves.
Receivers keep to the contract: one that takes a pixel takes all of its words.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.shared.stream import Stream
from goldspike.model.imc.shared.stream import StreamParams
from goldspike.proofs.proof import Proof

__all__ = ["StreamProof"]


@bug_in(Stream, Stream.joined)
def asks_no_other(self):
    """Begin with the first sender's part, whether the others offer theirs or not."""
    return Value.cast(1)


@bug_in(Stream, Stream.is_for)
def cuts_a_word_off(self, number, begin, count):
    """Give every receiver one word more, from those after its own."""
    return (number >= begin) & (number <= begin + count)


@bug_in(Stream, Link.takes)
def asks_one(self):
    """Look at the first receiver only."""
    return self.o_ready[0]


@bug_in(Stream)
def shows_the_first_sender(m, dut, inside):
    """Carry the first sender's word in every turn."""
    m.d.comb += dut.o_word.eq(dut.word[: dut.params.word_bits])


@bug_in(Stream)
def asks_all_senders(m, dut, inside):
    """Take a word from every sender at once."""
    m.d.comb += dut.ready.eq(inside("carries").replicate(len(dut.params.senders)))


@bug_in(Stream)
def loses_count(m, dut, inside):
    """Take every tick for the first of its window."""
    m.d.sync += inside("cycle").eq(0)


class StreamProof(Proof):
    """Any words, any senders and receivers, any timesteps."""

    rtl = Stream
    configs: ClassVar = {
        "join": StreamParams(senders=(1, 2), receivers=((0, 3), (0, 1)), word_bits=8),
        "fork": StreamParams(
            senders=(3,), receivers=((0, 1), (1, 2)), pixels=2, window=6, word_bits=8
        ),
        "both": StreamParams(
            senders=(2, 1, 3), receivers=((0, 4), (4, 2), (0, 6)), pixels=2, window=13
        ),
    }
    quick = ("join", "fork")
    search = 12
    bugs: ClassVar = {
        "a pixel begins only when every sender offers its part": asks_no_other,
        "a pixel begins only when every receiver takes its own": asks_one,
        "a word goes to those that it is for": cuts_a_word_off,
        "the word carried is that of the sender whose turn it is": shows_the_first_sender,
        "a word is taken from the sender whose turn it is, once": asks_all_senders,
        "a pixel begins only when all of it passes in the window": loses_count,
    }

    def properties(self, m: Module) -> None:
        """Count words where they are received."""
        dut, params = self.dut, self.params
        senders, words = params.senders, params.words
        number = Signal(range(words + 1))
        since = Signal(range(params.window + 2), init=params.window + 1)
        carried = dut.o_valid.any()
        m.d.sync += since.eq(Mux(dut.step, 1, Mux(since > params.window, since, since + 1)))
        with m.If(carried):
            m.d.sync += number.eq(Mux(number == words - 1, 0, number + 1))
        owner = [k for k, count in enumerate(senders) for _ in range(count)]
        turns = [Cat(number == n for n in range(words) if owner[n] == k).any()
                 for k in range(len(senders))]  # fmt: skip
        for_each = [(number >= a) & (number < a + count) for a, count in params.receivers]
        begins = carried & (number == 0)
        self.holds(
            "a pixel begins only when every sender offers its part", ~begins | dut.valid.all()
        )
        self.holds(
            "a pixel begins only when every receiver takes its own", ~begins | dut.o_ready.all()
        )
        self.holds("a word goes to those that it is for", ~carried | (dut.o_valid == Cat(for_each)))
        words_of = [dut.word.word_select(k, params.word_bits) for k in range(len(senders))]
        self.holds(
            "the word carried is that of the sender whose turn it is",
            Cat(~(carried & turn) | (dut.o_word == word)
                for turn, word in zip(turns, words_of, strict=True)).all(),
        )  # fmt: skip
        self.holds(
            "a word is taken from the sender whose turn it is, once",
            (dut.ready & dut.valid) == Cat(carried & turn for turn in turns),
        )
        if params.window:
            self.holds(
                "a pixel begins only when all of it passes in the window",
                ~begins | ((since != 0) & (since + words - 1 <= params.window)),
            )
            self.helps(
                "the window",
                (self.inside("cycle") + 1 == since) & (since != 0) & (since <= params.window + 1),
            )
        self.helps("the word", (self.inside("number") == number) & (number < words))
        if len(senders) > 1:
            self.helps("the turn", Cat(~turn | (self.inside("turn") == k)
                                       for k, turn in enumerate(turns)).all())  # fmt: skip
        for k in range(len(senders)):
            first = sum(senders[:k])
            place = Mux(turns[k], number - first, 0)[: len(self.inside(f"link_{k}.word"))]
            self.helps(f"the word of sender {k + 1}", self.inside(f"link_{k}.word") == place)
        self.reaches("a pixel after a pixel", begins & self.ended(m, carried, number))

    def ended(self, m: Module, carried: Value, number: Signal) -> Signal:
        """Return whether a pixel has ended."""
        ended = Signal()
        with m.If(carried & (number == self.params.words - 1)):
            m.d.sync += ended.eq(1)
        return ended


PROOF = StreamProof
