"""Neuron with a real gated clock: spikes clock its wake-up circuit, the FSM has the gated clock.

Ref: Chundi 2021, "Neuron Block", Fig. 2A. The FSM is
:class:`goldspike.hdl.alwayson.neuron_fsm.Steps`, as in ``tick``. Each flip-flop that two clocks
move is a pair, of which it is the difference: FF+1 and FF-1 are set by a spike and taken by the
gated clock; FFclk-ug is set by a falling edge of the shared clock and reset by the gated clock. So
there is no reset pulse of unknown width, and no window in which a spike could die. FFclk-en is up
while a spike waits, and while the FSM is at work.

The request is a register of the gated FSM, set a step ahead, so that it has no glitch.

The power gate is made of delay cells: `good` rises `wake` + `reset` after `power`, which stays for
`isolate` + `settle` after the last need; isolation ends with `good` and begins 1 ps after the
gated clock's last edge, retention `isolate` later. `isolate` + `settle` must be shorter than two
periods of the clock. `power` closes a switch, `isolate` clamps what leaves the FSM by isolation
cells, and the potential is kept in retention flip-flops.
"""

from amaranth.hdl import Cat, Const, DomainRenamer, Instance, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.cell.shared.gated import gate_power, spread_noise
from goldspike.hdl.alwayson.neuron_fsm import State, Steps
from goldspike.hdl.cells import clocked
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.alwayson.neuron import COUNT_BITS, NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind

__all__ = ["Neuron"]


class Neuron(wiring.Component):
    """A gated neuron without a clock of its own; parameters of the power gate in picoseconds.

    Equal, to the picosecond, to :class:`goldspike.model.alwayson.neuron.NeuronModel`. A spike at
    the very moment of an edge of the shared clock is no contract: silicon resolves it either way.

    Members
    -------
    rst : In(1)
        Asleep while it is up, the potential zero.
    spikes : In(2)
        Spk+1 and Spk-1: each is a clock.
    clock : In(1)
        The shared clock; its low phase is at least as long as the power gate takes to wake.
    ack, threshold, clear : In(1), In(bits - 1), In(1)
        As in ``tick``; they hold still around rising edges of the clock.
    clock_enable : Out(1)
        FFclk-en.
    request, potential : Out(1), Out(bits)
        As in ``tick``.
    power, isolate, retain : Out(1)
        As in ``tick``: what the switch, the isolation and the retention cells are controlled by.
    """

    rst: Signal
    spikes: Signal
    clock: Signal
    ack: Signal
    threshold: Signal
    clear: Signal
    clock_enable: Signal
    request: Signal
    potential: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    trace_word: Signal

    def __init__(
        self, params: NeuronParams, *, trace: bool = False, poison: bool | None = None
    ) -> None:
        self.params = params
        self.trace = trace
        self.poison = trace if poison is None else poison
        super().__init__(
            {
                "rst": In(1),
                "spikes": In(2),
                "clock": In(1),
                "ack": In(1),
                "threshold": In(params.fsm.bits - 1),
                "clear": In(1),
                "clock_enable": Out(1),
                "request": Out(1),
                "potential": Out(params.fsm.bits),
                **{name: Out(1) for name in ("power", "isolate", "retain")},
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        steps = Steps(self.params.fsm, poison=self.poison)
        gated = Signal(name="gated")
        work = clocked(m, "work", gated, self.rst)  # what the gated clock moves and power keeps
        asks = Signal(name="asks")
        taken, sleep = self.isolated(m, steps, asks)
        pending, losses = self.catch(m, work, taken)
        working = Signal(name="working")
        m.d[work] += working.eq(~sleep)
        m.d.comb += self.clock_enable.eq(pending.any() | working)
        ungate = self.let_through(m, work, sleep)
        m.submodules.clock_gate = Instance(
            "cell_gate", i_clock=self.clock, i_enable=ungate, o_y=gated
        )

        supply, good, on = gate_power(m, self, self.clock_enable | gated)
        waking, reset = Signal(name="waking"), Signal(name="reset")
        awake: Value = gated
        resets: Value = waking
        if self.poison:
            lose, lasts, noise = spread_noise(m, supply)
            awake, resets = gated | lose, waking & ~lasts
            m.d.comb += [steps.off.eq(~good), steps.noise.eq(noise[:8])]
        fsm_clock, forget = Signal(name="fsm_clock"), Signal(name="forget")
        m.d.comb += [
            waking.eq(self.power & ~good),
            reset.eq(resets | self.rst),
            fsm_clock.eq(awake),
            forget.eq(self.clear | self.rst),
        ]
        clocked(m, "awake", fsm_clock, reset)
        m.d.awake += asks.eq(self.will_ask(steps))
        if self.poison:
            with m.If(steps.off):
                m.d.awake += asks.eq(steps.noise[5])
        m.submodules.steps = DomainRenamer({"fsm": "awake"})(steps)
        m.submodules.retention = Instance(
            "cell_retain", p_WIDTH=len(self.potential), i_clock=gated, i_reset=forget,
            i_retain=self.retain, i_power=supply, i_d=steps.following, o_q=self.potential,
        )  # fmt: skip
        m.d.comb += [
            steps.pending.eq(pending),
            steps.ack.eq(self.ack),
            steps.threshold.eq(self.threshold),
            steps.potential.eq(self.potential),
        ]
        if self.trace:
            pulses = Signal(COUNT_BITS, name="pulses")
            m.d[work] += pulses.eq(pulses + 1)
            # named, since the parts of the word reach a block as ports of their own
            begun, steady = Signal(name="power_begun"), Signal(name="power_steady")
            known = Signal(3, name="state_isolated")
            m.d.comb += [
                begun.eq(waking | on),
                steady.eq(self.power & good),
                known.eq(Mux(self.isolate, State.STANDBY, steps.state)),
            ]
            word = pack(
                self.params.cell_trace,
                pending=pending,
                clock_enable=self.clock_enable,
                clock_ungate=ungate,
                gated=gated,
                power=Cat(begun, steady),
                state=known,
                request=self.request,
                potential=self.potential,
                pulses=pulses,
                lost_plus=losses[0],
                lost_minus=losses[1],
            )
            m.d.comb += self.trace_word.eq(word)
        return m

    def will_ask(self, steps: Steps) -> Value:
        """Return whether the state after the next edge is one with a request.

        The request wakes another block: a decoded state could do that by a glitch, as the state's
        bits change one after the other. A register cannot.
        """
        asking = steps.state == State.SPK_REQ
        if self.params.fsm.kind is Kind.INPUT:
            return ~steps.ack & (asking | (steps.state == State.STANDBY) & steps.pending.any())
        if self.params.fsm.kind is Kind.OUTPUT:
            return Const(0)
        fires = asking | (steps.state == State.POTENTIAL_RESET)
        return ~steps.ack & fires | (steps.state == State.POTENTIAL_UPDATE_2)

    def isolated(self, m: Module, steps: Steps, asks: Value) -> tuple[Value, Value]:
        """Clamp what leaves the gated part; return which spikes it takes, and whether it sleeps."""
        leaves, clamped = Signal(4, name="leaves"), Signal(4, name="clamped")
        m.d.comb += [
            leaves.eq(Cat(steps.taken, steps.sleep, asks)),
            self.request.eq(clamped[3]),
        ]
        m.submodules.isolation = Instance(
            "cell_isolate", p_WIDTH=4, i_isolate=self.isolate, i_a=leaves, o_y=clamped
        )
        return clamped[:2], clamped[2]

    def catch(self, m: Module, work: str, taken: Value) -> tuple[Signal, list[Signal]]:
        """Return FF+1 and FF-1, and counters of lost spikes, which only a trace has."""
        pending = Signal(2, name="pending")
        losses = []
        for line, name in enumerate(("plus", "minus")):
            asked, served = Signal(name=f"asked_{name}"), Signal(name=f"served_{name}")
            spike = clocked(m, f"spike_{name}", self.spikes[line], self.rst)
            m.d[spike] += asked.eq(~served)
            with m.If(taken[line]):
                m.d[work] += served.eq(asked)
            m.d.comb += pending[line].eq(asked ^ served)
            lost = Signal(COUNT_BITS, name=f"lost_{name}")
            if self.trace:
                with m.If(pending[line]):
                    m.d[spike] += lost.eq(lost + 1)
            losses.append(lost)
        return pending, losses

    def let_through(self, m: Module, work: str, sleep: Value) -> Signal:
        """Return FFclk-ug."""
        low, opened, closed = (Signal(name=name) for name in ("clock_low", "opened", "closed"))
        ungate = Signal(name="clock_ungate")
        m.d.comb += [low.eq(~self.clock), ungate.eq(opened ^ closed)]
        falls = clocked(m, "falls", low, self.rst)
        with m.If(self.clock_enable):
            m.d[falls] += opened.eq(~closed)
        with m.If(sleep):
            m.d[work] += closed.eq(opened)
        return ungate
