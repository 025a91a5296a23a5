"""Proof of the power gate: what always holds, and the order and length of steps."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.power_gate import PowerGate, State
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "PowerGateProof"]


@bug_in(PowerGate)
def opens_early(m, dut, inside):
    """Let the outputs go as soon as the power is on."""
    m.d.sync += dut.isolate.eq(~dut.request)


@bug_in(PowerGate)
def retains_late(m, dut, inside):
    """Retain only while off."""
    m.d.sync += dut.retain.eq(inside("following") == State.OFF)


@bug_in(PowerGate)
def good_for_ever(m, dut, inside):
    """Say that power is good from the first wake-up on."""
    m.d.sync += dut.good.eq(dut.good | inside("following_good"))


@bug_in(PowerGate)
def retains_alone(m, dut, inside):
    """Retain on the tick after coming on, too."""
    m.d.sync += dut.retain.eq(inside("following_retain") | dut.reset)


@bug_in(PowerGate)
def lets_go(m, dut, inside):
    """Ignore a request while going off."""
    with m.If((inside("state") == State.GOING_OFF) & (inside("after") != dut.params.going_off)):
        m.d.comb += inside("following").eq(State.GOING_OFF)


@bug_in(PowerGate)
def hurries(m, dut, inside):
    """Cut the power at once when there is nothing to hear."""
    with m.If((inside("state") == State.GOING_OFF) & ~dut.request):
        m.d.comb += inside("following").eq(State.OFF)


@bug_in(PowerGate)
def breaks_off(m, dut, inside):
    """Give a wake-up up when the request falls."""
    with m.If((inside("state") == State.WAKING) & ~dut.request):
        m.d.comb += inside("following").eq(State.OFF)


@bug_in(PowerGate)
def sleeps(m, dut, inside):
    """Rest while going off."""
    with m.If(inside("state") == State.GOING_OFF):
        m.d.comb += dut.busy.eq(0)


@bug_in(PowerGate)
def sticks(m, dut, inside):
    """Keep outputs that do not fit the state."""
    with m.If(dut.isolate & ~dut.retain & (inside("state") == State.OFF)):
        m.d.sync += [dut.retain.eq(0), inside("state").eq(State.OFF)]


class PowerGateProof(Proof):
    """What the table and the numbered rules of the model's docstring say."""

    rtl = PowerGate
    configs: ClassVar = {
        "zigzag": PowerGateParams(),
        "short": PowerGateParams(wake=1, reset=1, isolate=0, settle=1),
        "ordered": PowerGateParams(wake=3, reset=2, isolate=2, settle=3),
        "slow-wake": PowerGateParams(wake=37, reset=1, isolate=1, settle=1),
        "slow-off": PowerGateParams(wake=2, reset=0, isolate=5, settle=12),
    }
    quick = ("zigzag", "ordered")
    bugs: ClassVar = {
        "isolated unless power is good and reset is done": opens_early,
        "retained while power is not good or reset is up": retains_late,
        "good needs power": good_for_ever,
        "retained only while isolated": retains_alone,
        "a wake-up takes its time, and is never broken off": breaks_off,
        "good and reset come and go in time": good_for_ever,
        "the way off takes its time": hurries,
        "a request is noticed in every state but waking": lets_go,
        "busy unless on and asked for, or off and not": sleeps,
        "state and outputs come to terms": sticks,
    }

    def properties(self, m: Module) -> None:
        """Time how long power is on, and how long the block is isolated after having been on."""
        dut, params = self.dut, self.params
        state, count = self.inside("state"), self.inside("count")
        woken = Signal()  # has been on since power rose
        up_for = Signal(range(params.waking + 2))  # ticks since power rose
        off_for = Signal(range(params.going_off + 2))  # ticks since isolation rose
        asked = Signal()
        was_waking = Signal()
        was_isolated = Signal()
        m.d.sync += [
            asked.eq(dut.request),
            was_waking.eq(dut.power & dut.isolate & ~woken),
            was_isolated.eq(dut.isolate),
        ]
        on = dut.power & ~dut.isolate
        with m.If(~dut.power):
            m.d.sync += [woken.eq(0), up_for.eq(0), off_for.eq(0)]
        with m.Elif(on):
            m.d.sync += [woken.eq(1), off_for.eq(0)]
        with m.Elif(woken):
            m.d.sync += off_for.eq(off_for + 1)
        with m.Else():
            m.d.sync += up_for.eq(up_for + 1)

        waking = dut.power & dut.isolate & ~woken
        going_off = dut.power & dut.isolate & woken
        isolated, retained = dut.isolate, dut.retain
        late = off_for >= params.isolate
        self.holds(
            "isolated unless power is good and reset is done",
            isolated | (dut.power & dut.good & ~dut.reset),
        )
        self.holds(
            "retained while power is not good or reset is up", retained | (dut.good & ~dut.reset)
        )
        self.holds("good needs power", dut.power | ~dut.good)
        self.holds("retained only while isolated", isolated | ~retained)
        self.holds(
            "a wake-up takes its time, and is never broken off",
            (~waking | (up_for < params.waking))
            & (~was_waking | waking | (on & (up_for == params.waking))),
        )
        self.holds(
            "good and reset come and go in time",
            (dut.reset == waking)
            & (~waking | (dut.good == (up_for >= params.wake)))
            & (dut.power | ~dut.good),
        )
        self.holds(
            "the way off takes its time",
            (~going_off | ((off_for < params.going_off) & (retained == late)))
            & (dut.power | ~woken | (off_for == params.going_off)),
        )
        self.holds(
            "a request is noticed in every state but waking",
            ~asked | dut.power & (waking | ~isolated),
        )
        self.holds(
            "busy unless on and asked for, or off and not",
            dut.busy == ~Mux(on, dut.request, ~dut.power & ~dut.request),
        )
        self.helps("waking", (state == State.WAKING) == waking)
        self.helps("on", (state == State.ON) == on)
        self.helps("going off", (state == State.GOING_OFF) == going_off)
        self.helps("counts", count == Mux(waking, up_for, Mux(going_off, off_for, 0)))
        self.helps("off is isolated", dut.power | (isolated & retained))
        self.helps("off_for counts", off_for <= params.going_off)
        self.helps("up_for counts", up_for <= params.waking)
        self.helps("awake or not", ~on | ~woken | (off_for <= params.going_off))
        fits = (
            (dut.power == (state != State.OFF))
            & (isolated == (state != State.ON))
            & (dut.reset == (state == State.WAKING))
            & (retained | (state == State.ON) | (state == State.GOING_OFF))
        )
        patience = (1 << len(count)) + params.waking + params.going_off
        self.leaves("state and outputs come to terms", fits, patience)
        self.reaches("off again", ~dut.power & was_isolated & woken)
        self.reaches("on for the second time", on & was_isolated & ~was_waking)
        self.reaches("on after a wake-up", on & was_waking)

    @property
    def search(self) -> int:  # type: ignore[override]
        """Ticks from reset within which everything can happen."""
        return 2 * (self.params.waking + self.params.going_off) + 8


PROOF = PowerGateProof
