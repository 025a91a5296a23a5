"""Proof of the partial adder: one arbitrary word of sums, from where it comes in to its channels.

Who pushes and starts keeps to the contract: a pixel of sums begins only where there is room, and an
addition only where a whole pixel waits and none is under way.
"""

from typing import ClassVar

from amaranth.hdl import Array, Cat, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.model.imc.partial_adder import PartialAdderParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "PartialAdderProof"]


@bug_in(PartialAdder, PartialAdder.added)
def forgets_the_sign(self, lane):
    """Take a lane for a number without a sign."""
    return lane[: self.params.partial_bits]


@bug_in(PartialAdder)
def pops_early(m, dut, inside):
    """Let a word go with its first lane."""
    m.d.comb += inside("ends_word").eq(inside("lane") == 0)


@bug_in(PartialAdder, OutputMemory.free_pixels)
def has_room_for_one_more(self, held):
    """Say that there is room for one pixel too many."""
    return self.params.pixels + 1 - held


@bug_in(PartialAdder)
def waits_for_the_first_word(m, dut, inside):
    """Say that sums wait as soon as some of them are there."""
    m.d.comb += dut.waits.eq((inside("queue.held") != 0) | (inside("queue.entering") != 0))


@bug_in(PartialAdder)
def frees_at_the_start(m, dut, inside):
    """Count the room of the sums that are being added."""
    m.d.comb += dut.room.eq(inside("queue.free") + inside("at_work"))


@bug_in(PartialAdder)
def sleeps(m, dut, inside):
    """Rest while words come in."""
    m.d.comb += dut.busy.eq(dut.start | inside("at_work"))


class PartialAdderProof(Proof):
    """Any word, marked as it comes in, followed until its last lane is added."""

    rtl = PartialAdder
    configs: ClassVar = {
        "3-in-16": PartialAdderParams(channels=3, own_bits=4, partial_bits=5, word_bits=16),
        "2-in-8": PartialAdderParams(
            channels=2, own_bits=4, partial_bits=10, word_bits=8, pixels=1, hold=2
        ),
        "5-in-64": PartialAdderParams(channels=5, word_bits=64, pixels=4),
        "published": PartialAdderParams(channels=56, own_bits=23, partial_bits=23),
    }
    quick = ("2-in-8", "3-in-16")
    search = 20
    bugs: ClassVar = {
        "what came is added to its channel's own sum": forgets_the_sign,
        "a word leaves with its last lane": pops_early,
        "no more pixels wait than there are places": has_room_for_one_more,
        "sums wait when all of a pixel's are there": waits_for_the_first_word,
        "there is room for what does not wait": frees_at_the_start,
        "busy while something comes or is added": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Count words and channels, and follow a word."""
        dut, params, packer = self.dut, self.params, self.params.packer
        groups, pieces, depth = packer.groups, packer.lane_words, params.queue.depth
        piece = Signal(range(pieces + 1))  # of the word that comes next, in its lane
        group = Signal(range(groups + 1))
        kept = Signal(max(1, (pieces - 1) * params.word_bits))
        whole = Signal(range(params.pixels + 2))  # pixels
        words = Signal(range(depth + 2))
        works = Signal()  # an addition is under way: of which channel, and for how many ticks
        channel, held = Signal(range(params.channels + 1)), Signal(range(params.hold + 1))
        lane, gone = Signal(range(packer.lanes + 1)), Signal(range(groups + 1))
        enters, moves, pops, ends = Signal(), Signal(), Signal(), Signal()
        full = Cat(kept, dut.data)[-pieces * params.word_bits :]
        last_lanes = [k for k in range(params.channels) if self.ends_word(k)]
        m.d.comb += [
            enters.eq(dut.push & (piece == pieces - 1)),
            moves.eq(works & (held == params.hold - 1)),
            ends.eq(moves & (channel == params.channels - 1)),
            pops.eq(moves & Cat(channel == k for k in last_lanes).any()),
        ]
        m.d.sync += [
            whole.eq(whole + (enters & (group == groups - 1)) - ends),
            words.eq(words + enters - pops),
            works.eq(dut.start | (works & ~ends)),
            held.eq(Mux(dut.start | ~works | moves, 0, held + 1)),
        ]
        with m.If(moves):
            m.d.sync += [
                channel.eq(Mux(ends, 0, channel + 1)),
                lane.eq(Mux(pops, 0, lane + 1)),
                gone.eq(Mux(ends, 0, gone + pops)),
            ]
        with m.If(dut.push):
            m.d.sync += [piece.eq(Mux(enters, 0, piece + 1)), kept.eq(full[params.word_bits :])]
        with m.If(enters):
            m.d.sync += group.eq(Mux(group == groups - 1, 0, group + 1))
        begins = dut.push & (piece == 0) & (group == 0)
        self.assumes("a pixel begins where there is room", ~begins | dut.room.any())
        self.assumes("an addition where a pixel waits", ~dut.start | (~works & (whole != 0)))

        marked, ahead = Signal(), Signal(range(depth + 1))  # words that leave before it
        data, its = Signal(len(full)), Signal.like(group)
        with m.If(marked):
            m.d.sync += ahead.eq(ahead - pops)
            with m.If(pops & (ahead == 0)):
                m.d.sync += marked.eq(0)
        with m.Elif(enters & self.any_event("enters")):
            m.d.sync += [marked.eq(1), data.eq(full), ahead.eq(words - pops), its.eq(group)]

        # of the channel and the lane that the circuit is at, which are those counted
        at, lane_at = self.inside("channel"), self.inside("lane")
        own = dut.sums.word_select(at, params.own_bits).as_signed()
        added = data.word_select(lane_at, params.lane_bits)[: params.partial_bits].as_signed()
        total = Signal.like(dut.sum)
        m.d.comb += total.eq(own + added)
        self.holds(
            "what came is added to its channel's own sum",
            ~(marked & (ahead == 0) & works) | ((its == gone) & (dut.sum == total)),
        )
        self.holds("a word leaves with its last lane", self.inside("queue.pops") == pops)
        self.holds("no more pixels wait than there are places", ~enters | (words < depth))
        self.holds("sums wait when all of a pixel's are there", dut.waits == (whole != 0))
        self.holds("there is room for what does not wait", dut.room == params.pixels - whole)
        self.holds(
            "busy while something comes or is added", dut.busy == (dut.push | dut.start | works)
        )
        counted = {"channel": channel, "lane": lane, "held": held, "queue.leaving": gone}
        self.tie(works, counted, whole, words, group)
        inside, head = self.inside, self.inside("queue.head")
        out_of = inside("queue.leaving")
        if pieces > 1:
            self.helps("pieces", (inside("piece") == piece) & (inside("before") == kept))
        self.helps("piece", piece < pieces)
        self.helps("a pixel that has begun has room", (piece + group == 0) | (dut.room != 0))
        place = self.contents("queue.pixels", self.wrapped(head + ahead))
        order = Array(k % groups for k in range(depth + groups + 1))
        self.helps(
            "a word is where it was put",
            ~marked | ((place == data) & (ahead < words) & (its == order[ahead + out_of])),
        )
        self.reaches("a word behind another is added", marked & pops & (data != 0) & (words > 1))

    def ends_word(self, channel: int) -> bool:
        """Return whether a channel's lane is the last of its word."""
        lanes = self.params.packer.lanes
        return channel == self.params.channels - 1 or channel % lanes == lanes - 1

    def tie(
        self, works: Signal, counted: dict[str, Signal], whole: Signal, words: Signal, group: Signal
    ) -> None:
        """Tie the circuit's registers to what was counted."""
        params, packer, inside = self.params, self.params.packer, self.inside
        depth, head = params.queue.depth, inside("queue.head")
        out_of, groups = inside("queue.leaving"), packer.groups
        for name, value in counted.items():
            self.helps(name, inside(name) == value)
        channel, lane, held, gone = counted.values()
        self.helps(
            "lane and word of a channel",
            Cat(
                (channel == k) & (lane == k % packer.lanes) & (gone == k // packer.lanes)
                for k in range(params.channels)
            ).any(),
        )
        self.helps("at rest", works | ((channel == 0) & (held == 0)))
        self.helps("at work", (inside("at_work") == works) & (held < params.hold))
        self.helps("what is added waits", ~works | (whole != 0))
        self.helps("whole", (inside("queue.held") == whole) & (inside("queue.offered") == whole))
        self.helps("free", (inside("queue.free") + whole == params.pixels))
        self.helps("words", words + out_of == whole * groups + group)
        self.helps("group", (inside("queue.entering") == group) & (group < groups))
        self.helps(
            "head and tail",
            (head < depth) & (inside("queue.tail") == self.wrapped(head + words)),
        )

    def wrapped(self, place):
        """Return a place, of those after the last one the same again from the first."""
        depth = self.params.queue.depth
        return Mux(place >= depth, place - depth, place)


PROOF = PartialAdderProof
