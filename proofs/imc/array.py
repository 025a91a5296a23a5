"""Proof of the array: how cores are joined, whatever the cores do.

In the place of each core stands one that may take and offer anything on any tick; what real ones
do, their own proof says. So streams, timestep, programming and the last layers are proved for cores
of any behaviour. A pixel is followed word by word, counted from what the cores' pins show.
"""

from typing import Any, ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value, ValueLike

from goldspike.hdl.imc.shared.stream import Stream
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.shared.array import Kind, StageParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.proofs.imc.fully_connected import FullyConnectedProof
from goldspike.proofs.imc.link import LinkProof
from goldspike.proofs.imc.output_memory import OutputMemoryProof
from goldspike.proofs.imc.pooling import PoolingProof
from goldspike.proofs.imc.shared import array_bugs as bugs
from goldspike.proofs.imc.shared.opened_array import Opened
from goldspike.proofs.imc.shared.stream import StreamProof
from goldspike.proofs.part import include
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ArrayProof", "Pins"]

PINS = {Kind.PIXEL: ("out", "in"), Kind.RESIDUAL: ("skip", "res"), Kind.SUM: ("out", "sum")}
"""Where a stream begins and ends, by its kind: pins of cores."""

Pins = tuple[Any, Any, Any]
"""Valid, word and ready."""


class LastLayerInTime(FullyConnectedProof):
    """When the last layer takes and answers, whatever the answer is."""

    def follow_class(self, *_: Any, **__: Any) -> None:
        """Leave out the scores."""

    def follow_bias(self, *_: Any, **__: Any) -> None:
        """Leave out the biases."""


def stage(height: int, channels: int, outputs: int, **rules: Any) -> StageParams:
    """Return a stage of a kernel of one pixel."""
    layer = LayerParams(
        height=height, width=1, channels=channels, outputs=outputs, kernel=1, padding=0
    )
    return StageParams(layer=layer, **rules)


def small(*stages: StageParams, **rules: Any) -> ArrayParams:
    """Return an array with short words and weights."""
    sizes: dict[str, Any] = {
        "classes": 2, "word_bits": 8, "weight_bits": 2, "depth": 8, "rows_per_tick": 1,
    }  # fmt: skip
    return ArrayParams(stages=stages, **sizes | rules)


class ArrayProof(Proof):
    """Any images, cores, stalls and timesteps; every stream, word by word."""

    rtl: ClassVar[Any] = Opened
    configs: ClassVar = {
        "rows": small(stage(2, 2, 1, row_parts=2)),
        "open": small(stage(2, 1, 2, column_parts=2), stage(2, 2, 2, source=0), classes=0),
        "one-pixel": small(stage(1, 1, 1, replicas=2)),
        "one-pixel-words": small(stage(1, 1, 3, replicas=2)),
        "residual": small(
            stage(2, 1, 2, column_parts=2),
            stage(2, 2, 2, source=0, row_parts=2),
            stage(2, 2, 2, source=1, row_parts=2, residual=1, gain=3),
        ),
        "parallel": small(
            stage(2, 2, 2, row_parts=2, replicas=2), stage(2, 2, 3, source=0, replicas=2)
        ),
    }  # fmt: skip
    quick: ClassVar = ("open", "one-pixel", "rows")
    search = 44
    bugs: ClassVar[Any] = {
        "a word leaves the sender whose turn it is, and no other": bugs.takes_from_two,
        "a word that leaves comes to all that it is for, and to no other": bugs.loses_a_word,
        "a word is taken by all that it comes to": bugs.sends_before_all_take,
        "a word comes as it left": bugs.mixes_words,
        "a pixel begins only when all offer and all take": bugs.takes_for_all,
        "no more pixels begin in a timestep than a link carries": bugs.renews_at_will,
        "a pixel that all offer and all take is held up by nobody else": bugs.waits_for_the_first,
        "what its ends let move moves on the first tick after a step, at the latest": bugs.grudges,
        "all parts begin a timestep together": bugs.steps_apart,
        "timesteps begin while it runs, a timestep apart": bugs.hastens,
        "what is programmed reaches the core named, and no other": bugs.programs_all,
        "late and busy hear of all cores": bugs.unnoticed,
        "without more parts the rest is that of all cores": bugs.never_rests,
        "while stalled the last layer takes nothing": bugs.answers_on,
        "an image is pooled only where there is room for it": bugs.counts_late,
        "an image has one answer": bugs.answers_twice,
        "an image is answered in its time, unless stalled": bugs.keeps_waiting,
        "at rest every whole image has had its answer": bugs.works_unseen,
    }

    def properties(self, m: Module) -> None:
        """Follow all streams, then what all cores share, then the last layers."""
        dut, self.array = self.dut, self.dut.params
        self.events += [pin for core in dut.cores for pin in core.anything.values()]
        self.keep_time(m)
        self.claims: dict[str, list[Value]] = {}
        for stream, part in zip(self.array.streams, dut.parts, strict=True):
            self.follow_stream(m, stream, part)
        for name, found in self.claims.items():
            self.holds(name, Cat(value.any() for value in found).all())
        self.program()
        works = dut.run | Cat(core.busy for core in dut.cores).any()
        late = dut.late == Cat(core.late for core in dut.cores).any()
        self.holds("late and busy hear of all cores", late & (dut.busy | ~works))
        if self.array.classes:
            self.follow_images(m)
        else:
            self.holds("without more parts the rest is that of all cores", dut.busy == works)

    def claim(self, name: str, condition: ValueLike) -> None:
        """Claim of one stream what is to hold of all."""
        self.claims.setdefault(name, []).append(Value.cast(condition))

    def keep_time(self, m: Module) -> None:
        """Count the ticks of a timestep from the pins."""
        dut, length = self.dut, self.array.timestep
        steps = Cat(core.step for core in dut.cores)
        self.step = step = steps[0]
        self.since = since = Signal(range(length + 1))  # the step, from 1; 0: none to wait for
        self.renewed = Signal()
        m.d.sync += self.renewed.eq(step)
        m.d.sync += since.eq(Mux(step, 1, Mux(since == 0, 0, since + 1)))
        with m.If(~dut.run):
            m.d.sync += since.eq(0)
        due = (since == 0) | (since == length)
        self.holds("all parts begin a timestep together", steps.all() | ~steps.any())
        self.holds("timesteps begin while it runs, a timestep apart", step == (dut.run & due))
        cycle = self.inside("cycle")
        self.helps("the tick of the timestep", cycle == Mux(due, 0, since))
        self.helps("ticks since the step", since <= length)

    def sender(self, stream: Any, k: int) -> Pins:
        """Return the pins at which a stream begins."""
        if k < 0:
            return self.dut.in_valid, self.dut.in_word, self.dut.in_ready
        name = PINS[stream.kind][0]
        if stream.kind == Kind.RESIDUAL and self.array.shortcut(stream.stage):
            name = "out"
        return self.pins(self.dut.cores[k], f"{name}_")

    def receiver(self, stream: Any, k: int) -> Pins:
        """Return the pins at which a stream ends."""
        if k < 0:
            return self.pins(self.dut.pooling, "")
        return self.pins(self.dut.cores[k], f"{PINS[stream.kind][1]}_")

    def pins(self, part: Any, prefix: str) -> Pins:
        """Return three pins of a part."""
        valid, word, ready = (getattr(part, prefix + pin) for pin in ("valid", "word", "ready"))
        return valid, word, ready

    def follow_stream(self, m: Module, stream: Any, part: Stream) -> None:
        """Count a stream's words as they leave, and say where they come to."""
        params, name = part.params, self.dut.name_of(stream)
        words, budget = params.words, params.pixels
        include(self, StreamProof, part, name)
        senders = [self.sender(stream, k) for k in stream.senders]
        receivers = [self.receiver(stream, k) for k in stream.receivers]
        number = Signal(range(words + 1), name=f"number_{name}")
        begun = Signal(range(budget + 1), init=budget, name=f"begun_{name}")
        sent = Cat(valid & ready for valid, _, ready in senders)
        moves, first = sent.any(), number == 0
        with m.If(moves):
            m.d.sync += number.eq(Mux(number == words - 1, 0, number + 1))
        with m.If(self.step):
            m.d.sync += begun.eq(0)
        with m.Elif(moves & first):
            m.d.sync += begun.eq(begun + 1)
        owner = [k for k, count in enumerate(params.senders) for _ in range(count)]
        turn = Cat(
            Cat(number == n for n in range(words) if owner[n] == k).any()
            for k in range(len(senders))
        )
        carried = Mux(moves, senders[0][1], 0)
        for k, (_, word, _) in enumerate(senders):
            carried = Mux(sent[k], word, carried)
        parts = [(number >= a) & (number < a + count) for a, count in params.receivers]
        all_offer = Cat(valid for valid, _, _ in senders).all()
        all_take = Cat(ready for _, _, ready in receivers).all() if receivers else Value.cast(1)
        self.claim("a word leaves the sender whose turn it is, and no other", ~(sent & ~turn).any())
        for (valid, word, ready), mine in zip(receivers, parts, strict=False):
            self.claim(
                "a word that leaves comes to all that it is for, and to no other",
                valid == (moves & mine),
            )
            self.claim("a word is taken by all that it comes to", ~valid | ready)
            self.claim("a word comes as it left", ~valid | (word == carried))
        self.claim(
            "a pixel begins only when all offer and all take",
            ~(moves & first) | (all_offer & all_take),
        )
        self.claim(
            "no more pixels begin in a timestep than a link carries",
            ~(moves & first) | (begun < budget),
        )
        turns = Cat(valid & mine for (valid, _, _), mine in zip(senders, turn, strict=True)).any()
        mine_take = (
            Cat(ready | ~mine for (_, _, ready), mine in zip(receivers, parts, strict=True)).all()
            if receivers else Value.cast(1)
        )  # fmt: skip
        goes_on = turns & Mux(first, all_offer & all_take, mine_take)
        self.claim(
            "what its ends let move moves on the first tick after a step, at the latest",
            ~(self.renewed & goes_on) | moves,
        )
        willing = first & all_offer & all_take & (begun < budget)
        if not params.window:  # that of the image comes within a window: see the stream's proof
            self.claim(
                "a pixel that all offer and all take is held up by nobody else", ~willing | moves
            )
        self.helps(f"the word of {name}", (number == self.inside(f"{name}.number")))
        left = self.inside(f"{name}.link_0.left")
        self.helps(f"the budget of {name}", (left == budget - begun) & (begun <= budget))
        self.reaches(f"a pixel moves in {name}", moves & (number == words - 1))

    def program(self) -> None:
        """Say what reaches the cores of what is programmed."""
        dut = self.dut
        reached = [
            (core.program_weight == dut.program_weight[k])
            & (core.program_scale == dut.program_scale[k])
            & (core.weight == dut.value[: len(core.weight)])
            & (core.scale == dut.value[: len(core.scale)])
            for k, core in enumerate(dut.cores)
        ]
        if self.array.classes:
            last = dut.last
            reached += [
                last.program_weight == dut.program_weight[-1],
                last.program_bias == dut.program_scale[-1],
                (last.weight == dut.value[: len(last.weight)])
                & (last.bias == dut.value[: len(last.bias)]),
            ]
        self.holds("what is programmed reaches the core named, and no other", Cat(reached).all())

    def follow_images(self, m: Module) -> None:
        """Count images from their last word to their answer."""
        dut, params = self.dut, self.array
        include(self, PoolingProof, dut.pooling, "pooling")
        include(self, OutputMemoryProof, dut.pooled, "pooled")
        include(self, LinkProof, dut.link, "link")
        last = include(
            self, LastLayerInTime, dut.last, "fully_connected", ("nothing is programmed meanwhile",)
        )
        words = params.pooled.words
        pixels, word = Signal(range(params.pooling.pixels)), Signal(range(words + 1))
        whole, ended, owed = Signal(), Signal(), Signal(4, name="owed")
        taken = dut.pooling.valid & dut.pooling.ready
        ends, final = word == words - 1, pixels == params.pooling.pixels - 1
        m.d.comb += whole.eq(taken & ends & final)
        with m.If(taken):
            m.d.sync += word.eq(Mux(ends, 0, word + 1))
            with m.If(ends):
                m.d.sync += pixels.eq(Mux(whole, 0, pixels + 1))
        m.d.sync += [ended.eq(whole), owed.eq(owed + whole - dut.answered)]
        takes = dut.last.valid & dut.last.ready
        self.holds("while stalled the last layer takes nothing", ~(dut.stall & takes))
        self.holds("an image has one answer", ~dut.answered | (owed != 0))
        self.wait(m, owed, last.since)
        self.holds("at rest every whole image has had its answer", dut.busy | (owed == 0))
        held, room = self.inside("pooled.held"), self.inside("pooled.free")
        begins = dut.pooling.push & (self.inside("pooled.entering") == 0)
        self.holds("an image is pooled only where there is room for it", ~begins | (room != 0))
        self.helps("room for what comes", room >= ended + (final & (word != 0)))
        self.helps("after an image", ~ended | ((pixels == 0) & (word == 0)))
        self.helps("images under way", owed == held + ended + (last.since != 0))
        leaving = self.inside("pooled.leaving")
        self.helps("the word that leaves", leaving == self.inside("fully_connected.taken"))
        self.helps("the word on the link", leaving == self.inside("link.word"))
        if params.pooling.pixels == 1:
            self.helps("what has come", ended == self.inside("coming"))
            self.helps("the word that comes", word == self.inside("pooled_word"))
        pushed = self.inside("pooled.entering") + dut.pooling.push
        self.helps("means so far", pushed == Mux(ended, words, Mux(final, word, 0)))
        self.helps("the pixel", pixels == self.inside("pooling.pixel"))
        self.helps("its word", (word == self.inside("pooling.place")) & (word < words))
        self.reaches("an answer", dut.answered)
        self.reaches("a second image while one is answered", owed == 2)

    def wait(self, m: Module, owed: Signal, computes: Signal) -> None:
        """Count how long an image waits for its answer, or for that before it."""
        dut, params = self.dut, self.array
        length, words, ticks = params.timestep, params.pooled.words, params.fully_connected.ticks
        begun = length + 1  # it waits for a step, then words follow each other
        most = begun + words + ticks
        waits = Signal(range(most + 2), name="waits")
        m.d.sync += waits.eq(waits + 1)
        with m.If(~dut.run | dut.stall | dut.answered | (owed == 0)):
            m.d.sync += waits.eq(0)
        self.holds("an image is answered in its time, unless stalled", waits <= most)
        taken = self.inside("fully_connected.taken")
        due = (self.inside("pooled.offered") == 0) | (self.inside("link.left") == 0)
        idle = Mux(taken == 0, Mux(due, self.since, begun), begun + taken)
        bound = Mux(computes != 0, begun + words + computes, idle)
        self.helps("how long it has waited", waits <= bound)


PROOF = ArrayProof
