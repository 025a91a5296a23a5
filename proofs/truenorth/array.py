"""Proof of the array: when steps begin, what is loaded when, and that links lead where they should.

Cores and routers have proofs of their own. Here the smallest arrays are driven by anything, loaded
with anything; packets under way are counted from outside their queues.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.array import Array
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.router import EAST, LOCAL, NORTH, PORTS, SOUTH, WEST
from goldspike.proofs.proof import Proof
from goldspike.proofs.truenorth.core import NARROW, SHORT

__all__ = ["PROOF", "ArrayProof"]

SMALL = CoreParams(axons=2, neurons=1, neuron=NARROW, prng=SHORT)
WORD, PERIOD_BITS = 32, 20


@bug_in(Array)
def begins_on_busy_cores(m, dut, inside):
    """Begin a step when it is due, whoever is busy."""
    m.d.comb += dut.sync.eq(dut.run & inside("due") & ~dut.clear)


@bug_in(Array)
def forgets_packets(m, dut, inside):
    """Begin a step as soon as no core is busy."""
    with m.If(dut.period == 0):
        m.d.comb += inside("due").eq(inside("rest"))


@bug_in(Array)
def hears_no_input(m, dut, inside):
    """Take a packet from outside and drop it, now and then."""
    with m.If(dut.config_valid):
        m.d.comb += dut.in_ready.eq(1)


@bug_in(Array)
def begins_a_tick_early(m, dut, inside):
    """Begin a step a tick before its period is over."""
    with m.If(dut.period != 0):
        m.d.comb += inside("due").eq(inside("since") + 2 >= dut.period)


@bug_in(Array)
def overruns_unseen(m, dut, inside):
    """Say of packets that are under way as a step is due that there are none."""
    with m.If(inside("rest")):
        m.d.comb += dut.overrun.eq(0)


@bug_in(Array)
def idle_too_soon(m, dut, inside):
    """Say that all is idle when no core is busy."""
    m.d.comb += dut.idle.eq(inside("rest"))


@bug_in(Array)
def takes_words_at_work(m, dut, inside):
    """Take a word of the configuration whenever one comes."""
    m.d.comb += inside("takes").eq(dut.config_valid)


@bug_in(Array)
def loads_the_first_core(m, dut, inside):
    """Load core 0 with what is for any other."""
    m.d.comb += inside("loads_0").eq(inside("ends"))


@bug_in(Array)
def highest_word_first(m, dut, inside):
    """Take the first word for the highest one."""
    m.d.comb += inside("words").eq(Cat(dut.config_data, inside("kept")))


@bug_in(Array)
def outputs_of_another_link(m, dut, inside):
    """Show what leaves to the north at the last row's east link."""
    bits = dut.params.router.packet_bits
    m.d.comb += dut.out_packet[-bits:].eq(inside("router_0.out_data")[NORTH * bits :][:bits])


@bug_in(Array)
def shows_what_goes_west(m, dut, inside):
    """Show what leaves by the west link at the east one."""
    bits = dut.params.router.packet_bits
    west = inside("router_0.out_data")[WEST * bits :][:bits]
    with m.If(inside("router_0.out_valid")[WEST]):
        m.d.comb += [dut.out_valid[0].eq(1), dut.out_packet[:bits].eq(west)]


@bug_in(Array)
def strays_unseen(m, dut, inside):
    """Say nothing of what goes astray."""
    m.d.comb += dut.stray.eq(0)


@bug_in(Array)
def merges_uncounted(m, dut, inside):
    """Say nothing of the last core's merges."""
    m.d.comb += dut.merged[-1].eq(0)


class ArrayProof(Proof):
    """Any packets, words and outputs that wait; cleared only while all is idle."""

    rtl = Array
    configs: ClassVar = {
        "1x1": ArrayParams(columns=1, rows=1, core=SMALL, depth=1),
        "2x1": ArrayParams(columns=2, rows=1, core=SMALL, depth=1),
        "1x2": ArrayParams(columns=1, rows=2, core=SMALL, depth=1),
    }
    quick = ("1x1",)
    search = 8
    bugs: ClassVar = {
        "a step begins only while no core is busy": begins_on_busy_cores,
        "without a period a step begins only when no packet is under way": forgets_packets,
        "no packet is lost on a link, and none doubled": hears_no_input,
        "steps are a period apart": begins_a_tick_early,
        "an overrun is a step that is due while something is under way": overruns_unseen,
        "idle is nothing under way": idle_too_soon,
        "words are taken only while nothing is under way": takes_words_at_work,
        "a core is loaded with the last word of what is for it": loads_the_first_core,
        "a row's words come lowest first": highest_word_first,
        "a row's output is what its last core sends east": outputs_of_another_link,
        "what is shown at an east link went east": shows_what_goes_west,
        "a packet that leaves by another edge is a stray": strays_unseen,
        "merges are those of the cores": merges_uncounted,
    }

    def properties(self, m: Module) -> None:
        """Count packets, ticks and words."""
        dut, params = self.dut, self.params
        self.cores = range(params.cores)
        self.assumes("cleared only while idle", ~dut.clear | dut.idle)
        self.out_valid = [self.inside(f"router_{k}.out_valid") for k in self.cores]
        self.busy = Cat(self.inside(f"core_{k}.busy") for k in self.cores).any()
        self.follow_packets(m)
        self.follow_steps(m)
        self.follow_words(m)
        self.join()

    def edges(self) -> list[Value]:
        """Return whether a packet leaves, for all edges but the east ones."""
        columns, rows = self.params.columns, self.params.rows
        found = []
        for k in self.cores:
            y, x = divmod(k, columns)
            at_edge = ((WEST, x == 0), (SOUTH, y == 0), (NORTH, y == rows - 1))
            found += [self.out_valid[k][port] for port, there in at_edge if there]
        return found

    def follow_packets(self, m: Module) -> None:
        """Count the packets that have come and not left."""
        dut, depth = self.dut, self.params.depth
        queues = [f"router_{k}.queue_{port}" for k in self.cores for port in range(len(PORTS))]
        fills = [self.inside(f"{queue}.fill") for queue in queues]
        sends = [
            self.inside(f"core_{k}.out_valid") & self.inside(f"router_{k}.in_ready")[LOCAL]
            for k in self.cores
        ]
        comes = [dut.in_valid & dut.in_ready, *sends]
        east = list(dut.out_valid & dut.out_ready)
        leaves = [*(valid[LOCAL] for valid in self.out_valid), *east, *self.edges()]
        held = Signal(range(5 * depth * len(self.cores) + 2))
        m.d.sync += held.eq(held + sum(comes, start=0) - sum(leaves, start=0))
        self.under_way = self.busy | (held != 0) | dut.in_valid
        self.holds("no packet is lost on a link, and none doubled", held == sum(fills, start=0))
        self.holds("idle is nothing under way", dut.idle == ~self.under_way)
        for queue, fill in zip(queues, fills, strict=True):
            self.helps(f"no more than the depth {queue}", fill <= depth)
            for place in range(depth):
                empty = self.inside(f"{queue}.packet_{place}") == 0
                self.helps(f"nothing behind the last {queue} {place}", (fill > place) | empty)
        for k in self.cores:
            for name in PORTS:
                last = self.inside(f"router_{k}.sent_last_{name}")
                self.helps(f"the last sender {k} {name}", last < len(PORTS))
        self.reaches("a packet leaves to the east", dut.out_valid.any())
        self.reaches("a packet goes astray", dut.stray)

    def follow_steps(self, m: Module) -> None:
        """Count the ticks from step to step."""
        dut = self.dut
        timed = dut.period != 0
        begun, apart = Signal(), Signal(PERIOD_BITS + 1)  # ticks since the last step, from 1
        with m.If(dut.clear):
            m.d.sync += begun.eq(0)
        with m.Elif(dut.sync):
            m.d.sync += [begun.eq(1), apart.eq(1)]
        with m.Elif(~apart[-1]):
            m.d.sync += apart.eq(apart + 1)
        over = ~begun | (apart >= dut.period)
        self.holds("a step begins only while no core is busy", ~dut.sync | ~self.busy)
        self.holds(
            "without a period a step begins only when no packet is under way",
            ~dut.sync | timed | ~self.under_way,
        )
        self.holds("steps are a period apart", ~dut.sync | ~timed | over)
        self.holds(
            "an overrun is a step that is due while something is under way",
            dut.overrun == (dut.run & timed & over & self.under_way),
        )
        since = self.inside("since")
        self.helps("ticks since", Mux(begun, apart == since + 1, since.all()))
        for k in self.cores:
            self.helps(f"core {k} counts steps too", self.inside(f"core_{k}.slot") == dut.slot)
        self.reaches("a step begins while a packet is under way", dut.sync & self.under_way)

    def follow_words(self, m: Module) -> None:
        """Count the words of what was announced."""
        dut, core = self.dut, self.params.core
        counts = [-(-bits // WORD) for bits in (core.sram.row_bits, 2 * core.axons, WORD)]
        number, left, kind = Signal(14), Signal(range(max(counts) + 1)), Signal(2)
        before = Signal(WORD)
        loads = [self.inside(f"loads_{k}") for k in self.cores]
        takes = dut.config_valid & dut.config_ready
        with m.If(takes):
            m.d.sync += [left.eq(left - 1), before.eq(dut.config_data)]
            with m.If(left == 0):
                m.d.sync += [number.eq(dut.config_data[16:30]), kind.eq(dut.config_data[30:])]
                m.d.sync += left.eq(0)
                for code, count in enumerate(counts):
                    with m.If(dut.config_data[30:] == code):
                        m.d.sync += left.eq(count)
        self.holds(
            "words are taken only while nothing is under way",
            ~(self.inside("takes") & self.under_way),
        )
        self.holds(
            "a core is loaded with the last word of what is for it",
            Cat(
                load == (takes & (left == 1) & (number == k)) for k, load in enumerate(loads)
            ).all(),
        )
        self.helps(
            "words so far",
            (left == self.inside("left")) & (number == self.inside("number"))
            & (kind == self.inside("kind")) & (left <= max(counts)),
        )  # fmt: skip
        if len(loads) == 1 and counts[0] == 2:
            row, kept = self.inside("load_row"), self.inside("kept")
            whole = Cat(before, dut.config_data)[: len(row)]
            self.holds(
                "a row's words come lowest first", ~(loads[0] & (kind == 0)) | (row == whole)
            )
            self.helps("the word before", (kind != 0) | (left != 1) | (kept == before))
        self.reaches("a row is loaded", loads[-1] & (kind == 0))

    def join(self) -> None:
        """Compare pins with what leads to them."""
        dut, params = self.dut, self.params
        bits = params.router.packet_bits
        lasts = range(params.columns - 1, params.cores, params.columns)
        shown, signs = [], []
        for y, k in enumerate(lasts):
            packet = dut.out_packet.word_select(y, bits)
            sent = self.inside(f"router_{k}.out_data").word_select(EAST, bits)
            shown.append((packet == sent) & (dut.out_valid[y] == self.out_valid[k][EAST]))
            signs.append(dut.out_valid[y] & packet[8])
        merged = Cat(self.inside(f"core_{k}.merged") for k in self.cores)
        self.holds("a row's output is what its last core sends east", Cat(shown).all())
        self.holds("what is shown at an east link went east", ~Cat(signs).any())
        self.holds(
            "a packet that leaves by another edge is a stray",
            dut.stray == Cat(self.edges()).any(),
        )
        self.holds("merges are those of the cores", dut.merged == merged)


PROOF = ArrayProof
