"""Synapse arbiter: whose row is read next, and the spike generator's three states.

Ref: Chundi 2021, "Synapse Block", Fig. 5B, 5C. States, assumptions:
:mod:`goldspike.model.alwayson.synapse_arbiter`. Which Ack is up is the FSM's state, one flip-flop
each, none of them in Start/Standby; Spkgen is a second register.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.alwayson.synapse_arbiter import Policy, Spkgen, SynapseArbiterParams

__all__ = ["Stage", "SynapseArbiter"]


class Stage(enum.Enum, shape=2):
    """Where Spkgen stands."""

    ST0 = Spkgen.ST0.value
    ST1 = Spkgen.ST1.value
    ST2 = Spkgen.ST2.value


class SynapseArbiter(wiring.Component):
    """Serves one request at a time, in three steps or more. One step per tick with `step`.

    Bit-exact against :class:`goldspike.model.alwayson.synapse_arbiter.SynapseArbiterModel`. Proved
    (:mod:`goldspike.proofs.alwayson.synapse_arbiter`): one Ack at most, for a request that was up;
    it ends after St2, its request down, so that no request is served twice; the lowest row first,
    or every other row once at most before it; asleep with no request only; a state without meaning
    is left with the next step.

    Members
    -------
    request : In(inputs)
        Synchronised requests.
    step : In(1)
        The gated clock rises on this tick.
    reset : In(1)
        To Start/Standby; wins over `step`.
    retain : In(1)
        Where round robin looks first ignores `step`, and outlasts the power.
    clear : In(1)
        Round robin looks from row 0 on; wins over everything. Between two frames.
    ack : Out(inputs)
        Registers.
    spkgen : Out(2)
        A :class:`Stage`, from a register.
    read : Out(1), row : Out(row_bits)
        The word-line: up in St0 of an Ack, and whose; 0 else. Of registers.
    launch : Out(1)
        Spikes are up: St2 of an Ack. Of registers.
    capture, grant, sleep : Out(1)
        Combinational, zero without `step`: this step takes the row's weights, goes to an Ack, or
        ends all work.
    off, noise : In(1), In(8)
        With `poison` only, which is for simulation: while `off` is up, unretained state is noise,
        and where round robin looks, too, if `retain` is down.
    """

    request: Signal
    step: Signal
    reset: Signal
    retain: Signal
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

    def __init__(
        self, params: SynapseArbiterParams, *, trace: bool = False, poison: bool = False
    ) -> None:
        self.params = params
        self.trace = trace
        self.poison = poison
        self.following = Signal(params.row_bits)  # where round robin looks first
        super().__init__(
            {
                "request": In(params.inputs),
                **{name: In(1) for name in ("step", "reset", "retain", "clear")},
                "ack": Out(params.inputs),
                "spkgen": Out(2),
                "read": Out(1),
                "row": Out(params.row_bits),
                **{name: Out(1) for name in ("launch", "capture", "grant", "sleep")},
                **({"off": In(1), "noise": In(8)} if poison else {}),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        ack, request = self.ack, self.request
        stage = Signal(Stage)
        serves, moves_on = Signal(), Signal()
        chosen = Signal(self.params.inputs)
        several = (ack & (ack - 1)[: len(ack)]).any()
        m.d.comb += [
            serves.eq(ack.any() & ~several),
            chosen.eq(self.pick()),
            self.spkgen.eq(stage),
            self.read.eq(serves & (stage == Stage.ST0)),
            self.row.eq(Mux(self.read, number_of(ack), 0)),
            self.launch.eq(serves & (stage == Stage.ST2)),
        ]
        with m.If(self.step):
            with m.If(serves), m.Switch(stage):
                with m.Case(Stage.ST0):
                    m.d.comb += self.capture.eq(1)
                    m.d.sync += stage.eq(Stage.ST1)
                with m.Case(Stage.ST1):
                    m.d.sync += stage.eq(Stage.ST2)
                with m.Case(Stage.ST2):
                    m.d.comb += moves_on.eq(~(request & ack).any())
                with m.Default():
                    m.d.sync += [ack.eq(0), stage.eq(Stage.ST0)]
            with m.Elif(~ack.any() & (stage == Stage.ST0)):
                m.d.comb += moves_on.eq(1)
            with m.Else():
                m.d.sync += [ack.eq(0), stage.eq(Stage.ST0)]
        with m.If(moves_on):
            m.d.comb += [self.grant.eq(request.any()), self.sleep.eq(~request.any())]
            m.d.sync += [ack.eq(chosen), stage.eq(Stage.ST0)]
        if self.poison:
            with m.If(self.off):
                every = -(-self.params.inputs // 8)
                m.d.sync += [ack.eq(self.noise.replicate(every)), stage.eq(self.noise[3:5])]
        with m.If(self.reset):
            m.d.sync += [ack.eq(0), stage.eq(Stage.ST0)]
        if self.params.policy is Policy.ROUND_ROBIN:
            self.go_round(m, chosen)
        if self.trace:
            self.watch(m)
        return m

    def pick(self) -> Value:
        """Return the request that is served next, 1-hot; none without any."""
        lines: Value = self.request
        if self.params.policy is Policy.ROUND_ROBIN:
            ahead = lines & (Const(-1, len(lines)).as_unsigned() << self.following)[: len(lines)]
            lines = Mux(ahead.any(), ahead, lines)
        return (lines & -lines)[: len(lines)]

    def go_round(self, m: Module, chosen: Signal) -> None:
        """Look first after the row that is granted."""
        last = chosen[-1]
        with m.If(self.grant & ~self.retain):
            m.d.sync += self.following.eq(Mux(last, 0, number_of(chosen) + 1))
        if self.poison:
            with m.If(self.off & ~self.retain):
                m.d.sync += self.following.eq(Cat(self.noise, self.noise))
        with m.If(self.clear):
            m.d.sync += self.following.eq(0)

    def watch(self, m: Module) -> None:
        """Drive the trace port."""
        did = {name: Signal(name=f"did_{name}") for name in ("capture", "grant", "sleep")}
        m.d.sync += [register.eq(getattr(self, name)) for name, register in did.items()]
        word = pack(
            self.params.trace, ack=self.ack, spkgen=self.spkgen, following=self.following, **did
        )
        drive_trace(m, self, self.step | self.reset | self.clear, word)


def number_of(one_hot: Value) -> Value:
    """Return the number of the line that is up: each bit asks the lines that have it."""
    bits = max(1, (len(one_hot) - 1).bit_length())
    having = [sum(1 << k for k in range(len(one_hot)) if k >> bit & 1) for bit in range(bits)]
    return Cat((one_hot & Const(lines, len(one_hot))).any() for lines in having)
