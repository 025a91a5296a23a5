"""The stream is no block of the chip: its circuit against its model, and against what was sent.

Whoever sends or receives may hold back in every state of a pixel in which the contract lets it: a
sender until it offers its part and once that is gone, a receiver until it takes and once it has its
own words. In an array parts of a stage keep step, so that no join ever waits there.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.shared.stream import Stream
from goldspike.model.imc.shared.stream import StreamModel, StreamParams

TICKS = 1500
WORD_BITS = 16
CONFIGS = {
    "join": StreamParams(senders=(1, 2), receivers=((0, 3), (0, 1)), word_bits=WORD_BITS),
    "fork": StreamParams(
        senders=(3,), receivers=((0, 1), (1, 2)), pixels=2, window=7, word_bits=WORD_BITS
    ),
    "both": StreamParams(
        senders=(2, 1, 3), receivers=((0, 4), (4, 2), (0, 6)), pixels=2, word_bits=WORD_BITS
    ),
}


@dataclass
class Ends:
    """Senders and receivers at random, within the contract."""

    params: StreamParams
    seed: int
    sent: list[list[int]] = field(default_factory=list)
    received: list[list[int]] = field(default_factory=list)
    held_back: set[tuple[str, int, int]] = field(default_factory=set)
    """Who held back at which word of a pixel."""

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.sent = [[] for _ in self.params.senders]
        self.received = [[] for _ in self.params.receivers]
        self.valid = [False] * len(self.params.senders)
        self.ready = [False] * len(self.params.receivers)
        self.words = [self.draw() for _ in self.params.senders]

    def draw(self) -> int:
        return int(self.rng.integers(1 << WORD_BITS))

    def move(self, word: int) -> None:
        """Choose who offers and who takes, `word` words of a pixel having passed."""
        first = 0
        for k, count in enumerate(self.params.senders):
            bound = word and word < first + count  # its words follow each other without a gap
            self.valid[k] = bool(bound or self.valid[k] or self.rng.random() < 0.4)
            if not self.valid[k]:
                self.held_back.add(("sender", k, word))
            first += count
        for k, (begin, count) in enumerate(self.params.receivers):
            bound = word and word < begin + count  # who takes a pixel takes all of it
            self.ready[k] = bool(bound or self.rng.random() < 0.6)
            if not self.ready[k]:
                self.held_back.add(("receiver", k, word))

    def may_hold_back(self) -> set[tuple[str, int, int]]:
        """Return everyone with every word of a pixel at which the contract lets it."""
        found = {
            (name, k, 0)
            for name, ends in (("sender", self.valid), ("receiver", self.ready))
            for k in range(len(ends))
        }
        for name, lasts in (
            ("sender", np.cumsum(self.params.senders).tolist()),
            ("receiver", [begin + count for begin, count in self.params.receivers]),
        ):
            for k, last in enumerate(lasts):
                found |= {(name, k, word) for word in range(last, self.params.words)}
        return found

    def take(self, sender: int) -> None:
        """Note that a sender's word is gone."""
        self.sent[sender].append(self.words[sender])
        self.words[sender] = self.draw()
        if len(self.sent[sender]) % self.params.senders[sender] == 0:
            self.valid[sender] = False  # offers the next pixel when it likes

    def expected(self) -> list[list[int]]:
        """Return what every receiver must have got: its part of every pixel, in order."""
        counts = self.params.senders
        whole = min(len(words) // n for words, n in zip(self.sent, counts, strict=True))
        parts = [
            np.array(words[: whole * n]).reshape(whole, n)
            for words, n in zip(self.sent, counts, strict=True)
        ]
        pixels = np.concatenate(parts, axis=1)
        return [pixels[:, a : a + n].ravel().tolist() for a, n in self.params.receivers]


def run(circuit: type, config: str, seed: int = 1) -> None:
    """Hold a circuit against the model on every tick, and what came against what went."""
    params = CONFIGS[config]
    stream, model, ends = circuit(params), StreamModel(params), Ends(params, seed)

    async def testbench(ctx: Any) -> None:
        for now in range(TICKS):
            ends.move(model.word)
            step = now % 11 == 0
            for name, lines in (("valid", ends.valid), ("o_ready", ends.ready)):
                ctx.set(getattr(stream, name), sum(up << k for k, up in enumerate(lines)))
            ctx.set(stream.word, sum(w << k * WORD_BITS for k, w in enumerate(ends.words)))
            ctx.set(stream.step, step)
            carries, sender = model.carries(ends.valid, ends.ready), model.sender
            takes = [carries and k == sender for k in range(len(ends.valid))]
            gets = [carries and its for its in model.receives()]
            ready, o_valid = ctx.get(stream.ready), ctx.get(stream.o_valid)
            taken = [ready >> k & 1 and up for k, up in enumerate(ends.valid)]
            assert list(map(bool, taken)) == takes, f"tick {now}: taken"
            assert [bool(o_valid >> k & 1) for k in range(len(gets))] == gets, f"tick {now}: given"
            for k, its in enumerate(gets):
                if its:
                    ends.received[k].append(ctx.get(stream.o_word))
            if carries:
                ends.take(sender)
            model.tick(carries=carries, step=step)
            await ctx.tick()

    simulator = Simulator(stream)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    whole = [count for _, count in params.receivers]
    got = [words[: len(words) // n * n] for words, n in zip(ends.received, whole, strict=True)]
    for words, expected in zip(got, ends.expected(), strict=True):
        assert words[: len(expected)] == expected
        assert len(expected) > 20 * params.words
    assert ends.held_back == ends.may_hold_back()


@pytest.mark.parametrize("config", CONFIGS)
def test_whoever_holds_back_every_word_comes_once_and_in_order(config: str) -> None:
    run(Stream, config)


@bug_in(Stream, Link.takes)
def waits_for_one_receiver(self: Link) -> Value:
    """Bug: a fork waits for its first receiver only."""
    return self.o_ready[0]


@bug_in(Stream, Stream.joined)
def waits_for_one_sender(self: Stream) -> Value:
    """Bug: a join begins a pixel as soon as any sender offers its part."""
    return self.valid.any()


@bug_in(Stream)
def drops_the_later_one(m: Any, stream: Stream, inside: Any) -> None:
    """Bug: a join takes a word from all senders at once, and drops the later ones'."""
    m.d.comb += stream.ready.eq(inside("carries").replicate(len(stream.params.senders)))


@bug_in(Stream)
def shows_the_first_sender(m: Any, stream: Stream, inside: Any) -> None:
    """Bug: a join carries the first sender's words in the place of the others'."""
    m.d.comb += stream.o_word.eq(stream.word[:WORD_BITS])


@pytest.mark.parametrize(
    ("rtl", "config"),
    [
        (waits_for_one_receiver, "fork"),
        (waits_for_one_receiver, "both"),
        (waits_for_one_sender, "join"),
        (drops_the_later_one, "join"),
        (shows_the_first_sender, "both"),
    ],
)
def test_a_wrong_stream_is_caught(rtl: type, config: str) -> None:
    with pytest.raises(AssertionError, match=r"^tick \d+: |== \["):
        run(rtl, config)
