"""Proof of the core: what is taken is computed once, and what is computed leaves once, in order.

Whoever takes words may stall for as long as he likes, and words may come on any tick. What the
parts do, their own proofs say; those of the output memories are included here, of crossbar and
digital processor what concerns time, and what they assume of each other has to be true. Scales are
left out: a byte is made of sum and residual. Of cores that add no partial sums.
"""

from typing import Any, ClassVar

from amaranth.hdl import Module, Mux, Signal, Value, ValueLike

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.hdl.imc.dataflow_controller import DataflowController, State
from goldspike.hdl.imc.digital_processor import DigitalProcessor
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.proofs.imc.crossbar import CrossbarProof
from goldspike.proofs.imc.digital_processor import DigitalProcessorProof
from goldspike.proofs.imc.output_memory import OutputMemoryProof
from goldspike.proofs.part import include, keeping
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CoreProof"]

PARTS = (DataflowController, InputMemory, Crossbar, DigitalProcessor, OutputMemory)


class Opened(Core):
    """A core whose parts can be named, and whose processor scales nothing."""

    def elaborate(self, platform: object) -> Module:
        """Build the circuit; keep its parts."""
        with keeping("goldspike.hdl.imc.core", PARTS) as made:
            m = super().elaborate(platform)
        self.controller, self.memory, self.array, self.processor, self.output, *others = made
        self.processor.total = lambda number, scale, residual: number + residual
        self.queue = others.pop(0) if self.params.residual_in else None
        self.sender = others.pop(0) if self.params.residual_out else None
        return m


class CrossbarInTime(CrossbarProof):
    """When a crossbar is at work, and that its sums stay."""

    def add_up(self, *_: Any, **__: Any) -> None:
        """Leave out what the sums are."""

    def follow_weight(self, *_: Any, **__: Any) -> None:
        """Leave out where weights are."""

    def follow_byte(self, *_: Any, **__: Any) -> None:
        """Leave out where bytes are."""


class ProcessorInTime(DigitalProcessorProof):
    """When a digital processor is at work, and when it pushes."""

    def follow_channel(self, *_: Any, **__: Any) -> None:
        """Leave out what the bytes are."""


@bug_in(Opened)
def computes_without_room(m, core, inside):
    """Compute whether or not there is room for what comes of it."""
    m.d.comb += core.controller.room.eq(1)


@bug_in(Opened)
def drops_a_word(m, core, inside):
    """Lose a word that is made on a tick on which another leaves."""
    m.d.comb += core.output.push.eq(core.processor.push & ~(core.out_valid & core.out_ready))


@bug_in(Opened)
def shows_what_comes(m, core, inside):
    """Send the word that is made, where one is made just then."""
    with m.If(core.processor.push):
        m.d.comb += core.out_word.eq(core.processor.word)


@bug_in(Opened)
def withdraws(m, core, inside):
    """Offer nothing while a timestep begins."""
    m.d.comb += core.out_valid.eq(core.output.valid & ~core.step)


@bug_in(Opened)
def loads_what_arrives(m, core, inside):
    """Load the crossbar with a word that comes in, not with the one that was read."""
    m.d.comb += core.array.word.eq(core.in_word)


@bug_in(Opened)
def loads_late(m, core, inside):
    """Load nothing on the tick of a start."""
    m.d.comb += core.array.load.eq(inside("fetched") & ~core.controller.start)


@bug_in(Opened)
def takes_and_forgets(m, core, inside):
    """Say that a word is taken on every tick on which pixels may come."""
    m.d.comb += core.in_ready.eq(core.controller.receiving)


@bug_in(Opened)
def adds_what_is_not_there(m, core, inside):
    """Compute before what is added has come."""
    m.d.comb += core.controller.residual_valid.eq(1)


@bug_in(Opened)
def sends_on(m, core, inside):
    """Send a residual's word again for as long as the crossbar is at work."""
    m.d.comb += core.sender.push.eq(inside("read") | core.array.busy)


@bug_in(Opened)
def takes_residuals_at_will(m, core, inside):
    """Take residuals whether or not there is room for them."""
    m.d.comb += core.res_ready.eq(core.controller.receiving)


@bug_in(Opened)
def rests_too_soon(m, core, inside):
    """Rest while pixels wait to leave."""
    m.d.comb += core.busy.eq(core.controller.busy)


@bug_in(Opened)
def starts_again(m, core, inside):
    """Start the crossbar again when it is done."""
    m.d.comb += core.array.start.eq(core.controller.start | core.array.done)


def sized(height: int, outputs: int, word_bits: int = 8, **rules: Any) -> CoreParams:
    """Return a core with a kernel of one pixel, so that every pixel gives one."""
    layer = LayerParams(
        height=height, width=1, channels=rules.pop("channels", 1), outputs=outputs,
        kernel=rules.pop("kernel", 1), padding=0,
    )  # fmt: skip
    return CoreParams(
        layer=layer, word_bits=word_bits, weight_bits=2, rows_per_tick=1, shift=2,
        depth=layer.height * layer.kernel * layer.channels, **rules,
    )  # fmt: skip


class CoreProof(Proof):
    """Any words, steps and stalls; one word followed on its way in, and one on its way out."""

    rtl = Opened
    depth = 2
    configs: ClassVar = {
        "small": sized(1, 1, window=1),
        "residuals": sized(1, 2, window=1, gain=3, residual_out=True, held=1),
        "words": sized(2, 3, word_bits=16, channels=3, window=3, residual_out=True),
    }
    quick = ("small", "residuals")
    search = 38
    bugs: ClassVar = {
        "a word that is offered stays until it is taken": withdraws,
        "a word is taken as it is stored, once": takes_and_forgets,
        "a word is made only where there is room for it": computes_without_room,
        "every window started is one pixel that leaves, waits, or is being made": drops_a_word,
        "every word made leaves after those before it, unchanged": shows_what_comes,
        "a word taken is loaded as it came, whenever its place is read": loads_what_arrives,
        "every word read is loaded, before the next start": loads_late,
        "one pixel is made at a time": starts_again,
        "no residual is added before it is there": adds_what_is_not_there,
        "a residual is sent only where there is room for it": sends_on,
        "a residual is taken only where there is room for it": takes_residuals_at_will,
        "at rest nothing is being made, and nothing waits to leave": rests_too_soon,
    }

    def properties(self, m: Module) -> None:
        """Include the proofs of the parts; then follow a word in, a pixel through, a word out."""
        dut = self.dut
        state = self.inside("controller.state")
        self.reads = (state == State.READ) | (state == State.START)
        self.makes = state == State.WAIT
        programs = dut.program_weight | dut.program_scale
        self.assumes("nothing is programmed meanwhile", ~programs | ~(self.reads | self.makes))
        self.helps("a state that there is", state <= State.WAIT)
        self.read = self.before("read", dut.controller.fetch)
        include(self, OutputMemoryProof, dut.output, "output")
        crossbar = include(self, CrossbarInTime, dut.array, "crossbar")
        processor = include(self, ProcessorInTime, dut.processor, "processor")
        self.computes, self.since = crossbar.since != 0, processor.since
        self.keep_time(dut)
        self.follow_in(m)
        self.follow_out(m)
        self.count_pixels(m)
        if dut.queue:
            self.follow_added()
        if dut.sender:
            self.follow_sent(state)
        self.rest(state)

    def before(self, name: str, value: ValueLike) -> Signal:
        """Return what a value was on the tick before."""
        was = Signal(len(Value.cast(value)), name=f"was_{name}")
        self.m.d.sync += was.eq(value)
        return was

    def keep_time(self, dut: Any) -> None:
        """Say that one pixel is made at a time."""
        makes = self.since != 0
        starts = dut.array.start
        self.holds(
            "one pixel is made at a time",
            ~(self.computes & makes) & ~(starts & (self.computes | makes | self.makes)),
        )
        self.helps("being made", self.makes == (self.computes | makes))
        self.helps("what was read is loaded", ~self.read | self.reads)
        self.helps("the read was noted", self.inside("fetched") == self.read)
        self.helps("room until it is made", ~(self.reads | self.makes) | (dut.output.room != 0))

    def follow_in(self, m: Module) -> None:
        """Follow the word at one arbitrary place of the input memory to the crossbar."""
        dut, address = self.dut, self.inside("memory.address")
        place = self.any_value("address", self.params.memory.depth)
        kept, here = self.contents("memory.sram", place), address == place
        taken = dut.in_valid & dut.in_ready
        known, data = Signal(), Signal.like(dut.in_word)
        with m.If(taken & here):
            m.d.sync += [known.eq(1), data.eq(dut.in_word)]
        asks = dut.controller.fetch & ~dut.controller.pad & here & known
        asked, expected = self.before("asked", asks), self.before("expected", data)
        self.holds("a word is taken as it is stored, once", dut.controller.store == taken)
        self.holds("every word read is loaded, before the next start", dut.array.load == self.read)
        self.holds(
            "a word taken is loaded as it came, whenever its place is read",
            ~asked | (dut.array.word == expected),
        )
        self.helps("what was taken is there", ~known | (kept == data))
        self.helps("what was asked for was read", ~asked | (dut.memory.word == expected))
        self.reaches("a word is loaded", asked & (expected != 0))

    def follow_out(self, m: Module) -> None:
        """Follow one word from the processor to the pins."""
        dut, depth = self.dut, self.params.output.depth
        made, leaves = dut.processor.push, dut.out_valid & dut.out_ready
        waiting = Signal(range(depth + 2), name="waiting")
        ahead = Signal(range(depth + 1))
        marked, data, enters = Signal(), Signal.like(dut.out_word), self.any_event("made")
        m.d.sync += waiting.eq(waiting + made - leaves)
        with m.If(marked):
            m.d.sync += ahead.eq(ahead - leaves)
            with m.If(leaves & (ahead == 0)):
                m.d.sync += marked.eq(0)
        with m.Elif(made & enters):
            m.d.sync += [marked.eq(1), data.eq(dut.processor.word), ahead.eq(waiting - leaves)]
        self.holds("a word is made only where there is room for it", ~made | (waiting < depth))
        self.holds(
            "every word made leaves after those before it, unchanged",
            ~(marked & leaves & (ahead == 0)) | (dut.out_word == data),
        )
        stalled = self.before("stalled", dut.out_valid & ~dut.out_ready)
        same = dut.out_word == self.before("offered", dut.out_word)
        self.holds(
            "a word that is offered stays until it is taken", ~stalled | (dut.out_valid & same)
        )
        words, entering = self.params.output.words, self.inside("output.entering")
        held = self.inside("output.held") * words + entering
        self.helps("words that wait", waiting + self.inside("output.leaving") == held)
        head = self.inside("output.head")
        kept = self.contents("output.pixels", self.wrapped(head + ahead))
        self.helps("a word is where it was put", ~marked | ((kept == data) & (ahead < waiting)))
        ends = [3 + first + count for first, count in self.params.processor.slices]
        self.helps("words so far", entering == sum((self.since > end for end in ends[:-1]), 0))
        self.reaches("a word leaves", marked & leaves & (ahead == 0) & (data != 0))

    def wrapped(self, place: Value) -> Value:
        """Return a place of the output memory; behind the last one comes the first."""
        depth = self.params.output.depth
        return Mux(place >= depth, place - depth, place)

    def count_pixels(self, m: Module) -> None:
        """Count windows and pixels."""
        dut, words = self.dut, self.params.output.words
        leaves = dut.out_valid & dut.out_ready
        word = Signal(range(max(2, words)))  # of the pixel that leaves
        owed = Signal(6, name="pixels_owed")
        whole = leaves & (word == words - 1)
        m.d.sync += owed.eq(owed + dut.controller.start - whole)
        with m.If(leaves):
            m.d.sync += word.eq(Mux(whole, 0, word + 1))
        self.owed = owed
        self.helps("the word that leaves", (word == self.inside("output.leaving")) & (word < words))
        self.holds(
            "every window started is one pixel that leaves, waits, or is being made",
            owed == self.inside("output.held") + self.makes,
        )
        if not dut.queue:
            self.reaches("a pixel waits while another is made", self.makes & (owed == 2))

    def follow_added(self) -> None:
        """Say that what is added is there."""
        dut, queue = self.dut, self.dut.queue
        include(self, OutputMemoryProof, queue, "queue")
        used = dut.processor.residual_next
        self.holds("no residual is added before it is there", ~used | queue.valid)
        come = dut.res_valid & dut.res_ready
        room = (self.inside("queue.held") < self.params.added.pixels) & (queue.room != 0)
        self.holds("a residual is taken only where there is room for it", ~come | room)
        ends = [first + count for first, count in self.params.processor.residual_slices]
        unused = self.reads | self.computes | ((self.since != 0) & (self.since <= ends[-1]))
        self.helps("what is added waits", ~unused | queue.valid)
        leaving = self.inside("queue.leaving")
        words = sum((self.since > end for end in ends[:-1]), 0)
        self.helps("words added so far", leaving == Mux(unused, words, 0))
        self.reaches("a residual is added", used)

    def follow_sent(self, state: Value) -> None:
        """Say that there is room for residuals that are sent on."""
        dut, sender, words = self.dut, self.dut.sender, self.params.skip.words
        include(self, OutputMemoryProof, sender, "sender")
        read = self.before("residual", dut.controller.residual)
        self.helps("the residual's read was noted", self.inside("read") == read)
        entering, number = self.inside("sender.entering"), self.inside("controller.word")
        sends = (state == State.RESIDUAL) & (number != 0)
        under_way = sends & (number <= words)
        self.helps("a residual under way", read == under_way)
        self.helps("its word", entering == Mux(under_way, number - 1, 0))
        self.helps("its room", ~under_way | (sender.room != 0))
        room = (self.inside("sender.held") < self.params.skip.pixels) & (sender.room != 0)
        self.holds("a residual is sent only where there is room for it", ~sender.push | room)
        self.reaches("a residual leaves", dut.skip_valid & dut.skip_ready)

    def rest(self, state: Value) -> None:
        """Say what rest means."""
        dut = self.dut
        works = (state != State.STANDBY) | self.computes | (self.since != 0) | self.read
        waits = (self.owed != 0) | dut.out_valid
        if dut.sender:
            waits |= dut.skip_valid | self.inside("read")
        self.holds(
            "at rest nothing is being made, and nothing waits to leave",
            dut.busy | ~(works | waits),
        )


PROOF = CoreProof
