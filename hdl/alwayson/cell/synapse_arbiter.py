"""Synapse arbiter on a real gated clock, one step per rising edge.

Ref: Chundi 2021, "Synapse Block", Fig. 5B, 5C. The FSM is that of ``tick`` with a step on every
edge; where round robin looks first sits in retention flip-flops.
"""

from amaranth.hdl import DomainRenamer, Instance, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.synapse_arbiter import Stage, number_of
from goldspike.hdl.alwayson.synapse_arbiter import SynapseArbiter as Tick
from goldspike.hdl.cells import clocked
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.alwayson.synapse_arbiter import Policy, SynapseArbiterParams

__all__ = ["SynapseArbiter"]


class Steps(Tick):
    """The FSM; where round robin looks first is kept outside, and goes on to `onward`."""

    def __init__(self, params: SynapseArbiterParams, *, poison: bool) -> None:
        super().__init__(params, poison=poison)
        self.onward = Signal(params.row_bits)

    def go_round(self, m: Module, chosen: Signal) -> None:
        """Say where to look first after this step."""
        after = Mux(chosen[-1], 0, number_of(chosen) + 1)
        m.d.comb += self.onward.eq(Mux(self.grant, after, self.following))


class SynapseArbiter(wiring.Component):
    """Serves one request at a time, in three edges or more.

    Equal, to the picosecond, to
    :class:`goldspike.model.alwayson.synapse_arbiter.SynapseArbiterModel`. Requests hold still
    around rising edges of the clock.

    Members
    -------
    rst : In(1)
        In Start/Standby while it is up; round robin looks from row 0 on.
    request : In(inputs)
        Synchronised requests.
    clock : In(1)
        The gated clock.
    reset : In(1)
        In Start/Standby while it is up.
    retain, supply : In(1)
        Where round robin looks first stays as it is while `retain` is up, and outlasts the supply;
        without both it is lost.
    clear : In(1)
        Round robin looks from row 0 on while it is up. Between two frames.
    ack, spkgen, read, row : Out
        As in ``tick``.
    launch : Out(1)
        Spikes are up: St2 of an Ack. A register of its own, since it clocks what it wakes.
    capture, grant, sleep : Out(1)
        Levels, of registers and requests: what the next edge will do.
    off, noise : In(1), In(8)
        With `poison` only, which is for simulation: on an edge while `off` is up, the FSM's
        registers become noise.
    """

    rst: Signal
    request: Signal
    clock: Signal
    reset: Signal
    retain: Signal
    supply: Signal
    clear: Signal
    ack: Signal
    spkgen: Signal
    read: Signal
    row: Signal
    launch: Signal
    capture: Signal
    grant: Signal
    sleep: Signal
    off: Signal
    noise: Signal
    trace_word: Signal

    def __init__(
        self, params: SynapseArbiterParams, *, trace: bool = False, poison: bool = False
    ) -> None:
        self.params = params
        self.trace = trace
        self.poison = poison
        self.steps = Steps(params, poison=poison)
        super().__init__(
            {
                "rst": In(1),
                "request": In(params.inputs),
                **{name: In(1) for name in ("clock", "reset", "retain", "supply", "clear")},
                "ack": Out(params.inputs),
                "spkgen": Out(2),
                "read": Out(1),
                "row": Out(params.row_bits),
                **{name: Out(1) for name in ("launch", "capture", "grant", "sleep")},
                **({"off": In(1), "noise": In(8)} if poison else {}),
                **cell_trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        steps = self.steps
        standby, forget = Signal(name="standby"), Signal(name="forget")
        m.d.comb += [standby.eq(self.reset | self.rst), forget.eq(self.clear | self.rst)]
        clocked(m, "gated", self.clock, standby)
        m.submodules.steps = DomainRenamer("gated")(steps)
        shown = ("ack", "spkgen", "read", "row", "capture", "grant", "sleep")
        m.d.gated += self.launch.eq(self.will_launch())
        m.d.comb += [
            steps.request.eq(self.request),
            steps.step.eq(1),
            *(getattr(self, name).eq(getattr(steps, name)) for name in shown),
        ]
        if self.poison:
            m.d.comb += [steps.off.eq(self.off), steps.noise.eq(self.noise)]
            with m.If(self.off):
                m.d.gated += self.launch.eq(self.noise[5])
        if self.params.policy is Policy.ROUND_ROBIN:
            kept = Signal(name="kept")
            m.d.comb += kept.eq(self.retain)
            m.submodules.retention = Instance(
                "cell_retain", p_WIDTH=self.params.row_bits, i_clock=self.clock, i_reset=forget,
                i_retain=kept, i_power=self.supply, i_d=steps.onward, o_q=steps.following,
            )  # fmt: skip
        if self.trace:
            self.watch(m)
        return m

    def will_launch(self) -> Value:
        """Return whether the state after the next edge is St2 of an Ack: what wakes other cores."""
        ack = self.steps.ack
        alone = ack.any() & ~(ack & (ack - 1)[: len(ack)]).any()
        return alone & (self.steps.spkgen == Stage.ST1) | (
            self.steps.launch & (self.request & ack).any()
        )

    def watch(self, m: Module) -> None:
        """Drive the trace port; what an edge did turns a flip-flop over."""
        did = {name: Signal(name=f"did_{name}") for name in ("capture", "grant", "sleep")}
        seen = clocked(m, "seen", self.clock, self.rst)
        m.d[seen] += [register.eq(register ^ getattr(self, name)) for name, register in did.items()]
        word = pack(
            self.params.trace,
            ack=self.ack, spkgen=self.spkgen, following=self.steps.following, **did,
        )  # fmt: skip
        m.d.comb += self.trace_word.eq(word)
