"""Proof of the output memory: one arbitrary word, from where it goes in to where it leaves.

Who pushes keeps to the contract: a pixel begins only where there is room for it.
"""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "OutputMemoryProof"]


@bug_in(OutputMemory)
def skips_a_word(m, dut, inside):
    """Read past a word that goes in on the tick on which another leaves."""
    with m.If(dut.push & inside("pops") & (inside("head") == 0)):
        m.d.sync += inside("head").eq(inside("tail"))


@bug_in(OutputMemory)
def offers_early(m, dut, inside):
    """Offer a pixel as soon as it is whole."""
    m.d.comb += dut.valid.eq(inside("held") != 0)


@bug_in(OutputMemory)
def does_not_wait(m, dut, inside):
    """Go on to the next word whether this one was taken or not."""
    m.d.comb += inside("pops").eq(dut.valid)


@bug_in(OutputMemory)
def promises_too_much(m, dut, inside):
    """Offer, and give away the room of what is still held."""
    with m.If(dut.offer):
        m.d.sync += inside("free").eq(dut.params.pixels)


@bug_in(OutputMemory)
def counts_the_last_pixel_late(m, dut, inside):
    """Recount the room without the pixel that ends on the same tick."""
    with m.If(dut.offer):
        m.d.sync += inside("free").eq(dut.params.pixels - inside("held"))


@bug_in(OutputMemory)
def frees_at_once(m, dut, inside):
    """Recount the room with every pixel that leaves."""
    with m.If(inside("whole_out")):
        m.d.sync += inside("free").eq(dut.params.pixels - inside("held_next"))


@bug_in(OutputMemory)
def sleeps(m, dut, inside):
    """Rest while nothing moves."""
    m.d.comb += dut.busy.eq(dut.push | inside("pops"))


class OutputMemoryProof(Proof):
    """Any word, marked as it goes in, followed until it leaves."""

    rtl = OutputMemory
    configs: ClassVar = {
        "1x1": OutputMemoryParams(words=1, pixels=1, word_bits=8),
        "3x2": OutputMemoryParams(words=3, pixels=2, word_bits=8),
        "1x5": OutputMemoryParams(words=1, pixels=5, word_bits=16),
        "published": OutputMemoryParams(words=4, pixels=2),
        "7x5": OutputMemoryParams(words=7, pixels=5, word_bits=16),
        "4x8": OutputMemoryParams(words=4, pixels=8, word_bits=16),
        "16x8": OutputMemoryParams(words=16, pixels=8, word_bits=8),
    }
    quick = ("1x1", "3x2")
    search = 16
    bugs: ClassVar = {
        "every word leaves after those before it, unchanged": skips_a_word,
        "only whole pixels are offered, from their timestep on": offers_early,
        "a word that is offered stays until it is taken": does_not_wait,
        "where there is room a pixel fits": promises_too_much,
        "after an offer there is room for all that is not held": counts_the_last_pixel_late,
        "until the next offer every pixel takes room": frees_at_once,
        "busy while anything is held": sleeps,
    }

    def properties(self, m: Module) -> None:
        """Count words, and follow one."""
        dut, words, depth = self.dut, self.params.words, self.params.depth
        pops = dut.valid & dut.ready
        held, held_next, due = (
            Signal(range(depth + 2), name=name) for name in ("held", "held_next", "due")
        )
        into, into_next, out_of = (  # words of the pixels that are under way
            Signal(range(words + 1), name=name) for name in ("into", "into_next", "out_of")
        )
        m.d.comb += [
            held_next.eq(held + dut.push - pops),
            into_next.eq(Mux(dut.push, Mux(into == words - 1, 0, into + 1), into)),
        ]
        m.d.sync += [held.eq(held_next), into.eq(into_next), due.eq(due - pops)]
        with m.If(pops):
            m.d.sync += out_of.eq(Mux(out_of == words - 1, 0, out_of + 1))
        with m.If(dut.offer):
            m.d.sync += due.eq(held_next - into_next)
        self.assumes("a pixel begins where there is room", ~dut.push | (into != 0) | dut.room.any())

        enters = self.any_event("enters")
        marked = Signal()
        data = Signal.like(dut.word)
        ahead = Signal(range(depth + 1))  # words that leave before it
        with m.If(marked):
            m.d.sync += ahead.eq(ahead - pops)
            with m.If(pops & (ahead == 0)):
                m.d.sync += marked.eq(0)
        with m.Elif(dut.push & enters):
            m.d.sync += [marked.eq(1), data.eq(dut.data), ahead.eq(held - pops)]

        waited, offered, ended = Signal(), Signal(), Signal()
        word, room = Signal.like(dut.word), Signal.like(dut.room)
        m.d.sync += [
            waited.eq(dut.valid & ~dut.ready),
            offered.eq(dut.offer),
            ended.eq(dut.push & (into_next == 0)),
            word.eq(dut.word),
            room.eq(dut.room),
        ]
        fresh = Signal(init=1)
        m.d.sync += fresh.eq(0)
        leaves = marked & pops & (ahead == 0)
        self.holds(
            "every word leaves after those before it, unchanged", ~leaves | (dut.word == data)
        )
        self.holds("only whole pixels are offered, from their timestep on", dut.valid == (due != 0))
        self.holds(
            "a word that is offered stays until it is taken",
            ~waited | (dut.valid & (dut.word == word)),
        )
        self.holds("where there is room a pixel fits", ~dut.push | (held < depth))
        self.holds(
            "after an offer there is room for all that is not held",
            ~offered | (dut.room * words + held + out_of == depth + into),
        )
        self.holds(
            "until the next offer every pixel takes room",
            offered | fresh | (dut.room + ended == room),
        )
        self.holds("busy while anything is held", dut.busy == (dut.push | (held != 0)))
        self.tie(held, due, into, out_of)
        head = self.inside("head")
        place = self.contents("pixels", self.wrapped(head + ahead))
        self.helps("a word is where it was put", ~marked | ((place == data) & (ahead < held)))
        if depth == 1:
            self.reaches("a word leaves", leaves & (data != 0))
        else:
            self.reaches("a word leaves after others", leaves & (data != 0) & (head != 0))
            self.reaches("full", dut.push & (held == depth - 1))

    def tie(self, held: Signal, due: Signal, into: Signal, out_of: Signal) -> None:
        """Tie the circuit's registers to what was counted."""
        words, depth = self.params.words, self.params.depth
        pixels, offered, free = (self.inside(name) for name in ("held", "offered", "free"))
        head, tail = self.inside("head"), self.inside("tail")
        self.helps("into", (into == self.inside("entering")) & (into < words))
        self.helps("out of", (out_of == self.inside("leaving")) & (out_of < words))
        self.helps("held", held + out_of == pixels * words + into)
        self.helps("offered", due + out_of == offered * words)
        self.helps("no more offered than held", offered <= pixels)
        self.helps("what leaves is offered", (out_of == 0) | (offered != 0))
        self.helps("room", free + pixels <= self.params.pixels)
        self.helps("room for what goes in", (into == 0) | (free != 0))
        self.helps("head and tail", (head < depth) & (tail == self.wrapped(head + held)))

    def wrapped(self, place):
        """Return a place, of those after the last one the same again from the first."""
        return Mux(place >= self.params.depth, place - self.params.depth, place)


PROOF = OutputMemoryProof
