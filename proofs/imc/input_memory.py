"""Proof of the input memory: it keeps its words, and gives residuals in the order of the pixels.

Where a word belongs for a window is proved with the dataflow controller in front; here one
arbitrary address is followed, and one arbitrary word on its way to the residuals.
"""

from typing import Any, ClassVar

from amaranth.hdl import Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "InputMemoryProof"]


@bug_in(InputMemory)
def reads_for_windows_only(m, dut, inside):
    """Leave the word of the window before where a residual is asked for."""
    m.d.comb += inside("read__en").eq(dut.fetch & ~dut.pad)


@bug_in(InputMemory)
def pads_with_the_last_word(m, dut, inside):
    """Let the memory rest, and forget the zero."""
    m.d.sync += inside("zero").eq(0)


@bug_in(InputMemory)
def reads_always(m, dut, inside):
    """Read on every tick."""
    m.d.comb += inside("read__en").eq(1)


@bug_in(InputMemory)
def next_residual(m, dut, inside):
    """Begin with the residual of the second row."""
    with m.If(dut.residual & (inside("addr_s_0") == 0)):
        m.d.comb += inside("address").eq(dut.params.delta_kernel)


@bug_in(InputMemory)
def stays_in_its_row(m, dut, inside):
    """Never add to the address of the pixel that comes in."""
    m.d.sync += inside("addr_w_0").eq(0)


class Walk:
    """A position in the order of the pixels, counted from the commands alone."""

    def __init__(self, m: Module, params: InputMemoryParams, name: str) -> None:
        self.params = params
        layer = params.layer
        self.word, self.row, self.column = (
            Signal(range(size + 1), name=f"{name}_{part}")
            for part, size in (
                ("word", params.words), ("row", layer.height), ("column", layer.kernel),
            )
        )  # fmt: skip
        self.m = m

    def moves(self, event: Value) -> None:
        """Go on by a word on an event."""
        m, layer = self.m, self.params.layer
        last_word = self.word == self.params.words - 1
        with m.If(event):
            m.d.sync += self.word.eq(Mux(last_word, 0, self.word + 1))
            with m.If(last_word):
                m.d.sync += self.row.eq(Mux(self.ends, 0, self.row + 1))
                with m.If(self.ends):
                    last = self.column == layer.kernel - 1
                    m.d.sync += self.column.eq(Mux(last, 0, self.column + 1))

    @property
    def ends(self) -> Value:
        """Whether the pixel is its column's last."""
        return self.row == self.params.layer.height - 1

    @property
    def whole(self) -> Value:
        """Whether the word is its pixel's last."""
        return self.word == self.params.words - 1

    @property
    def address(self) -> Value:
        """Where the word stands: row by row, in a row column by column."""
        return self.row * self.params.delta_kernel + self.column * self.params.words + self.word

    @property
    def place(self) -> Value:
        """How many words are before it in the memory, in the order of the pixels."""
        height, words = self.params.layer.height, self.params.words
        return (self.column * height + self.row) * words + self.word

    @property
    def fits(self) -> Value:
        """Whether there is such a word."""
        layer = self.params.layer
        inside = (self.row < layer.height) & (self.column < layer.kernel)
        return inside & (self.word < self.params.words)

    def becomes(self, other: "Walk") -> list[Any]:
        """Return the statements that take another position over."""
        parts = ("word", "row", "column")
        return [getattr(self, part).eq(getattr(other, part)) for part in parts]


def shape(
    height: int, kernel: int, channels: int = 1, depth: int = 0, bits: int = 8
) -> InputMemoryParams:
    """Return a memory for so many rows."""
    layer = LayerParams(
        height=height, width=height, channels=channels, outputs=1, kernel=kernel, padding=0
    )
    used = height * kernel * -(-channels * 8 // bits)
    return InputMemoryParams(layer=layer, word_bits=bits, depth=depth or used)


class InputMemoryProof(Proof):
    """Any commands for windows; stores and residuals of any number of images."""

    rtl = InputMemory
    configs: ClassVar = {
        "1-word": shape(1, 1),
        "2x2": shape(2, 2, channels=2),
        "3x2-spare": shape(3, 2, channels=2, depth=16),
        "5x3": shape(5, 3, channels=4, bits=16),
        "8x3": shape(8, 3, channels=4, bits=32),
        "32x3": shape(32, 3, depth=128),
    }
    quick = ("1-word", "2x2")
    search = 14
    bugs: ClassVar = {
        "a word read is what was stored there last": reads_for_windows_only,
        "padding reads as zero": pads_with_the_last_word,
        "the word stays until the next read": reads_always,
        "a residual is the word stored in its turn": next_residual,
        "a word is stored at the place of its pixel": stays_in_its_row,
    }

    def properties(self, m: Module) -> None:
        """Follow an address, and a word."""
        dut = self.dut
        reads = dut.fetch | dut.residual
        self.assumes("one access at a time", dut.store + dut.fetch + dut.residual <= 1)
        self.stored, self.sent = Walk(m, self.params, "stored"), Walk(m, self.params, "sent")
        for walk, event in ((self.stored, dut.store), (self.sent, dut.residual)):
            walk.moves(event)
            right = dut.last_row == walk.ends
            self.assumes(f"columns end where they do, {event.name}", ~(event & walk.whole) | right)

        address = self.inside("address")
        place = self.any_value("address", self.params.depth)
        here = address == place
        kept = self.contents("sram", place)
        data, expected, before = (Signal.like(dut.data) for _ in range(3))
        known, asked, padded, held = (Signal() for _ in range(4))
        m.d.sync += [
            asked.eq(known & here & reads & ~(dut.fetch & dut.pad)),
            expected.eq(data),
            padded.eq(dut.fetch & dut.pad),
            held.eq(~reads),
            before.eq(dut.word),
        ]
        with m.If(dut.store & here):
            m.d.sync += [known.eq(1), data.eq(dut.data)]
        fresh = Signal(init=1)
        m.d.sync += fresh.eq(0)
        self.holds("a word read is what was stored there last", ~asked | (dut.word == expected))
        self.holds("padding reads as zero", ~padded | (dut.word == 0))
        self.holds("the word stays until the next read", ~held | fresh | (dut.word == before))
        self.holds(
            "a word is stored at the place of its pixel",
            ~dut.store | (address == self.stored.address),
        )
        self.helps("what was stored is there", ~known | (kept == data))
        self.reaches("a word is read", asked & (expected != 0))
        self.follow(m)
        self.tie()

    def follow(self, m: Module) -> None:
        """Follow one word from its store to its residual, unless another comes over it."""
        dut, total = self.dut, self.params.used_words
        enters = self.any_event("enters")
        waiting, ahead = Signal(range(total + 1)), Signal(range(total + 1))
        marked, missed, due = Signal(), Signal(), Signal()
        data, expected = Signal.like(dut.data), Signal.like(dut.data)
        spot = Walk(m, self.params, "spot")
        leaves = marked & (ahead == 0) & dut.residual
        m.d.sync += [
            due.eq(leaves & ~missed),
            expected.eq(data),
            waiting.eq(waiting + dut.store - dut.residual),
        ]
        with m.If((dut.store & (waiting == total)) | (dut.residual & (waiting == 0))):
            m.d.sync += missed.eq(1)
        with m.If(marked):
            m.d.sync += ahead.eq(ahead - dut.residual)
            with m.If(leaves):
                m.d.sync += marked.eq(0)
        with m.Elif(dut.store & enters):
            m.d.sync += [
                marked.eq(1), data.eq(dut.data), ahead.eq(waiting), *spot.becomes(self.stored)
            ]  # fmt: skip
        self.holds("a residual is the word stored in its turn", ~due | (dut.word == expected))
        kept = self.contents("sram", spot.address)
        there = marked & ~missed
        self.helps("the word is there", ~there | ((kept == data) & (ahead < waiting)))
        self.helps("its turn", ~there | self.apart(spot, ahead))
        self.helps("its place", ~marked | spot.fits)
        self.helps(
            "words that wait", missed | ((waiting <= total) & self.apart(self.stored, waiting))
        )
        behind = spot.place == min(2, total - 1)
        self.reaches("a residual after others", due & (expected != 0) & behind)

    def apart(self, walk: Walk, words: Signal) -> Value:
        """Return whether a position is so many words ahead of the residuals'."""
        total = self.params.used_words
        behind = walk.place + Mux(walk.place < self.sent.place, total, 0) - self.sent.place
        return (behind == words) | ((behind == 0) & (words == total))

    def tie(self) -> None:
        """Tie the circuit's address generators to what was counted."""
        rules = self.params
        for walk, name in ((self.stored, "w"), (self.sent, "s")):
            self.helps(f"{name} in range", walk.fits)
            for part, value in (
                ("addr_{}_0", walk.row * rules.delta_kernel),
                ("column_{}", walk.column),
                ("word_{}", walk.word),
            ):
                path = part.format(name)
                self.helps(path, self.inside(path) == value)


PROOF = InputMemoryProof
