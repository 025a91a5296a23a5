"""Proof of the token controller: every neuron in turn, every event of it once, in order.

One arbitrary axon is followed from the neuron's first tick to its last. Of the number of a neuron
it is also said that one beyond the last, which an upset can leave behind, does not stay.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.token_controller import GROUP, State, TokenController
from goldspike.model.truenorth.token_controller import TokenControllerParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "TokenControllerProof"]


@bug_in(TokenController)
def stays_with_a_neuron(m, dut, inside):
    """Pass the token on only when nothing was integrated."""
    with m.If(dut.write_back & ~dut.first):
        m.d.sync += dut.neuron.eq(dut.neuron)


@bug_in(TokenController)
def forgets_the_last(m, dut, inside):
    """End a step a neuron early."""
    with m.If(dut.write_back & (dut.neuron + 1 >= dut.params.neurons - 1)):
        m.d.sync += inside("phase").eq(State.STANDBY)


@bug_in(TokenController)
def repeats(m, dut, inside):
    """Leave an event for another time when it is the only one."""
    with m.If(inside("waiting") & (inside("searched") == inside("lowest"))):
        m.d.sync += inside("left_0").eq(inside("group_0"))


@bug_in(TokenController)
def fires_early(m, dut, inside):
    """Fire with the last event."""
    with m.If(dut.integrate & dut.send):
        m.d.comb += dut.fire.eq(1)


@bug_in(TokenController)
def descends(m, dut, inside):
    """Look at new events on every tick."""
    m.d.comb += inside("group_0").eq(dut.events[: min(GROUP, dut.params.axons)])


@bug_in(TokenController)
def goes_on(m, dut, inside):
    """Leave a neuron whose spike waits."""
    with m.If(dut.stall):
        m.d.sync += inside("phase").eq(State.FETCH)


@bug_in(TokenController)
def writes_early(m, dut, inside):
    """Write while a spike waits."""
    m.d.comb += dut.write_back.eq(dut.fire)


@bug_in(TokenController)
def sleeps(m, dut, inside):
    """Miss a sync that comes with something to send."""
    with m.If(~dut.busy & dut.send):
        m.d.sync += inside("phase").eq(State.STANDBY)


@bug_in(TokenController)
def wins(m, dut, inside):
    """Begin a step, if both are asked for."""
    with m.If(~dut.busy & dut.sync):
        m.d.sync += inside("phase").eq(State.FETCH)


@bug_in(TokenController)
def gets_stuck(m, dut, inside):
    """Keep a number beyond the last neuron's."""
    with m.If(dut.neuron >= dut.params.neurons):
        m.d.sync += dut.neuron.eq(dut.neuron)


class TokenControllerProof(Proof):
    """Any events, syncs, clears and stalls, on any ticks."""

    rtl = TokenController
    configs: ClassVar = {
        "one": TokenControllerParams(axons=1, neurons=1),
        "5x3": TokenControllerParams(axons=5, neurons=3),
        "18x2": TokenControllerParams(axons=18, neurons=2),
        "40x24": TokenControllerParams(axons=40, neurons=24),
    }
    quick = ("5x3",)
    search = 16
    bugs: ClassVar = {
        "neurons ascend from 0": stays_with_a_neuron,
        "a step or a clear ends with the last neuron": forgets_the_last,
        "an event is integrated once": repeats,
        "no event is left when the neuron fires": fires_early,
        "events are integrated ascending by axon": descends,
        "a neuron whose spike waits goes on firing": goes_on,
        "it is written when its spike is taken, or there is none": writes_early,
        "busy after a sync or clear at rest, and only then": sleeps,
        "a clear wins over a sync": wins,
        "one thing at a time": fires_early,
        "unless a spike waits, a neuron that there is": gets_stuck,
    }

    def properties(self, m: Module) -> None:
        """Follow the token, then one axon's events."""
        self.follow_token(m)
        self.follow_axon(m)
        dut, params = self.dut, self.params
        calm = self.ticks_since(dut.stall, params.axons + 4)
        legal = (dut.neuron < params.neurons) & (dut.busy | (dut.neuron == 0))
        self.leaves(
            "unless a spike waits, a neuron that there is",
            (calm < params.axons + 4) | legal,
            params.axons + 4,
        )
        self.reaches("a step's last write-back after a stall", self.over & self.waited)
        self.reaches("a clear is over", self.over & dut.erase)

    def follow_token(self, m: Module) -> None:
        """Compare every tick with the one before."""
        dut, params = self.dut, self.params
        turn = Signal(range(params.neurons + 1))  # the neuron that comes next
        passed, ended, started, cleared, busy = (Signal() for _ in range(5))
        self.waited, self.over = Signal(), Signal()
        neuron = Signal.like(dut.neuron)
        moves, rests = dut.write_back | dut.erase, ~dut.busy
        m.d.comb += self.over.eq(moves & (dut.neuron == params.neurons - 1))
        m.d.sync += [
            turn.eq(Mux(rests | self.over, 0, turn + moves)),
            passed.eq(moves & ~self.over),
            ended.eq(self.over),
            started.eq(rests & (dut.sync | dut.clear)),
            cleared.eq(rests & dut.clear),
            busy.eq(dut.busy & ~self.over),
            self.waited.eq(dut.stall),
            neuron.eq(dut.neuron),
        ]
        begins = dut.fetch | dut.erase
        self.holds("neurons ascend from 0", ~begins | (dut.neuron == turn))
        self.holds(
            "a step or a clear ends with the last neuron",
            Mux(ended, rests, ~passed | begins),
        )
        self.holds(
            "a neuron whose spike waits goes on firing",
            ~self.waited | (dut.fire & (dut.neuron == neuron)),
        )
        self.holds(
            "it is written when its spike is taken, or there is none",
            dut.write_back == (dut.fire & ~(dut.send & ~dut.out_ready)),
        )
        self.holds(
            "busy after a sync or clear at rest, and only then", dut.busy == (started | busy)
        )
        self.holds("a clear wins over a sync", ~started | (dut.erase == cleared))
        things = sum((dut.fetch, dut.integrate, dut.fire, dut.erase), start=0)
        self.holds("one thing at a time", things == dut.busy)
        fresh = self.inside("fresh")
        self.helps("the neuron", dut.neuron == turn)
        self.helps("neurons that there are", turn < params.neurons)
        self.helps("fresh after a fetch", ~fresh | (self.inside("phase") == State.RUN))
        nothing = Cat(self.inside(f"left_{k}") for k in range(-(-params.axons // GROUP))) == 0
        self.helps("a stall has no events left", ~self.waited | (nothing & ~fresh))

    def follow_axon(self, m: Module) -> None:
        """Follow the events of an axon, and the order of all."""
        dut, params = self.dut, self.params
        axon = self.any_value("axon", params.axons)
        due, event, some = Signal(), Signal(), Signal()
        before = Signal.like(dut.axon)
        here = dut.integrate & (dut.axon == axon)
        m.d.comb += event.eq(Mux(dut.first, dut.events.bit_select(axon, 1), due))
        with m.If(self.inside("runs")):
            m.d.sync += due.eq(event & ~here)
        m.d.sync += some.eq(dut.integrate | (some & ~dut.write_back))
        with m.If(dut.integrate):
            m.d.sync += before.eq(dut.axon)
        self.holds("an event is integrated once", ~here | event)
        self.holds("no event is left when the neuron fires", ~(dut.fire & event))
        self.holds(
            "events are integrated ascending by axon",
            ~(dut.integrate & some) | (dut.axon > before),
        )
        left = Cat(self.inside(f"left_{k}") for k in range(-(-params.axons // GROUP)))
        self.helps("what is due is left", due == left.bit_select(axon, 1))
        self.helps(
            "integrated while it runs", ~some | (self.inside("runs") & ~self.inside("fresh"))
        )
        lower = ~some | (((left >> before) & 1 == 0) & (left & ((1 << before) - 1) == 0))
        self.helps("no lower one is left", lower)


PROOF = TokenControllerProof
