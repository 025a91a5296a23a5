"""Proof of the AER output: all potentials, once and in order, and the first of the highest."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal, signed

from goldspike.hdl.alwayson.aer_output import AerOutput
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.aer_output import AerOutputParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "AerOutputProof"]


@bug_in(AerOutput)
def starts_again(m, dut, inside):
    """Begin again with a start during a readout."""
    with m.If(dut.start):
        m.d.sync += [inside("runs").eq(1), inside("place").eq(0)]


@bug_in(AerOutput)
def reads_the_next(m, dut, inside):
    """Read the potential of the neuron behind."""
    bits = dut.params.bits
    m.d.comb += inside("potential").eq(dut.potentials.word_select(inside("place") + 1, bits))


@bug_in(AerOutput)
def keeps_the_highest(m, dut, inside):
    """Let the highest potential of the readout before count."""
    with m.If(inside("reads") & (inside("potential") <= inside("highest"))):
        m.d.sync += [inside(name).eq(inside(name)) for name in ("highest", "leader")]


@bug_in(AerOutput)
def last_of_several(m, dut, inside):
    """Let the last of several highest potentials win."""
    with m.If(inside("reads") & (inside("potential") >= inside("highest"))):
        m.d.sync += inside("leader").eq(inside("place"))


@bug_in(AerOutput)
def keeps_the_address(m, dut, inside):
    """Let the last address stand."""
    with m.If(~inside("reads")):
        m.d.sync += dut.address.eq(dut.address)


@bug_in(AerOutput)
def rests_early(m, dut, inside):
    """Rest before the winner has left."""
    m.d.comb += dut.busy.eq(dut.start | inside("runs"))


@bug_in(AerOutput)
def goes_on(m, dut, inside):
    """Read on behind the last neuron, where an upset leads."""
    with m.If(inside("runs") & (inside("place") > dut.params.lines)):
        m.d.sync += inside("runs").eq(1)


class AerOutputProof(Proof):
    """Any potentials at any time; one arbitrary neuron is followed."""

    rtl = AerOutput
    configs: ClassVar = {
        "1": AerOutputParams(lines=1, bits=2),
        "3-3": AerOutputParams(lines=3, bits=3),
        "5-2": AerOutputParams(lines=5, bits=2),
        "10": AerOutputParams(),
    }
    quick = ("1", "5-2")
    bugs: ClassVar = {
        "a readout takes a tick per neuron and two more": starts_again,
        "each potential as it was sampled": reads_the_next,
        "the winner has a highest potential": keeps_the_highest,
        "nobody before the winner has as high a potential": last_of_several,
        "zeros where nothing is said": keeps_the_address,
        "busy from the start until the winner has left": rests_early,
        "at rest after any state": goes_on,
    }

    def properties(self, m: Module) -> None:
        """Count the ticks of a readout; keep one neuron's potential as it was read."""
        dut, lines, bits = self.dut, self.params.lines, self.params.bits
        since = Signal(range(lines + 3))  # ticks since the start; 0: no readout
        with m.If((since == 0) | (since == lines + 2)):
            m.d.sync += since.eq(dut.start)
        with m.Else():
            m.d.sync += since.eq(since + 1)
        says = (since >= 2) & (since < lines + 2)
        place = (since - 2)[: len(since)]
        self.holds(
            "a readout takes a tick per neuron and two more",
            (dut.valid == says)
            & (dut.done == (since == lines + 2))
            & (~says | (dut.address == place)),
        )

        neuron = self.any_value("neuron", lines)
        now = Signal(signed(bits))
        before, kept = Signal.like(now), Signal.like(now)  # on the last tick; as it was read
        m.d.comb += now.eq(dut.potentials.word_select(neuron, bits))
        m.d.sync += before.eq(now)
        read = Signal()
        m.d.comb += read.eq(since == neuron + 1)
        with m.If(read):
            m.d.sync += kept.eq(now)
        own = says & (place == neuron)
        self.holds("each potential as it was sampled", ~own | (dut.value.as_signed() == before))

        highest, leader = self.inside("highest"), self.inside("leader")
        best = Signal.like(now)  # when the winner leaves
        m.d.sync += best.eq(highest)
        wins = dut.winner == neuron
        self.holds(
            "the winner has a highest potential",
            ~dut.done | ((kept <= best) & (~wins | (kept == best))),
        )
        self.holds(
            "nobody before the winner has as high a potential",
            ~dut.done | (neuron >= dut.winner) | (kept < best),
        )
        self.holds(
            "zeros where nothing is said",
            (dut.valid | ~(dut.address.any() | dut.value.any())) & (dut.done | ~dut.winner.any()),
        )
        self.holds(
            "busy from the start until the winner has left", dut.busy == (dut.start | since.any())
        )

        runs, stands = self.inside("runs"), self.inside("place")
        counted = since.any() & (since < lines + 2)
        self.helps("the readout's course", runs == counted)
        self.helps("the neuron that is next", ~runs | (stands == since - 1))
        self.helps("a count within its bounds", since <= lines + 2)
        met = counted & (since > neuron + 1)
        self.helps("the highest so far", ~met | (kept <= highest))
        self.helps("the leader's potential", ~met | (leader != neuron) | (kept == highest))
        self.helps("the first of several", ~met | (neuron >= leader) | (kept < highest))
        self.helps("a leader that was read", ~counted | (since < 2) | (leader < since - 1))
        at_end = since == lines + 2
        self.helps("the winner was the leader", ~at_end | (dut.winner == leader))
        self.helps("its potential was the highest", ~at_end | (best == highest))
        self.leaves(
            "at rest after any state", Mux(self.quiet(m, lines + 4), ~dut.busy, 1), 2 * lines + 12
        )
        self.reaches("a winner that is not the first", dut.done & (dut.winner == lines - 1))
        if lines > 1:
            self.reaches(
                "several are highest",
                dut.done & (kept == best) & (neuron != dut.winner),
            )

    def quiet(self, m: Module, ticks: int) -> Signal:
        """Return whether no readout was asked for on as many ticks, this one included."""
        waited = Signal(range(ticks + 1))
        with m.If(self.dut.start):
            m.d.sync += waited.eq(0)
        with m.Elif(waited < ticks):
            m.d.sync += waited.eq(waited + 1)
        quiet = Signal()
        m.d.comb += quiet.eq((waited == ticks) & ~self.dut.start)
        return quiet


PROOF = AerOutputProof
