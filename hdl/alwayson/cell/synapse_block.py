"""Synapse block with a real on-demand clock, a real clock gate and a power gate of delay cells.

Ref: Chundi 2021, "Synapse Block" and Fig. 5A, 5C. Arbiter, synchronised requests and weights sit
behind the switch; memory, scan chain, wake-up and the acknowledgements' flip-flops are never off.
FFclk-en is up while a request is, and from the first grant until the arbiter sleeps; FFclk-ug is a
pair of flip-flops, set by a falling edge of the clock and reset by the gated clock.
"""

from amaranth.hdl import Array, Cat, Const, Instance, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.cell.request_synchroniser import RequestSynchroniser
from goldspike.hdl.alwayson.cell.shared.gated import (
    gate_power,
    generator,
    scan_chain,
    spread_noise,
)
from goldspike.hdl.alwayson.cell.synapse_arbiter import SynapseArbiter
from goldspike.hdl.cells import clocked
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.alwayson.synapse_block import COUNT_BITS, SynapseBlockParams
from goldspike.model.alwayson.synapse_memory import Storage

__all__ = ["SynapseBlock"]


class SynapseBlock(wiring.Component):
    """Serves a request with a row of spikes; all parameters of time in picoseconds.

    Equal, to the picosecond, to :class:`goldspike.model.alwayson.synapse_block.SynapseBlockModel`.
    A request at the very moment of a rising edge of the block's clock is no contract: silicon
    resolves it either way. Weights are kept in registers.

    Members
    -------
    rst : In(1)
        Asleep while it is up, the memory zero.
    request : In(rows)
        Of the neurons; each stays up until it is acknowledged.
    neuron_clock : In(1)
        Their clock.
    scan_clock, scan_in, load : In(1)
        Every rising edge of the first shifts the scan chain by one bit; of the last writes its word
        to its row of the memory; at rest, and not at one moment.
    clear : In(1)
        As in ``tick``; at rest, the neurons' clock low.
    ack, plus, minus, clock, power, isolate, retain, scan_out : Out
        As in ``tick``.
    """

    rst: Signal
    request: Signal
    neuron_clock: Signal
    scan_clock: Signal
    scan_in: Signal
    load: Signal
    clear: Signal
    ack: Signal
    plus: Signal
    minus: Signal
    clock: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    scan_out: Signal
    trace_word: Signal

    def __init__(
        self, params: SynapseBlockParams, *, trace: bool = False, poison: bool | None = None
    ) -> None:
        within, going_off = 2 * params.clock(params.settings).period, params.power.going_off
        if going_off >= within:
            raise ValueError(
                f"the synapse block's power must go off within two periods of the clock, {within} "
                f"ps, not {going_off}"
            )
        if params.storage is not Storage.REGISTERS:
            raise ValueError("a synapse block in `cell` keeps its weights in registers")
        self.params = params
        self.trace = trace
        self.poison = trace if poison is None else poison
        self.synchroniser = RequestSynchroniser(params.synchroniser, poison=self.poison)
        self.arbiter = SynapseArbiter(params.arbiter, poison=self.poison)
        self.weights = Signal(params.columns)
        pins = ("neuron_clock", "scan_clock", "scan_in", "load", "clear")
        super().__init__(
            {
                "rst": In(1),
                "request": In(params.rows),
                **{name: In(1) for name in pins},
                "ack": Out(params.rows),
                "plus": Out(params.columns),
                "minus": Out(params.columns),
                **{name: Out(1) for name in ("clock", "power", "isolate", "retain", "scan_out")},
                **cell_trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        arbiter, synchroniser = self.arbiter, self.synchroniser
        m.submodules.arbiter, m.submodules.synchroniser = arbiter, synchroniser
        fields = scan_chain(m, self, self.params.scan_chain)
        gated, asks, enable = (Signal(name=name) for name in ("gated", "asks", "clock_enable"))
        clamped = self.isolated(m)
        ack, (read, launch, sleep) = clamped[: self.params.rows], clamped[self.params.rows :]
        work = clocked(m, "work", gated, self.rst)
        working = Signal(name="working")
        m.d[work] += working.eq(~sleep)
        m.d.comb += [
            asks.eq(self.request.any()),
            enable.eq(asks | working),
            self.clock.eq(generator(m, enable, fields["length"], fields["divide"], self.rst)),
        ]
        ungate = self.let_through(m, work, enable, sleep)
        m.submodules.clock_gate = Instance(
            "cell_gate", i_clock=self.clock, i_enable=ungate, o_y=gated
        )
        supply, good, on = gate_power(m, self, enable | gated)
        waking, reset = Signal(name="waking"), Signal(name="part_reset")
        awake: Value = gated
        resets: Value = waking
        noise: Value = Const(0, 16)
        if self.poison:
            lose, lasts, noise = spread_noise(m, supply)
            awake, resets = gated | lose, waking & ~lasts
            for part in (arbiter, synchroniser):
                m.d.comb += [part.off.eq(~good), part.noise.eq(noise[:8])]
        steps = Signal(name="steps")
        m.d.comb += [steps.eq(awake), waking.eq(self.power & ~good), reset.eq(resets)]
        m.d.comb += [
            synchroniser.rst.eq(self.rst),
            synchroniser.request.eq(self.request),
            synchroniser.ack.eq(ack),
            synchroniser.synapse_clock.eq(steps),
            synchroniser.neuron_clock.eq(self.neuron_clock),
            synchroniser.reset.eq(reset),
            synchroniser.clear.eq(self.clear),
            arbiter.rst.eq(self.rst),
            arbiter.request.eq(synchroniser.request_seen),
            arbiter.clock.eq(steps),
            arbiter.reset.eq(reset),
            arbiter.retain.eq(self.retain),
            arbiter.supply.eq(supply),
            arbiter.clear.eq(self.clear),
            self.ack.eq(synchroniser.ack_seen),
        ]
        self.hold(m, steps, reset, self.read(m, fields, read), ~good, noise)
        self.launch(m, fields["idle"], launch)
        if self.trace:
            self.watch(m, work, enable, ungate, gated, Cat(waking | on, self.power & good))
        return m

    def isolated(self, m: Module) -> Signal:
        """Return what leaves the gated parts, clamped: Ack, the word-line, spikes, sleep."""
        arbiter, n = self.arbiter, self.params.rows + 3
        leaves, clamped = Signal(n, name="leaves"), Signal(n, name="clamped")
        m.d.comb += leaves.eq(Cat(arbiter.ack, arbiter.read, arbiter.launch, arbiter.sleep))
        m.submodules.isolation = Instance(
            "cell_isolate", p_WIDTH=n, i_isolate=self.isolate, i_a=leaves, o_y=clamped
        )
        return clamped

    def let_through(self, m: Module, work: str, enable: Value, sleep: Value) -> Signal:
        """Return FFclk-ug."""
        low, opened, closed = (Signal(name=name) for name in ("clock_low", "opened", "closed"))
        ungate = Signal(name="clock_ungate")
        m.d.comb += [low.eq(~self.clock), ungate.eq(opened ^ closed)]
        falls = clocked(m, "falls", low, self.rst)
        with m.If(enable):
            m.d[falls] += opened.eq(~closed)
        with m.If(sleep):
            m.d[work] += closed.eq(opened)
        return ungate

    def read(self, m: Module, fields: dict[str, Signal], read: Value) -> Signal:
        """Return the word of the row whose word-line is up; write what the scan chain holds."""
        rows = [Signal(self.params.columns, name=f"row_{k}") for k in range(self.params.rows)]
        write = clocked(m, "write", self.load, self.rst)
        for k, row in enumerate(rows):
            with m.If(fields["row"] == k):
                m.d[write] += row.eq(fields["word"])
        word = Signal(self.params.columns, name="sensed")
        m.d.comb += word.eq(Mux(read, Array(rows)[self.arbiter.row], 0))
        return word

    def hold(
        self, m: Module, steps: Signal, reset: Signal, word: Value, off: Value, noise: Value
    ) -> None:
        """Take the weights of the row as the arbiter captures them."""
        down = Signal(name="weights_down")
        m.d.comb += down.eq(reset | self.rst)
        taken = clocked(m, "taken", steps, down)
        with m.If(self.arbiter.capture):
            m.d[taken] += self.weights.eq(word)
        if self.poison:
            with m.If(off):
                m.d[taken] += self.weights.eq(noise[8:].replicate(-(-self.params.columns // 8)))

    def launch(self, m: Module, idle: Value, launch: Value) -> None:
        """Drive the spikes of all columns but the last ones, which are idle."""
        n = self.params.columns
        shown = Signal(n, name="shown")
        with m.If(launch):
            m.d.comb += shown.eq(Const(-1, n).as_unsigned() >> idle)
        m.d.comb += [self.plus.eq(shown & self.weights), self.minus.eq(shown & ~self.weights)]

    def watch(
        self, m: Module, work: str, enable: Value, ungate: Value, gated: Value, power: Value
    ) -> None:
        """Drive the trace port; what is off shows zeros."""
        arbiter, synchroniser = self.arbiter, self.synchroniser
        pulses, served = Signal(COUNT_BITS, name="pulses"), Signal(COUNT_BITS, name="served")
        m.d[work] += [pulses.eq(pulses + 1), served.eq(served + arbiter.grant)]
        off = {
            "spkgen": arbiter.spkgen,
            "ack": arbiter.ack,
            "request_first": synchroniser.request_first,
            "request_seen": synchroniser.request_seen,
            "weights": self.weights,
        }
        shown = {name: Signal(len(value), name=f"{name}_shown") for name, value in off.items()}
        state = Signal(2, name="power_state")
        m.d.comb += [
            state.eq(power),
            *(shown[name].eq(Mux(self.isolate, 0, off[name])) for name in off),
        ]
        word = pack(
            self.params.trace,
            clock=self.clock,
            clock_enable=enable,
            clock_ungate=ungate,
            gated=gated,
            power=state,
            pulses=pulses,
            served=served,
            following=arbiter.steps.following,
            ack_first=synchroniser.ack_first,
            ack_seen=synchroniser.ack_seen,
            **shown,
        )
        m.d.comb += self.trace_word.eq(word)
