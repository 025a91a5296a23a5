"""Token controller: walks a step through the core, neuron by neuron, event by event.

Ref: Akopyan 2015; see :mod:`goldspike.model.truenorth.token_controller`. The lowest event is found
in two stages, the first group of axons that has one and then the first of the group, so that the
way through the search grows with the root of the number of axons.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.token_controller import TokenControllerParams

__all__ = ["State", "TokenController"]

GROUP = 16
"""Axons of a group, a power of two."""


class State(enum.Enum, shape=2):
    """What the controller does; there is no code without a state."""

    STANDBY = 0
    FETCH = 1
    RUN = 2
    ERASE = 3


class TokenController(wiring.Component):
    """A step takes ``1 + 2 * neurons + events + stalls`` ticks, that of `sync` included.

    Bit-exact against :class:`goldspike.model.truenorth.token_controller.TokenControllerModel`.
    All outputs but `busy`, `neuron` and `state` are 0 on ticks on which they say nothing.

    Members
    -------
    sync : In(1)
        Begin a step, if at rest.
    clear : In(1)
        Erase all potentials, if at rest; wins over `sync`.
    events : In(axons)
        Active axons with a synapse in the row that was fetched; read on its first tick only.
    send : In(1), out_ready : In(1)
        On a tick of `fire`: the neuron sends a spike; it would be taken.
    busy : Out(1)
        From the tick after `sync` or `clear` to the last write-back or erasure.
    neuron : Out(range(neurons))
        Which one has the token; 0 at rest.
    fetch : Out(1)
        Read its row.
    first : Out(1)
        The first tick after `fetch`: its potential is that of the row.
    integrate : Out(1), axon : Out(axon_bits)
        Integrate an event of this axon.
    fire : Out(1)
        No event is left: leak, threshold, reset.
    stall : Out(1), write_back : Out(1)
        On a tick of `fire`: the spike waits; or the potential is written.
    erase : Out(1)
        Write 0 for its potential.
    state : Out(2)
        See :class:`State`.
    """

    sync: Signal
    clear: Signal
    events: Signal
    send: Signal
    out_ready: Signal
    busy: Signal
    neuron: Signal
    fetch: Signal
    first: Signal
    integrate: Signal
    axon: Signal
    fire: Signal
    stall: Signal
    write_back: Signal
    erase: Signal
    state: Signal

    def __init__(self, params: TokenControllerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "sync": In(1),
                "clear": In(1),
                "events": In(params.axons),
                "send": In(1),
                "out_ready": In(1),
                "busy": Out(1),
                "neuron": Out(params.neuron_bits),
                "fetch": Out(1),
                "first": Out(1),
                "integrate": Out(1),
                "axon": Out(params.axon_bits),
                "fire": Out(1),
                "stall": Out(1),
                "write_back": Out(1),
                "erase": Out(1),
                "state": Out(2),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        phase = Signal(State)
        runs = Signal()
        fresh = Signal()  # the row has just been fetched
        last = Signal()
        most = self.params.neurons - 1
        found = Signal()
        first_axon = self.pick(m, runs, fresh, found)
        m.d.comb += [
            runs.eq(phase == State.RUN),
            last.eq(self.neuron >= most if most else 1),
            self.state.eq(phase),
            self.busy.eq(phase != State.STANDBY),
            self.fetch.eq(phase == State.FETCH),
            self.erase.eq(phase == State.ERASE),
            self.first.eq(runs & fresh),
            self.integrate.eq(runs & found),
            self.axon.eq(Mux(runs, first_axon, 0)),
            self.fire.eq(runs & ~found),
            self.stall.eq(self.fire & self.send & ~self.out_ready),
            self.write_back.eq(self.fire & ~self.stall),
        ]
        m.d.sync += fresh.eq(self.fetch)
        with m.If(self.write_back | self.erase):
            m.d.sync += self.neuron.eq(Mux(last, 0, self.neuron + 1))
        with m.Switch(phase):
            with m.Case(State.STANDBY):
                m.d.sync += self.neuron.eq(0)
                with m.If(self.clear):
                    m.d.sync += phase.eq(State.ERASE)
                with m.Elif(self.sync):
                    m.d.sync += phase.eq(State.FETCH)
            with m.Case(State.FETCH):
                m.d.sync += phase.eq(State.RUN)
            with m.Case(State.RUN), m.If(self.write_back):
                m.d.sync += phase.eq(Mux(last, State.STANDBY, State.FETCH))
            with m.Case(State.ERASE), m.If(last):
                m.d.sync += phase.eq(State.STANDBY)
        if self.trace:
            names = ("state", "neuron", "integrate", "axon", "fire", "stall")
            word = Signal(self.params.trace.width)
            shown = {name: getattr(self, name) for name in names}
            m.d.sync += word.eq(pack(self.params.trace, **shown))
            drive_trace(m, self, self.busy, word)
        return m

    def pick(self, m: Module, runs: Value, fresh: Value, found: Signal) -> Value:
        """Return the lowest event's axon, or 0; take it from the events that are left."""
        left, groups = [], []
        for k in range(0, self.params.axons, GROUP):
            events = self.events[k : k + GROUP]
            kept = Signal(len(events), name=f"left_{k // GROUP}")
            group = Signal(len(events), name=f"group_{k // GROUP}")
            m.d.comb += group.eq(Mux(fresh, events, kept))
            left.append(kept)
            groups.append(group)
        waiting = Signal(len(groups))
        turn = Signal(len(groups))  # 1-hot
        searched = Signal(len(groups[0]))
        lowest = Signal(len(searched))  # 1-hot
        m.d.comb += [
            waiting.eq(Cat(group.any() for group in groups)),
            turn.eq(waiting & -waiting),
            searched.eq(reduce(or_, (Mux(t, g, 0) for t, g in zip(turn, groups, strict=True)))),
            lowest.eq(searched & -searched),
            found.eq(waiting.any()),
        ]
        with m.If(runs):
            for kept, group, here in zip(left, groups, turn, strict=True):
                m.d.sync += kept.eq(group & ~Mux(here, lowest, 0))
        return Cat(number(lowest), number(turn))


def number(one_hot: Value) -> Value:
    """Return the number of the line that is up, or 0."""
    n = len(one_hot)
    having = [
        sum(1 << k for k in range(n) if k >> bit & 1) for bit in range(max(1, n - 1).bit_length())
    ]
    return Cat((one_hot & Const(lines, n)).any() for lines in having)
