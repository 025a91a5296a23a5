"""Proof of the fully connected layer: scores, answer and their time, behind any crossbar's sums.

What the columns' sums are is the crossbar's own proof; here the sums that it hands over are taken
as they are. Nothing is programmed while an answer is computed.
"""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.fully_connected import FullyConnected, State
from goldspike.model.imc.fully_connected import FullyConnectedParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "FullyConnectedProof"]


@bug_in(FullyConnected)
def adds_no_bias(m, dut, inside):
    """Take the bias of the first class for all."""
    m.d.comb += inside("read__addr").eq(0)


@bug_in(FullyConnected)
def prefers_the_last(m, dut, inside):
    """Of equal scores answer with the last class."""
    with m.If((inside("state") == State.COMPARE) & (inside("score") == inside("best"))):
        m.d.sync += dut.answer.eq(inside("index"))


@bug_in(FullyConnected)
def overlooks_a_class(m, dut, inside):
    """End before the last class."""
    with m.If((inside("state") == State.COMPARE) & (inside("index") == dut.params.classes - 2)):
        m.d.sync += [inside("state").eq(State.FILL), inside("index").eq(0), dut.answered.eq(1)]


@bug_in(FullyConnected)
def takes_on(m, dut, inside):
    """Take words while the scores are compared."""
    m.d.comb += dut.ready.eq((inside("state") == State.FILL) | (inside("state") == State.COMPARE))


@bug_in(FullyConnected)
def misses_words(m, dut, inside):
    """Load no word on a tick on which a weight comes."""
    m.d.comb += dut.crossbar.load.eq(dut.valid & dut.ready & ~dut.program_weight)


@bug_in(FullyConnected)
def shifts_biases(m, dut, inside):
    """Load the first bias twice."""
    with m.If(dut.program_bias & (inside("place") == dut.params.classes - 1)):
        m.d.sync += inside("place").eq(1)


@bug_in(FullyConnected)
def forgets(m, dut, inside):
    """Clear the first score as soon as the next pixel begins."""
    with m.If(dut.valid & dut.ready):
        m.d.sync += dut.scores[: dut.params.score_bits].eq(0)


@bug_in(FullyConnected)
def sleeps(m, dut, inside):
    """Rest while the answer comes."""
    filling = ~dut.ready | (inside("taken") != 0)
    m.d.comb += dut.busy.eq(dut.crossbar.busy | dut.program_bias | filling)


@bug_in(FullyConnected)
def waits_for_ever(m, dut, inside):
    """Wait for a crossbar that is not at work."""
    with m.If((inside("state") == State.COMPUTE) & ~dut.crossbar.done):
        m.d.sync += inside("state").eq(State.COMPUTE)


def sized(channels: int, classes: int, word_bits: int = 8, per_tick: int = 1, weight_bits: int = 2):
    """Return the parameters of a layer of this size."""
    return FullyConnectedParams(
        channels=channels, classes=classes, word_bits=word_bits, rows_per_tick=per_tick,
        weight_bits=weight_bits,
    )  # fmt: skip


class FullyConnectedProof(Proof):
    """Any class, any sums, any number of pixels."""

    rtl = FullyConnected
    configs: ClassVar = {
        "1-2": sized(1, 2),
        "2-2": sized(2, 2),
        "5-4": sized(5, 4, word_bits=16, per_tick=2, weight_bits=4),
        "7-10": sized(7, 10, word_bits=32, per_tick=4, weight_bits=4),
    }
    quick = ("1-2",)
    search = 10
    bugs: ClassVar = {
        "nothing is taken while an answer is computed": takes_on,
        "every word taken is loaded, and started after the last": misses_words,
        "a bias is where so many loads have brought it": shifts_biases,
        "scores and answer stay until they are compared again": forgets,
        "busy from a pixel's first word to its answer": sleeps,
        "ready again in its time, from any state": waits_for_ever,
        "a score is its column's sum and its bias, in wide numbers": adds_no_bias,
        "the answer is the first of the highest scores": prefers_the_last,
        "one answer for every pixel, in its time": overlooks_a_class,
    }

    def properties(self, m: Module) -> None:
        """Count words and ticks; follow one class."""
        dut, params = self.dut, self.params
        words, ticks = params.crossbar.memory.words, params.ticks
        taken = Signal(range(words + 1))  # words of the pixel that comes in
        since = self.since = Signal(range(ticks + 1))  # its last word; 0 is at rest
        takes = dut.valid & dut.ready
        last = takes & (taken == words - 1)
        with m.If(takes):
            m.d.sync += taken.eq(Mux(last, 0, taken + 1))
        with m.If(last):
            m.d.sync += since.eq(1)
        with m.Elif(since == ticks):
            m.d.sync += since.eq(0)
        with m.Elif(since != 0):
            m.d.sync += since.eq(since + 1)
        computes = (since != 0) & (since != ticks)
        programs = dut.program_weight | dut.program_bias
        self.assumes("nothing is programmed meanwhile", dut.ready | ~programs)
        crossbar = dut.crossbar
        self.holds("one answer for every pixel, in its time", dut.answered == (since == ticks))
        self.holds("nothing is taken while an answer is computed", dut.ready == ~computes)
        self.holds(
            "every word taken is loaded, and started after the last",
            (crossbar.load == takes) & (~takes | (crossbar.word == dut.word))
            & (crossbar.start == (since == 1)),
        )  # fmt: skip
        self.holds(
            "busy from a pixel's first word to its answer",
            dut.busy == (programs | takes | (taken != 0) | (since != 0)),
        )
        compares = (since > params.crossbar.ticks + 1) & (since != ticks)
        compared, scores, answer = Signal(), Signal.like(dut.scores), Signal.like(dut.answer)
        m.d.sync += [compared.eq(compares), scores.eq(dut.scores), answer.eq(dut.answer)]
        same = (dut.scores == scores) & (dut.answer == answer)
        self.holds("scores and answer stay until they are compared again", compared | same)
        done = Signal(range(params.classes + 1))  # classes compared
        first = params.crossbar.ticks + 2
        m.d.comb += done.eq(Mux(since >= first, since - first, 0))
        self.follow_class(done)
        self.follow_bias(m)
        self.tie(taken, done)

        index, cycle = self.inside("index"), self.inside("crossbar.index")
        patience = (1 << len(index)) + (1 << len(cycle)) + 5
        in_time = self.ticks_since(dut.ready, patience) != patience
        self.leaves("ready again in its time, from any state", in_time, patience)

    def follow_class(self, done: Signal) -> None:
        """Compare one arbitrary class's score with what it is made of, and with the answer's."""
        dut, params = self.dut, self.params
        number = self.number = self.any_value("class", params.classes)
        score, best = (
            dut.scores.word_select(k, params.score_bits).as_signed() for k in (number, dut.answer)
        )
        column = dut.crossbar.sums.word_select(number, params.crossbar.sum_bits).as_signed()
        bias = self.bias = self.contents("biases", number)
        made = score == column + bias.as_signed()
        beaten = (best > score) | ((best == score) & (dut.answer <= number))
        self.holds(
            "a score is its column's sum and its bias, in wide numbers", ~dut.answered | made
        )
        self.holds("the answer is the first of the highest scores", ~dut.answered | beaten)
        self.helps("compared so far", (number >= done) | (made & beaten))
        self.helps(
            "the best so far",
            (done == 0) | ((best == self.inside("best")) & (dut.answer < done)),
        )
        self.reaches("a class after the first wins", dut.answered & (dut.answer != 0))

    def follow_bias(self, m: Module) -> None:
        """Follow the bias of one arbitrary class; resets leave what the memory holds."""
        dut, classes = self.dut, self.params.classes
        place = Signal(range(classes + 1))
        known, loaded = Signal(reset_less=True), Signal.like(dut.bias, reset_less=True)
        with m.If(dut.program_bias):
            m.d.sync += place.eq(Mux(place == classes - 1, 0, place + 1))
            with m.If(place == self.number):
                m.d.sync += [known.eq(1), loaded.eq(dut.bias)]
        self.holds("a bias is where so many loads have brought it", ~known | (self.bias == loaded))
        self.helps("place", (place == self.inside("place")) & (place < classes))

    def tie(self, taken: Signal, done: Signal) -> None:
        """Tie state and crossbar to the ticks that were counted."""
        params, since, crossbar = self.params, self.since, self.params.crossbar
        state, index = self.inside("state"), self.inside("index")
        fills = (since == 0) | (since == params.ticks)
        compares = since > crossbar.ticks + 1
        works = (since > 1) & (since <= crossbar.words + 1)
        now = Mux(since == 1, State.START, Mux(compares, State.COMPARE, State.COMPUTE))
        self.helps("state", Value.cast(state) == Mux(fills, State.FILL, now))
        self.helps("since", (since <= params.ticks) & ((taken == 0) | fills))
        self.helps("taken", (taken == self.inside("taken")) & (taken < crossbar.memory.words))
        self.helps("index", ~compares | (index == Mux(fills, 0, done)))
        self.helps("at work", self.inside("crossbar.at_work") == works)
        self.helps("row", self.inside("crossbar.index") == Mux(works, since - 2, 0))
        adds = (since > 2) & (since <= crossbar.words + 2)
        self.helps("adds", self.inside("crossbar.adds") == adds)
        self.helps("done", self.dut.crossbar.done == (since == crossbar.ticks + 1))
        read = self.read_word("biases") == self.contents("biases", index)
        self.helps("the bias read", fills | ~compares | read)


PROOF = FullyConnectedProof
