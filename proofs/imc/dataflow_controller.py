"""Proof of the dataflow controller with the input memory behind it: safety of what is stored.

One arbitrary word of the memory is followed, with a note of which pixel was stored there last. What
has to be there is plain geometry; the circuit's pointers appear only in helping properties.
"""

from typing import Any, ClassVar

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.dataflow_controller import DataflowController, State, least
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.dataflow_controller import DataflowControllerParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.proofs.geometry import Geometry
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "Addressing", "DataflowControllerProof"]

INPUTS = ("step", "in_valid", "room", "residual_room", "residual_valid", "done")
OUTPUTS = ("in_ready", "start", "complete")
NEXT = ("skip", "next_row", "next_column", "next_image")
TO_MEMORY = ("store", "last_row", "fetch", "pad", *NEXT, "residual")


class Addressing(wiring.Component):
    """A controller and the input memory that it drives, as in a core; words are left out."""

    done: Signal
    in_ready: Signal
    start: Signal
    complete: Signal

    def __init__(self, params: DataflowControllerParams) -> None:
        self.params = params
        outputs = ("in_ready", "start", "complete")
        super().__init__({**{name: In(1) for name in INPUTS}, **{name: Out(1) for name in outputs}})

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        self.controller = m.submodules.controller = DataflowController(self.params)
        self.memory = m.submodules.memory = InputMemory(self.params.memory)
        joined = [(self.controller, self, INPUTS), (self.memory, self.controller, TO_MEMORY)]
        for sink, source, names in [*joined, (self, self.controller, OUTPUTS)]:
            m.d.comb += [getattr(sink, name).eq(getattr(source, name)) for name in names]
        return m


@bug_in(Addressing, at="controller")
def computes_early(m, dut, inside):
    """Read a window while its last pixel is under way."""
    with m.If((inside("controller.state") == State.DECIDE) & dut.room):
        m.d.sync += inside("controller.state").eq(State.READ)


@bug_in(Addressing, at="controller")
def overwrites(m, dut, inside):
    """Take pixels whenever the window for them is open."""
    with m.If((inside("controller.state") == State.RECEIVE) & (inside("controller.word") == 0)):
        m.d.comb += dut.controller.in_ready.eq(1)


@bug_in(Addressing, at="memory")
def stays_in_its_row(m, dut, inside):
    """Never add to the row's address (Algorithm 2, line 17 as printed)."""
    with m.If(inside("memory.addr_r_0") != 0):
        m.d.sync += inside("memory.addr_r_0").eq(dut.params.memory.delta_kernel)


@bug_in(Addressing, at="memory")
def next_residual(m, dut, inside):
    """Begin with the residual of the second column."""
    with m.If(inside("memory.column_s") == 0):
        m.d.sync += inside("memory.column_s").eq(1)


@bug_in(Addressing, at="controller")
def pads_nothing_on_the_left(m, dut, inside):
    """Pad on the right, above and below only."""
    with m.If(inside("controller.left") + inside("controller.pixel") < 0):
        m.d.comb += dut.controller.pad.eq(0)


@bug_in(Addressing, at="memory")
def counts_columns_on(m, dut, inside):
    """Do not count the columns that come in modulo F."""
    with m.If(dut.controller.store):
        m.d.comb += inside("memory.address").eq(
            inside("memory.addr_w_0") + dut.params.memory.used_words // 2
        )


@bug_in(Addressing, at="controller")
def starts_early(m, dut, inside):
    """Start before the last word of a window is fetched."""
    with m.If(dut.controller.fetch & (inside("controller.pixel") == 1)):
        m.d.sync += inside("controller.state").eq(State.START)


@bug_in(Addressing, at="controller")
def never_completes(m, dut, inside):
    """Take the last column of an image for any other."""
    m.d.comb += dut.controller.next_image.eq(0)


@bug_in(Addressing, at="controller")
def hesitates(m, dut, inside):
    """Look for room again in the middle of a pixel."""
    with m.If(inside("controller.count") == 0):
        m.d.comb += dut.controller.in_ready.eq(inside("controller.word") == 0)


@bug_in(Addressing, at="controller")
def sticks(m, dut, inside):
    """Stay in a state that there is not."""
    with m.If(inside("controller.state") > State.WAIT):
        m.d.sync += inside("controller.state").eq(inside("controller.state"))


def shape(
    height: int, width: int, kernel: int, stride: int = 1, padding: int = 0, words: int = 1,
    **rules: Any,
) -> DataflowControllerParams:  # fmt: skip
    """Return a controller of a layer, with words of one channel."""
    layer = LayerParams(
        height=height, width=width, channels=words, outputs=1, kernel=kernel, stride=stride,
        padding=padding,
    )  # fmt: skip
    depth = height * kernel * words
    memory = InputMemoryParams(layer=layer, word_bits=8, depth=depth)
    window = words * rules.get("arrivals", 1)
    return DataflowControllerParams(memory=memory, window=window, **rules)


class DataflowControllerProof(Proof):
    """Any word of the memory, any input, any number of images."""

    rtl = Addressing
    configs: ClassVar = {
        "words": shape(2, 1, kernel=1, words=2),
        "residual": shape(2, 2, kernel=2, residual_out=True, arrivals=2, replicas=2),
        "stride": shape(2, 1, kernel=2, stride=2, padding=1, arrivals=2, replicas=2),
        "2x2-stride": shape(2, 2, kernel=2, stride=2, padding=1, words=2),
        "2x2": shape(2, 3, kernel=2, padding=1, residual_out=True),
        "1x1": shape(3, 2, kernel=1, words=2, residual_out=True),
        "1x1-stride": shape(4, 4, kernel=1, stride=2, replicas=2),
        "skipping": shape(5, 4, kernel=2, stride=3, padding=1),
        "3x3": shape(4, 5, kernel=3, padding=1, words=2, residual_out=True),
        "3x3-full": shape(3, 3, kernel=3, padding=2, arrivals=2, replicas=2),
        "3x3-stride": shape(
            5, 7, kernel=3, stride=2, padding=1, residual_out=True, arrivals=4, replicas=2
        ),
        "figure-8": shape(5, 5, kernel=3, words=2),
        "narrow": shape(6, 1, kernel=3, padding=1, residual_out=True),
        "5x5": shape(6, 6, kernel=5, padding=2, residual_out=True),
        "4x4-full": shape(4, 2, kernel=4, stride=2, padding=3, residual_out=True),
        "8x8": shape(8, 8, kernel=3, padding=1, words=4, residual_out=True, residual_in=True),
        "16x16-stride": shape(16, 16, kernel=3, stride=2, padding=1, words=4),
        "32x32": shape(32, 32, kernel=3, padding=1, residual_out=True, arrivals=4, replicas=4),
    }
    quick = ("words", "residual", "stride")
    search = 32
    bugs: ClassVar = {
        "no pixel is fetched before it is stored": computes_early,
        "no pixel is overwritten before its last use": overwrites,
        "a word fetched is of the pixel that the window needs": stays_in_its_row,
        "a word sent on is of the pixel whose turn it is": next_residual,
        "padding is what lies outside the image": pads_nothing_on_the_left,
        "one access at a time, where it belongs": counts_columns_on,
        "a window is fetched once, whole, then computed": starts_early,
        "columns and images end with their last output": never_completes,
        "the words of a pixel are taken on end": hesitates,
        "the state is one of those that there are": sticks,
    }

    def properties(self, m: Module) -> None:
        """Count what comes in and goes out; follow one word of the memory."""
        self.rules = self.params.memory
        self.seen = Geometry(m, self.rules, self.dut.controller, self.dut.done)
        self.follow(m)
        self.claim_windows()
        self.claim_order()
        self.tie_pointers()
        self.tie_fetches()
        self.tie_addresses()
        self.bound()
        state = self.inside("controller.state")
        self.leaves("the state is one of those that there are", state <= State.WAIT, 1)
        if self.params.residual_out:
            self.tie_residuals()

    def follow(self, m: Module) -> None:
        """Note which pixel's word is stored at one arbitrary place: its row, word and age."""
        layer, rules, seen = self.rules.layer, self.rules, self.seen
        store = self.dut.controller.store
        self.at_x = self.any_value("row", layer.height)
        self.at_column = self.any_value("column", layer.kernel)
        self.at_word = self.any_value("word", rules.words)
        place = self.at_x * rules.delta_kernel + self.at_column * rules.words + self.at_word
        self.here = self.inside("memory.address") == place
        self.held = held = Signal()
        self.held_x, self.held_word = Signal.like(seen.in_x), Signal.like(seen.in_word)
        self.age = Signal(range(layer.kernel + 2))  # columns before the one that comes in
        with m.If(store & self.here):
            m.d.sync += [
                held.eq(1), self.held_x.eq(seen.in_x), self.held_word.eq(seen.in_word),
                self.age.eq(seen.enters),
            ]  # fmt: skip
        with m.Elif(seen.enters & (self.age <= layer.kernel)):
            m.d.sync += self.age.eq(self.age + 1)

    def claim_windows(self) -> None:
        """Say that the memory holds what is needed for as long as it is needed."""
        seen, controller = self.seen, self.dut.controller
        fetches = controller.fetch & ~controller.pad
        needed = seen.lead - seen.column  # columns before the one that comes in
        row = seen.top + seen.row
        self.holds(
            "no pixel is fetched before it is stored",
            ~fetches | seen.arrived(needed, row, seen.word),
        )
        overwrites = controller.store & self.here & self.held
        dead = seen.dead(self.age, self.held_x)
        if self.params.residual_out:
            dead &= seen.is_sent(self.age, self.held_x)
        self.holds("no pixel is overwritten before its last use", ~overwrites | dead)
        self.holds(
            "a word fetched is of the pixel that the window needs",
            ~(fetches & self.here) | self.holds_word(needed, row, seen.word),
        )
        self.holds(
            "padding is what lies outside the image",
            ~controller.fetch | (controller.pad == ~seen.inside),
        )
        if self.params.residual_out:
            self.holds(
                "a word sent on is of the pixel whose turn it is",
                ~(controller.residual & self.here)
                | self.holds_word(seen.lag, seen.out_x, seen.out_word),
            )
            second = seen.sent >= self.rules.layer.width
            self.reaches("a residual of the second image", controller.residual & second)
        else:
            again = fetches & (seen.begin != 0) & self.here
            self.reaches("a window of the second image", again)
            self.reaches("a pixel takes the place of another", overwrites)

    def holds_word(self, age: Value, x: Value, word: Value) -> Value:
        """Return whether the place followed holds this word."""
        same = (self.held_x == x) & (self.held_word == word) & (self.age == age)
        return self.held & same

    def claim_order(self) -> None:
        """Say that commands come in order, one at a time."""
        dut, seen, controller = self.dut, self.seen, self.dut.controller
        fetches = controller.fetch & ~controller.pad
        accesses = controller.store + fetches + controller.residual
        due = (seen.in_x == self.at_x) & (seen.in_word == self.at_word)
        self.holds(
            "one access at a time, where it belongs",
            (accesses <= 1)
            & ((accesses == 0) | (self.inside("memory.address") < self.rules.used_words))
            & (~(controller.store & self.here) | due),
        )
        self.holds(
            "a window is fetched once, whole, then computed",
            ~(controller.fetch & seen.fetched) & (~dut.start | (seen.fetched & ~seen.started)),
        )
        self.holds(
            "columns and images end with their last output",
            (controller.next_column == seen.next_column) & (dut.complete == seen.next_image),
        )
        if self.rules.words > 1:
            self.holds("the words of a pixel are taken on end", (seen.in_word == 0) | dut.in_ready)

    def tie_pointers(self) -> None:
        """Tie the controller's pointers to what was counted."""
        layer, seen = self.rules.layer, self.seen
        state, word = self.inside("controller.state"), self.inside("controller.word")
        receives = state == State.RECEIVE
        self.helps("a state that there is", state <= State.WAIT)
        self.ties("controller.in_x", seen.in_x)
        self.helps("in_x in range", seen.in_x < layer.height)
        self.helps("word in", seen.in_word == Mux(receives, word, 0))
        self.helps("word in range", ~receives | (word < self.rules.words))
        self.ties("controller.ahead", seen.lead)
        self.ties("controller.out_x", seen.x)
        self.helps("out_x in range", seen.x < layer.height_out)
        self.ties("controller.out_y", seen.y)
        self.helps("out_y in range", seen.y < layer.width_out)
        self.ties("controller.top", seen.top)
        self.ties("controller.left", seen.left)

    def tie_fetches(self) -> None:
        """Tie what is read to what was counted."""
        layer, rules, seen = self.rules.layer, self.rules, self.seen
        state = self.inside("controller.state")
        reads, computes = state == State.READ, (state == State.START) | (state == State.WAIT)
        for name, value in (("kernel_row", seen.row), ("pixel", seen.column), ("word", seen.word)):
            self.helps(f"{name} read", ~reads | (value == self.inside(f"controller.{name}")))
        first = Mux(seen.x == 0, 0, max(0, layer.kernel - layer.stride))
        begins = (seen.column == 0) & (seen.word == 0)
        self.helps("a window begins", reads | computes | (begins & (seen.row == first)))
        self.helps("a window is over", ~computes | begins)
        in_range = (seen.row < layer.kernel) & (seen.row >= first)
        in_range &= (seen.column < layer.kernel) & (seen.word < rules.words)
        self.helps("a window's rows", computes | in_range)
        self.helps("fetched", seen.fetched == computes)
        self.helps("started", seen.started == (state == State.WAIT))
        bottom = seen.top + layer.kernel
        last_row = least(bottom, layer.height) - 1
        last = least(seen.left + layer.kernel, layer.width) - 1 - seen.left
        there = seen.arrived(seen.lead - last, last_row, 0)
        self.helps("a window that is read is there", ~(reads | computes) | there)
        over = Mux(bottom <= layer.height, bottom + rules.skipped_rows, layer.height)
        row = seen.top + seen.row
        now = Mux(row <= 0, 0, least(row, layer.height))
        self.ties("controller.next_read", Mux(computes, over, now))

    def tie_residuals(self) -> None:
        """Tie the residual's pointer to what was counted, and bound it."""
        layer, rules, seen = self.rules.layer, self.rules, self.seen
        state, word = self.inside("controller.state"), self.inside("controller.word")
        kernel, lag, x = layer.kernel, seen.lag, seen.out_x
        goes = (state == State.RESIDUAL) & (word < rules.words)
        self.ties("controller.res_x", x)
        self.helps("res_x in range", x < layer.height)
        self.ties("controller.behind", lag)
        self.helps("word sent", seen.out_word == Mux(goes, word, 0))
        there = seen.arrived(lag, x, 0)
        self.helps("a residual that is sent is there", ~(goes & (word != 0)) | there)
        free = Mux(seen.in_word != 0, seen.in_x < x, seen.in_x <= x)
        fits = ((lag != kernel) | free) & ((lag != 0) | (x <= seen.in_x))
        self.helps("residuals in sight", (lag >= 0) & (lag <= kernel) & fits)
        known = seen.columns < seen.far
        self.helps("residuals since reset", ~known | (lag == seen.columns - seen.sent))
        self.ties("memory.addr_s_0", x * rules.delta_kernel)
        self.ties("memory.word_s", seen.out_word)
        self.ties("memory.column_s", self.modulo(self.inside("memory.column_w") - lag))

    def tie_addresses(self) -> None:
        """Tie the memory's addresses, and the place followed, to what was counted."""
        rules, seen, newest = self.rules, self.seen, self.inside("memory.column_w")
        kernel = rules.layer.kernel
        self.helps("newest column", newest < kernel)
        self.ties("memory.addr_w_0", seen.in_x * rules.delta_kernel)
        self.ties("memory.word_w", seen.in_word)
        row_address = self.inside("controller.next_read") * rules.delta_kernel
        row_bits = len(self.inside("memory.addr_r_0"))  # after the last row it may wrap
        self.ties("memory.addr_r_0", row_address[:row_bits])
        self.ties("memory.pixel_r", seen.column)
        self.ties("memory.word_r", seen.word)
        self.ties("memory.left_r", self.modulo(newest - seen.lead))
        distance = self.modulo(newest - self.at_column)
        begun = (seen.in_x == self.at_x) & (seen.in_word > self.at_word)
        passed = (seen.in_x > self.at_x) | begun
        age = Mux(distance == 0, Mux(passed, 0, kernel), distance)
        place = (self.held_x == self.at_x) & (self.held_word == self.at_word)
        self.helps("something is held", self.held == (age <= seen.columns))
        self.helps("its age", ~self.held | (self.age == age))
        self.helps("its place", ~self.held | place)

    def ties(self, path: str, value: Value) -> None:
        """Say that a register of the circuit is a value."""
        self.helps(path, self.inside(path) == value)

    def modulo(self, columns: Value) -> Value:
        """Return a number of columns modulo F."""
        return (columns + 4 * self.seen.far * self.rules.layer.kernel) % self.rules.layer.kernel

    def bound(self) -> None:
        """Say how far the pointers are apart."""
        layer, seen, kernel = self.rules.layer, self.seen, self.rules.layer.kernel
        next_read, under_way = self.inside("controller.next_read"), seen.in_word != 0
        lead, reach = seen.lead, seen.step + kernel
        oldest = lead - Mux(seen.left < 0, -seen.left, 0)  # age of its first column in the image
        row = Mux(under_way, seen.in_x < next_read, seen.in_x <= next_read)
        most = Mux(reach < kernel, kernel, reach)
        ends = (lead < reach) | ((lead == most) & (seen.in_x == 0))
        all_read = next_read >= layer.height
        self.helps(
            "not too many columns",
            (oldest < kernel) | (((oldest == kernel) & row | (oldest > kernel) & all_read) & ends),
        )
        free = (lead < kernel) | ((lead < reach) & (seen.in_x < next_read))
        self.helps("a pixel under way has its place", ~under_way | free)
        self.helps("columns in sight", lead >= -layer.stride - 1)
        self.helps("columns are counted up to a bound", seen.columns <= seen.far)
        known = seen.columns < seen.far
        since = seen.columns - seen.begin - seen.left
        self.helps("columns since reset", ~known | (lead == since))


PROOF = DataflowControllerProof
