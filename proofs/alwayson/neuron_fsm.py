"""Proof of the neuron FSMs: the figure's arcs, the sum in wide numbers, handshake, the way back.

Ref: Chundi 2021, Fig. 2B to 2D; what the paper leaves open:
:mod:`goldspike.model.alwayson.neuron_fsm`.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed

from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm, State
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.proofs.proof import Proof

__all__ = ["ARCS", "COUNTING", "PROOF", "STEPS_LEFT", "NeuronFsmProof", "S", "among"]

S = State
ARCS = {
    Kind.HIDDEN: {
        S.STANDBY: (S.STANDBY, S.POTENTIAL_UPDATE),
        S.POTENTIAL_UPDATE: (S.CHECK,),
        S.CHECK: (S.STANDBY, S.POTENTIAL_RESET),
        S.POTENTIAL_RESET: (S.POTENTIAL_RESET, S.SPK_REQ),
        S.SPK_REQ: (S.SPK_REQ, S.STANDBY, S.POTENTIAL_UPDATE_2),
        S.POTENTIAL_UPDATE_2: (S.SPK_REQ,),
    },
    Kind.INPUT: {S.STANDBY: (S.STANDBY, S.SPK_REQ), S.SPK_REQ: (S.SPK_REQ, S.STANDBY)},
    Kind.OUTPUT: {
        S.STANDBY: (S.STANDBY, S.POTENTIAL_UPDATE),
        S.POTENTIAL_UPDATE: (S.FLIPFLOP_RESET,),
        S.FLIPFLOP_RESET: (S.STANDBY,),
    },
}
"""Where a step leads to."""

STEPS_LEFT = {
    Kind.HIDDEN: {
        S.POTENTIAL_UPDATE: 4, S.CHECK: 3, S.POTENTIAL_RESET: 2, S.SPK_REQ: 1,
        S.POTENTIAL_UPDATE_2: 2,
    },
    Kind.INPUT: {S.SPK_REQ: 1},
    Kind.OUTPUT: {S.POTENTIAL_UPDATE: 2, S.FLIPFLOP_RESET: 1},
}  # fmt: skip
"""Steps to standby, at most, if Ack follows the request before each."""

COUNTING = (S.POTENTIAL_UPDATE, S.POTENTIAL_UPDATE_2)


def among(state: Value, states: tuple) -> Value:
    """Return whether a state is one of some."""
    return Cat(state == one for one in states).any()


@bug_in(NeuronFsm, at="steps")
def skips_the_check(m, dut, inside):
    """Go to standby from Potential Update."""
    with m.If(dut.step & (dut.state == S.POTENTIAL_UPDATE)):
        m.d.sync += inside("steps.state").eq(S.STANDBY)


@bug_in(NeuronFsm, at="steps")
def starts_by_itself(m, dut, inside):
    """Start without a spike."""
    with m.If(dut.step & (dut.state == S.STANDBY)):
        m.d.sync += inside("steps.state").eq(S.POTENTIAL_UPDATE)


@bug_in(NeuronFsm, at="steps")
def fires_above(m, dut, inside):
    """Fire above the threshold only."""
    at = dut.potential == dut.threshold
    with m.If(dut.step & (dut.state == S.CHECK) & at):
        m.d.sync += inside("steps.state").eq(S.STANDBY)


@bug_in(NeuronFsm, at="steps")
def serves_an_old_ack(m, dut, inside):
    """Request although the last Ack is still up."""
    with m.If(dut.step & (dut.state == S.POTENTIAL_RESET)):
        m.d.sync += inside("steps.state").eq(S.SPK_REQ)


@bug_in(NeuronFsm)
def wraps(m, dut, inside):
    """Wrap at the ends."""
    with m.If(dut.step & (dut.state == S.POTENTIAL_UPDATE) & (dut.pending == 1)):
        m.d.sync += dut.potential.eq(dut.potential + 1)


@bug_in(NeuronFsm)
def drifts(m, dut, inside):
    """Count whether retained or not."""
    with m.If(dut.retain & dut.step & (dut.state == S.POTENTIAL_UPDATE)):
        m.d.sync += dut.potential.eq(dut.potential + 1)


@bug_in(NeuronFsm)
def takes_both(m, dut, inside):
    """Take both flip-flops at sleep, as in the paper: what came late dies unseen."""
    with m.If(dut.sleep):
        m.d.comb += dut.taken.eq(0b11)


@bug_in(NeuronFsm)
def forgets_to_take(m, dut, inside):
    """Leave FF-1 up at sleep."""
    with m.If(dut.sleep):
        m.d.comb += dut.taken[1].eq(0)


@bug_in(NeuronFsm)
def sleeps_on_its_feet(m, dut, inside):
    """Reset the wake-up circuit as it fires."""
    with m.If(dut.step & (dut.state == S.POTENTIAL_RESET)):
        m.d.comb += dut.sleep.eq(1)


@bug_in(NeuronFsm, at="steps")
def spikes_before_acks(m, dut, inside):
    """Work on a new spike although Ack is there."""
    with m.If(dut.step & (dut.state == S.SPK_REQ) & dut.pending.any()):
        m.d.sync += inside("steps.state").eq(S.POTENTIAL_UPDATE_2)


@bug_in(NeuronFsm)
def never_waits_for_a_step(m, dut, inside):
    """Say without a step what the next one would reset."""
    m.d.comb += dut.taken.eq(inside("steps.taken"))


@bug_in(NeuronFsm, at="steps")
def sticks(m, dut, inside):
    """Stay in the state that has no name."""
    with m.If(dut.state == 7):
        m.d.sync += inside("steps.state").eq(7)


class NeuronFsmProof(Proof):
    """Any steps, spikes, Acks, thresholds, resets and clears."""

    rtl = NeuronFsm
    configs: ClassVar = {
        "input-2": NeuronFsmParams(kind=Kind.INPUT, bits=2),
        "output-3": NeuronFsmParams(kind=Kind.OUTPUT, bits=3),
        "hidden-3": NeuronFsmParams(bits=3),
        "hidden-2": NeuronFsmParams(bits=2),
        "hidden": NeuronFsmParams(),
        "output-12": NeuronFsmParams(kind=Kind.OUTPUT, bits=12),
        "output-16": NeuronFsmParams(kind=Kind.OUTPUT, bits=16),
    }
    quick = ("input-2", "output-3", "hidden-3")
    search = 16
    bugs: ClassVar = {
        "a step goes where an arc of the figure leads": skips_the_check,
        "standby is left for a spike": starts_by_itself,
        "fires exactly at the threshold": fires_above,
        "a request begins without Ack and ends with the first Ack": serves_an_old_ack,
        "the potential counts what waits, as far as its ends": wraps,
        "the potential moves with a step, and never while retained": drifts,
        "what is taken was counted, once": takes_both,
        "what was counted is taken before sleep": forgets_to_take,
        "sleeps as it comes back, and with nothing to do": sleeps_on_its_feet,
        "standby within as many steps as there are states left": spikes_before_acks,
        "takes and sleeps with a step only": never_waits_for_a_step,
        "a state without meaning ends with the next step, which does nothing else": sticks,
    }

    def properties(self, m: Module) -> None:
        """Remember a tick, count what was counted in, and the steps on the way back."""
        dut, kind = self.dut, self.params.kind
        state, step = dut.state, dut.step & ~dut.reset
        was = {
            name: Signal.like(getattr(dut, name), name=f"was_{name}")
            for name in ("state", "pending", "ack", "threshold", "request", "taken", "sleep")
        }
        m.d.sync += [was[name].eq(getattr(dut, name)) for name in was]
        stepped, reset, moves, cleared = (
            Signal(name=name) for name in ("stepped", "was_reset", "moves", "cleared")
        )
        kept = Signal(signed(self.params.bits))
        m.d.sync += [
            stepped.eq(step), reset.eq(dut.reset), moves.eq(dut.step & ~dut.retain),
            cleared.eq(dut.clear), kept.eq(dut.potential),
        ]  # fmt: skip
        before, arcs = was["state"], ARCS[kind]
        legal = among(state, tuple(arcs))

        leads = Cat((before == a) & among(state, b) for a, b in arcs.items()).any()
        self.holds(
            "a step goes where an arc of the figure leads",
            Mux(reset, state == S.STANDBY, Mux(stepped, leads, state == before)),
        )
        work = was["pending"].any()
        starts = work & ~was["ack"] if kind is Kind.INPUT else work
        self.holds(
            "standby is left for a spike",
            ~(stepped & (before == S.STANDBY)) | ((state != S.STANDBY) == starts),
        )
        self.handshake(reset, stepped, was)
        if kind is Kind.HIDDEN:
            fires = kept >= was["threshold"].as_unsigned()
            self.holds(
                "fires exactly at the threshold",
                ~(stepped & (before == S.CHECK)) | ((state == S.POTENTIAL_RESET) == fires),
            )
        self.potential(m, moves, cleared, kept, was)
        self.spikes(m, step)
        back = (state == S.STANDBY) & Mux(before == S.STANDBY, ~work, 1)
        self.holds(
            "sleeps as it comes back, and with nothing to do",
            reset | (was["sleep"] == (stepped & back)),
        )
        self.holds("takes and sleeps with a step only", dut.step | ~(dut.taken.any() | dut.sleep))
        self.way_back(m, step)
        self.helps("a legal state", legal)
        self.helps("a legal state before", among(before, tuple(arcs)))
        self.helps(
            "the request is a function of the state",
            was["request"] == among(before, (S.SPK_REQ, S.POTENTIAL_UPDATE_2)),
        )
        nothing = (kept == dut.potential.as_signed()) | cleared
        idle = nothing & ~was["taken"].any() & ~was["sleep"]
        self.leaves(
            "a state without meaning ends with the next step, which does nothing else",
            among(before, tuple(arcs)) | ~stepped | (legal & idle),
            1,
        )
        for arc, ends in arcs.items():
            if len(ends) > 1:  # the others follow
                name = f"{arc.name} to {ends[-1].name}"
                self.reaches(name, stepped & (before == arc) & (state == ends[-1]))

    def handshake(self, reset: Value, stepped: Value, was: dict[str, Signal]) -> None:
        """Four phases: request up, Ack up, request down, Ack down."""
        dut, before = self.dut, was["state"]
        begins, ends = dut.request & ~was["request"], was["request"] & ~dut.request
        served = stepped & (before == S.SPK_REQ) & was["ack"]
        self.holds(
            "a request begins without Ack and ends with the first Ack",
            (~begins | (stepped & ~was["ack"])) & (reset | (ends == served)),
        )

    def potential(
        self, m: Module, moves: Value, cleared: Value, kept: Signal, was: dict[str, Signal]
    ) -> None:
        """Against a sum that is two bits wider."""
        dut, p, before = self.dut, self.params, was["state"]
        now = dut.potential.as_signed()
        self.holds(
            "the potential moves with a step, and never while retained",
            moves | cleared | (now == kept),
        )
        if p.kind is Kind.INPUT:
            return
        total = Signal(signed(p.bits + 2))
        ended = Mux(total > p.highest, p.highest, Mux(total < p.lowest, p.lowest, total))
        m.d.comb += total.eq(kept + was["pending"][0] - was["pending"][1])
        counted = Mux(before == S.POTENTIAL_RESET, 0, Mux(among(before, COUNTING), ended, kept))
        self.holds(
            "the potential counts what waits, as far as its ends",
            now == Mux(cleared, 0, Mux(moves, counted, kept)),
        )
        self.reaches("both signs at once", among(before, COUNTING) & (was["pending"] == 3) & moves)
        self.reaches("stops at the bottom", moves & (total < p.lowest) & among(before, COUNTING))
        # a hidden one's second update comes without a look at the threshold
        self.reaches("stops at the top", moves & (total > p.highest) & among(before, COUNTING))

    def spikes(self, m: Module, step: Value) -> None:
        """Follow what was counted, or is being served, until it is taken."""
        dut = self.dut
        counted = Signal(2)
        counting = Signal(2)
        first = dut.pending & ~(dut.pending << 1)
        with m.If(step):
            if self.params.kind is Kind.INPUT:
                with m.If((dut.state == S.STANDBY) & ~dut.ack):
                    m.d.comb += counting.eq(first)
            else:
                with m.If(among(dut.state, COUNTING)):
                    m.d.comb += counting.eq(dut.pending)
        m.d.sync += counted.eq(Mux(dut.reset, 0, (counted | counting) & ~dut.taken))
        self.holds(
            "what is taken was counted, once",
            dut.reset | ~((dut.taken & ~(counted | counting)).any() | (counted & counting).any()),
        )
        self.holds(
            "what was counted is taken before sleep",
            dut.reset | ~dut.sleep | ~(counted & ~dut.taken).any(),
        )
        self.helps("applied", counted == self.inside("steps.applied"))
        quiet = (dut.state == S.STANDBY) | (dut.state == S.POTENTIAL_UPDATE)
        self.helps("applied, then taken", ~quiet | ~counted.any())
        if self.params.kind is Kind.HIDDEN:
            waits = (dut.state == S.SPK_REQ) | (dut.state == S.POTENTIAL_UPDATE_2)
            self.helps("taken before the request", ~waits | ~counted.any())

    def way_back(self, m: Module, step: Value) -> None:
        """Count the steps in a row before which Ack was what the request asks for."""
        dut, left = self.dut, STEPS_LEFT[self.params.kind]
        most = max(left.values())
        taken = Signal(range(most + 2))
        rank: Value = Signal(range(most + 1), name="rank")
        with m.Switch(dut.state):
            for state, steps in left.items():
                with m.Case(state):
                    m.d.comb += rank.eq(steps)
        with m.If(dut.reset):
            m.d.sync += taken.eq(0)
        with m.Elif(step):
            stands = (dut.state == S.STANDBY) | (dut.ack != dut.request)
            m.d.sync += taken.eq(Mux(stands, 0, taken + 1))
        self.holds("standby within as many steps as there are states left", taken <= most)
        self.helps("steps left", taken + rank <= most)


PROOF = NeuronFsmProof
