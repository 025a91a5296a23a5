"""Proof of the spike arbiter: what it grants, in which order, and that it loses nothing."""

from functools import reduce
from operator import and_
from typing import ClassVar

from amaranth.hdl import Const, Module, Mux, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.arbiter import Arbiter
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.proofs.mubrain.multi_phase_oscillator import in_step
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ArbiterProof"]

PHASES = ("load_phase", "select_phase", "access_phase", "recover_phase")
FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)
UNEVEN = MultiPhaseOscillatorParams(load=1, select=2, access=3, recover=1)


@bug_in(Arbiter)
def takes_two(m, dut, inside):
    """Take the first input along with any other."""
    m.d.comb += dut.detector.taken.eq(Mux(dut.access_phase, dut.encoder.mask() | 1, 0))


@bug_in(Arbiter)
def grants_late(m, dut, inside):
    """Grant on the tick after the take."""
    m.d.comb += dut.access_phase.eq(dut.grant)


@bug_in(Arbiter)
def searches_what_was(m, dut, inside):
    """Keep what was granted in the spike register."""
    with m.If(inside("oscillator.load_phase")):
        m.d.sync += inside("register").eq(inside("register") | dut.detector.pending)


@bug_in(Arbiter, at="detector")
def loses_edges(m, dut, inside):
    """Let the take of an input win over an edge on the same tick."""
    detector = dut.detector
    m.d.sync += detector.pending.eq((detector.pending | detector.edges) & ~detector.taken)


@bug_in(Arbiter, at="detector")
def merges_ties(m, dut, inside):
    """Tell a merge of an edge that comes with the grant."""
    m.d.sync += dut.detector.merged.eq(dut.detector.edges & dut.detector.pending)


@bug_in(Arbiter, at="encoder")
def mixes_up(m, dut, inside):
    """Start the next search after another input than the one granted."""
    with m.If(inside("oscillator.recover_phase")):
        m.d.sync += dut.encoder.line.eq(1)


@bug_in(Arbiter)
def highest_first(m, dut, inside):
    """Hide every input with a higher one beside it."""
    with m.If(inside("oscillator.load_phase")):
        pending = dut.detector.pending
        m.d.sync += inside("register").eq(pending & ~(pending >> 1))


@bug_in(Arbiter)
def waits(m, dut, inside):
    """Rest while only the last input waits."""
    pending = dut.detector.pending
    m.d.comb += dut.oscillator.request.eq((pending << 1)[: len(pending)].any())


@bug_in(Arbiter)
def sleeps(m, dut, inside):
    """Say that it rests as soon as the oscillator does."""
    m.d.comb += dut.busy.eq(inside("oscillator.count") != 0)


@bug_in(Arbiter, at="oscillator")
def sticks(m, dut, inside):
    """Stay beyond the period, if a counter has room for it."""
    count = inside("oscillator.count")
    with m.If(count >= dut.params.oscillator.period):
        m.d.sync += count.eq(count)


class ArbiterProof(Proof):
    """One arbitrary input, and a count of what others get while it waits."""

    rtl = Arbiter
    configs: ClassVar = {
        f"{policy.value}-{n}{suffix}": ArbiterParams(inputs=n, policy=policy, oscillator=oscillator)
        for n, oscillator, suffix in (
            *((n, FAST, "-fast") for n in (1, 2, 3, 7)),
            *((n, UNEVEN, "-uneven") for n in (2, 5)),
            *((n, MultiPhaseOscillatorParams(), "") for n in (1, 7, 16, 64, 65, 256, 257, 512)),
        )
        for policy in Policy
    }
    quick = tuple(
        f"{policy.value}-{name}" for name in ("1-fast", "2-uneven", "3-fast") for policy in Policy
    )
    search = 24
    bugs: ClassVar = {
        "one input is taken per grant, that of the address": takes_two,
        "a grant is of an input that waits": searches_what_was,
        "edges are granted, merged or pending": loses_edges,
        "a merge is reported when an edge meets a waiting spike": merges_ties,
        "merging is reported on the tick of a merge": merges_ties,
        "grant follows access by a tick": grants_late,
        "the input whose turn it is is served": highest_first,
        "while an input waits, others get N - 1 grants at most": mixes_up,
        "while anything waits, a grant comes every period": waits,
        "busy while anything waits": sleeps,
        "the oscillator finds its step": sticks,
    }

    def ticks_of_induction(self) -> int:
        """Return the ticks from load to the tick after select: the search is pipelined."""
        return self.rules.oscillator.select + 1

    at: ClassVar[str] = ""
    """Where in the circuit the arbiter is, with a dot behind."""

    @property
    def arbiter(self) -> Arbiter:
        """The arbiter: the circuit, or a part of that name."""
        return self.dut.arbiter if self.at else self.dut

    @property
    def rules(self) -> ArbiterParams:
        """Its parameters."""
        return self.params.arbiter if self.at else self.params

    def properties(self, m: Module) -> None:
        """Follow one input from its edges to its grants."""
        dut, params = self.arbiter, self.rules
        pending, register = dut.detector.pending, self.inside(f"{self.at}register")
        lane = self.lane = self.any_value("lane", params.inputs)
        self.assumes("clear comes at rest", ~(dut.clear & dut.busy))
        self.phases()
        self.grants(m, pending, register)
        waits = pending.bit_select(lane, 1)
        granted = Signal()
        rose = Signal()
        before = Signal()
        m.d.comb += [
            granted.eq(dut.access_phase & (dut.address == lane)),
            rose.eq(dut.spikes.bit_select(lane, 1) & ~before),
        ]
        m.d.sync += before.eq(dut.spikes.bit_select(lane, 1))
        sampled = self.inside(f"{self.at}detector.sampled").bit_select(lane, 1)
        self.helps("the line was sampled", before == sampled)
        self.accounts(m, lane, rose, granted, waits)
        there = Signal()  # the input waited when the register was loaded
        with m.If(dut.oscillator.load_phase):
            m.d.sync += there.eq(waits)
        loaded = ~self.loaded | (there == register.bit_select(lane, 1))
        self.helps("what waited was loaded", loaded)
        self.turns(m, lane, rose, granted, waits, there)
        self.ends(m, pending)

    def phases(self) -> None:
        """Say where in its period the oscillator is, and tie strobes and counter together."""
        oscillator, params = self.arbiter.oscillator, self.rules.oscillator
        self.count = count = self.inside(f"{self.at}oscillator.count")
        strobes = tuple(getattr(oscillator, name) for name in PHASES)
        self.step = in_step(count, strobes, params)
        for k, condition in enumerate(self.step):
            self.helps(f"in step {k}", condition)
        load, select, access, _ = self.arbiter.oscillator.last_counts()
        self.loaded = (count > load) & (count <= access)
        self.selected = (count > select) & (count <= access)
        self.begun = (count > 0) & (count <= access)

    def grants(self, m: Module, pending: Value, register: Value) -> None:
        """Claim what a grant is."""
        dut, n = self.arbiter, self.rules.inputs
        taken = dut.detector.taken
        told, wanted = Signal(name="told"), Signal(name="wanted")
        m.d.sync += [told.eq(dut.merging), wanted.eq(dut.access_phase)]
        one = (Const(1) << dut.address)[:n]
        self.holds(
            "one input is taken per grant, that of the address",
            taken == Mux(dut.access_phase, one, 0),
        )
        self.holds(
            "a grant is of an input that waits",
            ~dut.access_phase | ((dut.address < n) & pending.bit_select(dut.address, 1)),
        )
        self.holds("grant follows access by a tick", dut.grant == wanted)
        self.holds("merging is reported on the tick of a merge", told == dut.merged.any())
        self.holds("busy while anything waits", dut.busy | ~pending.any())
        self.helps("what set the oscillation off waits", ~self.begun | pending.any())
        self.helps("what was loaded waits", ~self.loaded | ~(register & ~pending).any())
        self.helps("something was loaded", ~self.loaded | register.any())
        self.helps(
            "what is selected was loaded",
            ~self.selected | (self.stands_at(dut.address) & register.bit_select(dut.address, 1)),
        )

    def stands_at(self, number: Value) -> Value:
        """Return whether the encoder's mask is that of an input."""
        encoder, n = self.arbiter.encoder, self.rules.inputs
        bits = (len(encoder.line) - 1).bit_length()
        group = (Const(1) << number[bits:])[: len(encoder.group)]
        line = (Const(1) << number[:bits])[: len(encoder.line)]
        return (encoder.group == group) & (encoder.line == line) & (number < n)

    def accounts(self, m: Module, lane: Value, rose: Value, granted: Value, waits: Value) -> None:
        """Claim that every edge of the input has its grant or its merge, or waits."""
        merged = self.arbiter.merged.bit_select(lane, 1)
        owed = Signal(4)
        met = Signal()
        m.d.sync += [
            owed.eq(owed - merged + rose - granted),
            met.eq(rose & waits & ~granted),
        ]
        self.holds("edges are granted, merged or pending", owed - merged == waits)
        self.holds("a merge is reported when an edge meets a waiting spike", merged == met)
        self.reaches("a merge", merged)
        self.reaches("an edge on the tick of its input's grant", rose & granted)

    def turns(
        self, m: Module, lane: Value, rose: Value, granted: Value, waits: Value, there: Value
    ) -> None:
        """Claim the policy's order, and what it promises an input that waits."""
        dut, n = self.arbiter, self.rules.inputs
        self.reaches("the last input is granted", dut.access_phase & (dut.address == n - 1))
        if self.rules.policy is Policy.LINEAR:
            first = dut.address <= lane
            self.holds("the input whose turn it is is served", ~(self.selected & there) | first)
            return
        last = Signal(range(max(2, n)), init=n - 1)  # granted last
        others = Signal(range(2 * n))  # grants of others while the input waits
        with m.If(dut.access_phase):
            m.d.sync += last.eq(dut.address)
        with m.If(dut.clear):
            m.d.sync += last.eq(n - 1)
        with m.If(rose & (~waits | granted)):
            m.d.sync += others.eq(0)
        with m.Elif(waits & dut.access_phase & ~granted):
            m.d.sync += others.eq(others + 1)

        between = self.between(last, lane)
        served = (dut.address == lane) | (self.between(dut.address, lane) < between)
        self.holds("the input whose turn it is is served", ~(self.selected & there) | served)
        self.holds(
            "while an input waits, others get N - 1 grants at most", ~waits | (others <= n - 1)
        )
        at_start = (last == n - 1) & ~dut.encoder.group.any() & ~dut.encoder.line.any()
        self.helps("the search knows its place", self.selected | self.stands_at(last) | at_start)
        came_late = self.loaded & ~there
        room = Mux(came_late, others == 0, others + between <= n - 1)
        self.helps("room for those in between", ~waits | room)
        if n > 1:
            self.reaches("an input waits for all others", waits & (others == n - 1))
            self.reaches("the search wraps", dut.access_phase & (dut.address < last))

    def between(self, start: Value, lane: Value) -> Value:
        """Return how many inputs lie behind `start` and before the lane, going round."""
        n = self.rules.inputs
        return Mux(lane > start, lane - start - 1, lane + n - start - 1)[: n.bit_length() + 1]

    def ends(self, m: Module, pending: Value) -> None:
        """Claim that grants come as fast as the oscillator can, and what an upset leaves."""
        params, access = self.rules.oscillator, self.arbiter.oscillator.last_counts()[2]
        quiet = Signal(range(2 * params.period))  # ticks for which something waits ungranted
        m.d.sync += quiet.eq(Mux(pending.any() & ~self.arbiter.access_phase, quiet + 1, 0))
        self.holds(
            "while anything waits, a grant comes every period",
            ~pending.any() | (quiet < params.period),
        )
        self.helps(
            "the wait fits the phase",
            quiet <= Mux(self.count > access, self.count - access - 1, self.count + params.recover),
        )
        if self.rules.inputs <= 16:  # the same for more of them, and proved of the oscillator
            legal = reduce(and_, self.step)
            self.leaves("the oscillator finds its step", legal, (1 << len(self.count)) + 2)


PROOF = ArbiterProof
