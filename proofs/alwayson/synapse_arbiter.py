"""Proof of the synapse arbiter: one Ack, for a request, once; no request passed over for ever.

Ref: Chundi 2021, Fig. 5B; what the paper leaves open:
:mod:`goldspike.model.alwayson.synapse_arbiter`.
"""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal, Value

from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.synapse_arbiter import Policy, SynapseArbiterParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "SynapseArbiterProof"]


@bug_in(SynapseArbiter)
def acknowledges_all(m, dut, inside):
    """Acknowledge all requests at once."""
    with m.If(dut.grant & ~dut.reset):
        m.d.sync += dut.ack.eq(dut.request)


@bug_in(SynapseArbiter)
def acknowledges_nobody(m, dut, inside):
    """Acknowledge row 0 when nobody asks."""
    with m.If(dut.sleep & ~dut.reset):
        m.d.sync += dut.ack.eq(1)


@bug_in(SynapseArbiter)
def ends_in_st1(m, dut, inside):
    """Let Ack fall as soon as its request does."""
    with m.If(dut.step & (dut.spkgen == Stage.ST1) & ~(dut.request & dut.ack).any()):
        m.d.sync += [dut.ack.eq(0), inside("stage").eq(Stage.ST0)]


@bug_in(SynapseArbiter)
def launches_again(m, dut, inside):
    """Go back to St1 while the request lasts."""
    with m.If(dut.step & (dut.spkgen == Stage.ST2) & (dut.request & dut.ack).any() & ~dut.reset):
        m.d.sync += inside("stage").eq(Stage.ST1)


@bug_in(SynapseArbiter)
def ignores_the_request(m, dut, inside):
    """Let Ack fall after St2, whatever its request does."""
    with m.If(dut.step & (dut.spkgen == Stage.ST2) & ~dut.reset):
        m.d.sync += [dut.ack.eq(0), inside("stage").eq(Stage.ST0)]


@bug_in(SynapseArbiter)
def sleeps_at_once(m, dut, inside):
    """Sleep with every step in standby."""
    with m.If(dut.step & ~dut.ack.any()):
        m.d.comb += dut.sleep.eq(1)


@bug_in(SynapseArbiter)
def takes_late(m, dut, inside):
    """Take the weights a step late."""
    m.d.comb += dut.capture.eq(dut.step & (dut.spkgen == Stage.ST1))


@bug_in(SynapseArbiter)
def reads_in_standby(m, dut, inside):
    """Read whenever Spkgen stands in St0."""
    m.d.comb += dut.read.eq(dut.spkgen == Stage.ST0)


@bug_in(SynapseArbiter)
def launches_in_st1(m, dut, inside):
    """Launch spikes a step early."""
    m.d.comb += dut.launch.eq(dut.ack.any() & (dut.spkgen != Stage.ST0))


@bug_in(SynapseArbiter)
def acts_without_a_step(m, dut, inside):
    """Say without a step what the next one would grant."""
    m.d.comb += dut.grant.eq(~dut.ack.any() & dut.request.any())


@bug_in(SynapseArbiter, SynapseArbiter.pick)
def highest_first(self):
    """Grant the highest row."""
    n = len(self.request)
    above = [self.request[k + 1 :].any() if k < n - 1 else 0 for k in range(n)]
    return sum((self.request[k] & ~Value.cast(above[k]).any()) << k for k in range(n))


@bug_in(SynapseArbiter)
def looks_at_the_same_place(m, dut, inside):
    """Look from the row after the one that is served, wherever it was."""
    with m.If(dut.grant):
        m.d.sync += dut.following.eq(0)


@bug_in(SynapseArbiter)
def keeps_two(m, dut, inside):
    """Stay where two Acks are up."""
    with m.If((dut.ack & (dut.ack - 1)).any()):
        m.d.sync += dut.ack.eq(dut.ack)


class SynapseArbiterProof(Proof):
    """Any requests and steps; one arbitrary row is followed."""

    rtl = SynapseArbiter
    configs: ClassVar = {
        f"{policy.value}-{n}": SynapseArbiterParams(inputs=n, policy=policy)
        for n in (1, 3, 5, 16)
        for policy in Policy
    }
    quick = ("fixed-1", "fixed-3", "round_robin-3")
    search = 20
    bugs: ClassVar = {
        "one Ack at most is up": acknowledges_all,
        "an Ack rises with a step that meets its request": acknowledges_nobody,
        "an Ack falls with a step in St2 that does not meet its request, or with a reset": (
            ends_in_st1
        ),
        "St2 is entered once per Ack": launches_again,
        "a request is acknowledged once": ignores_the_request,
        "sleeps with a step in standby, or after it, that meets no request": sleeps_at_once,
        "the weights are taken once per Ack, with the step after its grant": takes_late,
        "the row that is read is acknowledged, its weights to be taken": reads_in_standby,
        "spikes are up from St2 to the end of Ack": launches_in_st1,
        "acts with a step only": acts_without_a_step,
        "the lowest row is granted": highest_first,
        "every other row is granted once at most before one that waits": looks_at_the_same_place,
        "a state without meaning ends with the next step, which does nothing else": keeps_two,
    }

    def properties(self, m: Module) -> None:
        """Remember the tick before; follow a row and Spkgen."""
        dut = self.dut
        n, row = self.params.inputs, self.any_value("row", self.params.inputs)
        stage = self.inside("stage")
        ack, request = dut.ack.bit_select(row, 1), dut.request.bit_select(row, 1)
        names = ("request", "ack", "spkgen", "step", "reset", "capture", "grant", "sleep", "launch")
        was = {name: Signal.like(getattr(dut, name), name=f"was_{name}") for name in names}
        m.d.sync += [was[name].eq(getattr(dut, name)) for name in names]
        asked, acked = (was[name].bit_select(row, 1) for name in ("request", "ack"))
        two = (dut.ack & (dut.ack - 1)[:n]).any()
        legal = ~two & (stage != 3) & (dut.ack.any() | (stage == Stage.ST0))
        self.holds("one Ack at most is up", ~two)
        self.helps("a legal state", legal)
        self.holds(
            "an Ack rises with a step that meets its request",
            ~ack | acked | (was["step"] & was["grant"] & asked & ~was["reset"]),
        )
        done = was["step"] & (was["spkgen"] == Stage.ST2) & ~asked
        self.holds(
            "an Ack falls with a step in St2 that does not meet its request, or with a reset",
            ~acked | ack | done | was["reset"],
        )
        self.spkgen(m, row, ack, request)
        ends = (~was["ack"].any() | (was["spkgen"] == Stage.ST2)) & was["step"]
        self.holds(
            "sleeps with a step in standby, or after it, that meets no request",
            was["sleep"] == (ends & ~was["request"].any()),
        )
        self.helps("asleep in standby", ~was["sleep"] | (~dut.ack.any() & (stage == Stage.ST0)))
        self.holds("acts with a step only", dut.step | ~(dut.capture | dut.grant | dut.sleep))
        self.policy(m, row, request)
        self.after_any_state(m, two, legal)
        if n > 1:
            self.reaches("from Ack to Ack", was["grant"] & was["ack"].any() & ~was["reset"])
        self.reaches("asleep after an Ack", was["sleep"] & was["ack"].any())

    def spkgen(self, m: Module, row: Signal, ack: Value, request: Value) -> None:
        """Follow an Ack from its grant: weights taken, spikes launched, once each."""
        dut, stage = self.dut, self.inside("stage")
        fresh, launched, served = (Signal(name=name) for name in ("fresh", "launched", "served"))
        enters = Signal(name="enters")  # St2, with this step
        m.d.comb += enters.eq(dut.step & dut.ack.any() & (stage == Stage.ST1))
        with m.If(dut.reset):
            m.d.sync += [fresh.eq(0), launched.eq(0)]
        with m.Elif(dut.step):
            m.d.sync += [
                fresh.eq(dut.grant),
                launched.eq((launched | enters) & ~dut.grant & ~dut.sleep),
            ]
        with m.If(dut.reset | ~request):
            m.d.sync += served.eq(0)
        with m.Elif(enters & ack):
            m.d.sync += served.eq(1)
        self.holds("St2 is entered once per Ack", ~(enters & launched))
        granted = dut.grant & ~dut.reset & self.inside("chosen").bit_select(row, 1)
        self.holds("a request is acknowledged once", ~(granted & served))
        self.holds(
            "the weights are taken once per Ack, with the step after its grant",
            dut.capture == (dut.step & fresh),
        )
        self.holds(
            "the row that is read is acknowledged, its weights to be taken",
            Mux(dut.read, fresh & (dut.ack == (1 << dut.row)), ~fresh & (dut.row == 0)),
        )
        self.holds("spikes are up from St2 to the end of Ack", dut.launch == launched)
        self.helps("fresh in St0", fresh == (dut.ack.any() & (stage == Stage.ST0)))
        self.helps("launched in St2", launched == (stage == Stage.ST2))
        self.helps("served while Ack is up", ~served | (ack & (stage == Stage.ST2)))
        self.reaches("served, and the request still up", served)

    def policy(self, m: Module, row: Signal, request: Value) -> None:
        """Claim who is granted."""
        dut, n = self.dut, self.params.inputs
        chosen = self.inside("chosen")
        if self.params.policy is Policy.FIXED:
            lowest = Mux(dut.request.any(), dut.request & ~(dut.request - 1)[:n], 0)
            self.holds("the lowest row is granted", ~dut.grant | (chosen == lowest))
            return
        following = dut.following
        mine = chosen.bit_select(row, 1)
        before = Signal(range(n + 1))  # grants to others since this row asks
        with m.If(~request | dut.clear | (dut.grant & (mine | dut.retain))):
            m.d.sync += before.eq(0)
        with m.Elif(dut.grant):
            m.d.sync += before.eq(before + 1)
        ahead = Mux(row >= following, row - following, row + n - following)
        waits = request & ~dut.ack.bit_select(row, 1)
        self.holds("every other row is granted once at most before one that waits", before <= n - 1)
        self.helps("a place that there is", following < n)
        self.helps("fewer and fewer are ahead", before + ahead <= n - 1)
        if n > 1:
            self.reaches("passed over", waits & (before == n - 1))

    def after_any_state(self, m: Module, two: Value, legal: Value) -> None:
        """Claim that one step is enough."""
        dut = self.dut
        upset, stepped, did = (Signal(name=name) for name in ("upset", "stepped", "did"))
        m.d.sync += [
            upset.eq(~legal), stepped.eq(dut.step), did.eq(dut.capture | dut.grant | dut.sleep),
        ]  # fmt: skip
        idle = ~dut.ack.any() & (self.inside("stage") == Stage.ST0)
        self.leaves(
            "a state without meaning ends with the next step, which does nothing else",
            ~(upset & stepped) | (idle & ~did),
            1,
        )


PROOF = SynapseArbiterProof
