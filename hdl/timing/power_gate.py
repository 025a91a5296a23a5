"""Power gate: in which order a block's power, isolation, retention and reset come and go.

Ref: Chundi 2021, "Neuron Block". Sequence, assumptions and ties:
:mod:`goldspike.model.timing.power_gate`.
"""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["PowerGate"]


class State(enum.Enum, shape=2):
    """Where the sequence stands."""

    OFF = PowerState.OFF.value
    WAKING = PowerState.WAKING.value
    ON = PowerState.ON.value
    GOING_OFF = PowerState.GOING_OFF.value


class PowerGate(wiring.Component):
    """The gating sequence. On `wake` + `reset` ticks after a request in off, at once in going off.

    Bit-exact against :class:`goldspike.model.timing.power_gate.PowerGateModel`. Every output but
    `busy` is a flip-flop of its own, because a glitch on any of them would reach the block; after
    an upset they follow the state again one tick later.

    Members
    -------
    request : In(1)
        The block is needed.
    power : Out(1)
        The power switch is closed.
    good : Out(1)
        The supply has settled.
    isolate : Out(1)
        Outputs are clamped; while it is down, and only then, the block may be clocked.
    retain : Out(1)
        Retained state ignores its inputs.
    reset : Out(1)
        Unretained state is reset.
    busy : Out(1)
        Combinational: the sequence is under way or starts on this tick.
    """

    request: Signal
    power: Signal
    good: Signal
    isolate: Signal
    retain: Signal
    reset: Signal
    busy: Signal

    def __init__(self, params: PowerGateParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "request": In(1),
                "power": Out(1),
                "good": Out(1),
                "isolate": Out(1, init=1),  # type: ignore[call-arg]
                "retain": Out(1, init=1),  # type: ignore[call-arg]
                "reset": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def comes_back(self) -> Value:
        """Return whether a block that is going off is on again after this tick."""
        return self.request

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        state = Signal(State)
        following = Signal(State)
        longest = max(params.waking, params.going_off)
        count = Signal(range(max(2, longest)))  # ticks spent in `state`
        after = Signal(range(longest + 1))  # the same after this tick
        m.d.comb += [following.eq(state), after.eq(0), self.busy.eq(1)]
        with m.Switch(state):
            with m.Case(State.WAKING):
                m.d.comb += after.eq(count + 1)
                with m.If(after == params.waking):
                    m.d.comb += following.eq(State.ON)
            with m.Case(State.ON):
                m.d.comb += self.busy.eq(~self.request)
                with m.If(~self.request):
                    m.d.comb += following.eq(State.GOING_OFF)
            with m.Case(State.GOING_OFF):
                m.d.comb += after.eq(count + 1)
                with m.If(self.comes_back()):
                    m.d.comb += following.eq(State.ON)
                with m.Elif(after == params.going_off):
                    m.d.comb += following.eq(State.OFF)
            with m.Default():
                m.d.comb += [following.eq(State.OFF), self.busy.eq(self.request)]
                with m.If(self.request):
                    m.d.comb += following.eq(State.WAKING)
        moves = Signal()
        m.d.comb += moves.eq(following != state)
        m.d.sync += [state.eq(following), count.eq(after)]
        with m.If(moves):
            m.d.sync += count.eq(0)

        wakes = Signal()
        goes_off = Signal()
        on = Signal()
        m.d.comb += [
            wakes.eq(following == State.WAKING),
            goes_off.eq(following == State.GOING_OFF),
            on.eq(following == State.ON),
        ]
        retained = after >= params.isolate if params.isolate else Const(1)
        coming = {
            "power": on | goes_off | wakes,
            "good": on | goes_off | (wakes & (after >= params.wake)),
            "isolate": ~on,
            "retain": ~on & (retained | ~goes_off),
            "reset": wakes,
        }
        changes = [moves]
        for name, value in coming.items():
            output = getattr(self, name)
            following_output = Signal(name=f"following_{name}")
            m.d.comb += following_output.eq(value)
            m.d.sync += output.eq(following_output)
            changes.append(output ^ following_output)

        if self.trace:
            word = pack(
                params.trace,
                state=state,
                power=self.power,
                good=self.good,
                isolate=self.isolate,
                retain=self.retain,
                reset=self.reset,
            )
            drive_trace(m, self, Cat(changes).any(), word)
        return m
