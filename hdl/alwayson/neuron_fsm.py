"""Neuron FSMs: what a neuron does with a spike, one step per pulse of its gated clock.

Ref: Chundi 2021, "Neuron Block" and Fig. 2B to 2D. States, assumptions:
:mod:`goldspike.model.alwayson.neuron_fsm`. The FSM is written down once (:class:`Steps`), without a
word on how its clock is gated; :class:`NeuronFsm` gates it by enables.
"""

from amaranth.hdl import (
    Cat,
    DomainRenamer,
    Elaboratable,
    EnableInserter,
    Module,
    ResetInserter,
    Signal,
    Value,
    ValueLike,
)
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams, NeuronState

__all__ = ["NeuronFsm", "State", "Steps"]


class State(enum.Enum, shape=3):
    """Where the FSM stands."""

    STANDBY = NeuronState.STANDBY.value
    POTENTIAL_UPDATE = NeuronState.POTENTIAL_UPDATE.value
    CHECK = NeuronState.CHECK.value
    POTENTIAL_RESET = NeuronState.POTENTIAL_RESET.value
    SPK_REQ = NeuronState.SPK_REQ.value
    POTENTIAL_UPDATE_2 = NeuronState.POTENTIAL_UPDATE_2.value
    FLIPFLOP_RESET = NeuronState.FLIPFLOP_RESET.value


class Steps(Elaboratable):
    """The FSM under a clock that another block gates.

    State that is lost with the power lives in the domain ``fsm``. The potential is not: who has the
    power keeps it, and lets it be `following` after the next edge. `taken` and `sleep` are
    combinational and belong to the next edge, too.

    With `poison` (simulation only) everything in ``fsm`` takes the noise while `off` is up.
    """

    def __init__(self, params: NeuronFsmParams, *, poison: bool = False) -> None:
        self.params = params
        self.poison = poison
        self.pending = Signal(2)
        self.ack = Signal()
        self.threshold = Signal(params.bits - 1)
        self.state = Signal(State)
        self.potential = Signal(params.bits)
        self.following = Signal(params.bits)
        self.taken = Signal(2)
        self.sleep = Signal()
        self.off = Signal()
        self.noise = Signal(8)
        self.applied = Signal(2)

    def keep(self, m: Module, potential: ValueLike) -> None:
        """Set the potential, which is retained."""
        m.d.comb += self.following.eq(potential)

    def updated(self) -> Value:
        """Return the potential with the waiting spikes counted in: an up-down counter that stops.

        Up and down at once is neither.
        """
        potential, bits = self.potential, self.params.bits
        up, down = self.pending[0] & ~self.pending[1], self.pending[1] & ~self.pending[0]
        top = ~potential[-1] & potential[:-1].all()
        bottom = potential[-1] & ~potential[:-1].any()
        step = ((down & ~bottom).replicate(bits) | (up & ~top))[:bits]
        return (potential + step)[:bits]

    def reaches(self) -> Value:
        """Return whether the potential is at the threshold or above."""
        return ~self.potential[-1] & (self.potential[:-1] >= self.threshold)

    def elaborate(self, platform: object) -> Module:
        """Build the FSM."""
        m = Module()
        kind = self.params.kind
        self.keep(m, self.potential)
        with m.Switch(self.state):
            with m.Case(State.STANDBY):
                self.leave_standby(m)
            if kind is not Kind.INPUT:
                with m.Case(State.POTENTIAL_UPDATE):
                    self.keep(m, self.updated())
                    m.d.fsm += self.applied.eq(self.pending)
                    following = State.CHECK if kind is Kind.HIDDEN else State.FLIPFLOP_RESET
                    m.d.fsm += self.state.eq(following)
            if kind is Kind.HIDDEN:
                with m.Case(State.CHECK):
                    with m.If(self.reaches()):
                        m.d.fsm += self.state.eq(State.POTENTIAL_RESET)
                    with m.Else():
                        self.go_to_sleep(m)
                with m.Case(State.POTENTIAL_RESET):
                    self.keep(m, 0)
                    m.d.comb += self.taken.eq(self.applied)
                    m.d.fsm += self.applied.eq(0)
                    with m.If(~self.ack):
                        m.d.fsm += self.state.eq(State.SPK_REQ)
                with m.Case(State.POTENTIAL_UPDATE_2):
                    self.keep(m, self.updated())
                    m.d.comb += self.taken.eq(self.pending)
                    m.d.fsm += self.state.eq(State.SPK_REQ)
            if kind is not Kind.OUTPUT:
                with m.Case(State.SPK_REQ):
                    self.wait(m)
            else:
                with m.Case(State.FLIPFLOP_RESET):
                    self.go_to_sleep(m)
            with m.Default():
                m.d.fsm += self.state.eq(State.STANDBY)
        if self.poison:
            with m.If(self.off):
                m.d.fsm += [self.state.eq(self.noise[:3]), self.applied.eq(self.noise[3:5])]
        return m

    def leave_standby(self, m: Module) -> None:
        """Start on a spike; sleep without one."""
        with m.If(~self.pending.any()):
            self.go_to_sleep(m)
        if self.params.kind is Kind.INPUT:
            with m.If(self.pending.any() & ~self.ack):
                m.d.fsm += self.state.eq(State.SPK_REQ)
                m.d.fsm += self.applied.eq(self.pending & ~(self.pending << 1))
        else:
            with m.If(self.pending.any()):
                m.d.fsm += self.state.eq(State.POTENTIAL_UPDATE)

    def wait(self, m: Module) -> None:
        """Wait for the acknowledgement; a hidden neuron listens to new spikes meanwhile."""
        with m.If(self.ack):
            self.go_to_sleep(m)
        if self.params.kind is Kind.HIDDEN:
            with m.Elif(self.pending.any()):
                m.d.fsm += self.state.eq(State.POTENTIAL_UPDATE_2)

    def go_to_sleep(self, m: Module) -> None:
        """Back to standby, and reset the wake-up circuit."""
        m.d.comb += [self.taken.eq(self.applied), self.sleep.eq(1)]
        m.d.fsm += [self.state.eq(State.STANDBY), self.applied.eq(0)]


class NeuronFsm(wiring.Component):
    """A neuron's FSM, gated by enables. One step per tick on which `step` is up.

    Bit-exact against :class:`goldspike.model.alwayson.neuron_fsm.NeuronFsmModel`. Proved
    (:mod:`goldspike.proofs.alwayson.neuron_fsm`): standby is four steps away at most once Ack
    follows the request; every spike is counted and taken once; a state without meaning is left.

    Members
    -------
    step : In(1)
        The gated clock rises on this tick.
    reset : In(1)
        Reset what is not retained; wins over `step`.
    retain : In(1)
        The potential ignores `step`, and outlasts the power.
    clear : In(1)
        Set the potential to zero; wins over everything.
    pending : In(2)
        FF+1, FF-1.
    ack : In(1)
        The request is acknowledged.
    threshold : In(bits - 1)
        Threshold of a hidden neuron.
    state : Out(3)
        A :class:`State`.
    potential : Out(bits)
        Signed.
    request : Out(1)
        The request, a function of the state.
    taken, sleep : Out(2), Out(1)
        Combinational, zero without `step`: which of the wake-up circuit this step resets.
    off, noise : In(1), In(8)
        With `poison` only, which is for simulation: while `off` is up, unretained state is noise,
        and the potential, too, if `retain` is down.
    """

    step: Signal
    reset: Signal
    retain: Signal
    clear: Signal
    pending: Signal
    ack: Signal
    threshold: Signal
    state: Signal
    potential: Signal
    request: Signal
    taken: Signal
    sleep: Signal
    off: Signal
    noise: Signal

    def __init__(
        self, params: NeuronFsmParams, *, trace: bool = False, poison: bool = False
    ) -> None:
        self.params = params
        self.trace = trace
        self.poison = poison
        super().__init__(
            {
                "step": In(1),
                "reset": In(1),
                "retain": In(1),
                "clear": In(1),
                "pending": In(2),
                "ack": In(1),
                "threshold": In(params.bits - 1),
                "state": Out(3),
                "potential": Out(params.bits),
                "request": Out(1),
                "taken": Out(2),
                "sleep": Out(1),
                **({"off": In(1), "noise": In(8)} if poison else {}),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        steps = Steps(self.params, poison=self.poison)
        moves = self.step
        with m.If(self.step & ~self.retain):
            m.d.sync += self.potential.eq(steps.following)
        if self.poison:
            moves = self.step | self.off
            m.d.comb += [steps.off.eq(self.off), steps.noise.eq(self.noise)]
            with m.If(self.off & ~self.retain):
                m.d.sync += self.potential.eq(Cat(self.noise, self.noise))
        with m.If(self.clear):
            m.d.sync += self.potential.eq(0)
        gated = ResetInserter({"fsm": self.reset})(EnableInserter({"fsm": moves})(steps))
        m.submodules.steps = DomainRenamer({"fsm": "sync"})(gated)
        m.d.comb += [
            steps.potential.eq(self.potential),
            steps.pending.eq(self.pending),
            steps.ack.eq(self.ack),
            steps.threshold.eq(self.threshold),
            self.state.eq(steps.state),
            self.request.eq(
                (self.state == State.SPK_REQ) | (self.state == State.POTENTIAL_UPDATE_2)
            ),
            self.taken.eq(steps.taken & self.step.replicate(2)),
            self.sleep.eq(steps.sleep & self.step),
        ]
        if self.trace:
            taken = Signal(2)
            sleep = Signal()
            m.d.sync += [taken.eq(self.taken), sleep.eq(self.sleep)]
            word = pack(
                self.params.trace,
                state=self.state,
                potential=self.potential,
                taken=taken,
                sleep=sleep,
                request=self.request,
            )
            drive_trace(m, self, self.step | self.reset | self.clear, word)
        return m
