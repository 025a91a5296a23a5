"""Neuron: a wake-up circuit that never sleeps, and an FSM whose clock and power it gates.

Ref: Chundi 2021, "Neuron Block", Fig. 2A. Assumptions: :mod:`goldspike.model.alwayson.neuron`.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.neuron_fsm import NeuronFsm, State
from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.hdl.timing.power_gate import PowerGate
from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.model.alwayson.neuron import COUNT_BITS, NeuronParams
from goldspike.model.alwayson.wakeup import WakeupParams
from goldspike.model.timing.clock_gate import ClockGateParams

__all__ = ["Neuron"]

NOISE_TAPS = (16, 15, 13, 4)
"""Taps of a maximum-length feedback shift register of 16 bits, counted from 1."""


class Neuron(wiring.Component):
    """A gated neuron. Awake from the tick of a spike; one FSM step per pulse of its gated clock.

    Bit-exact against :class:`goldspike.model.alwayson.neuron.NeuronModel`. With its trace port, and
    only then, it is *poisoned*: while its power is not good, all state that is not retained takes
    noise that changes with every tick, so that a missing reset or isolation shows.

    Proved (:mod:`goldspike.proofs.alwayson.neuron`), whatever unretained state is without power: no
    edge of the gated clock without power; whole pulses, after a whole low phase; isolated unless
    power is good; every spike counted once, reported as lost only where one of its sign waits, or
    waiting; a bound on the pulses to count it and to sleep; asleep again from any state.

    Members
    -------
    spikes : In(2)
        Spk+1 and Spk-1; each high and each low lasts at least one tick.
    rises, falls : In(1)
        The shared clock changes on this tick. Its low phase is at least as long as power gate takes
        to wake.
    ack : In(1)
        The request is acknowledged; from a register.
    threshold : In(bits - 1)
        The neuron fires as its potential reaches it.
    clear : In(1)
        Set the potential to zero; given while not busy.
    clock_enable : Out(1)
        FFclk-en: the neuron needs the shared clock.
    request : Out(1)
        The neuron fires.
    potential : Out(bits)
        Signed.
    lost : Out(2)
        One tick high after a spike on a line whose last one still waited.
    busy : Out(1)
        Combinational: something is under way or starts on this tick.
    """

    spikes: Signal
    rises: Signal
    falls: Signal
    ack: Signal
    threshold: Signal
    clear: Signal
    clock_enable: Signal
    request: Signal
    potential: Signal
    lost: Signal
    busy: Signal

    poisoned = True
    wakeup_type = Wakeup
    fsm_type = NeuronFsm
    gate_type = ClockGate
    power_type = PowerGate

    def __init__(self, params: NeuronParams, *, trace: bool = False, part: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.part = part
        ports = trace_ports(params.trace, trace)
        if part and trace:  # the whole looks for changes
            ports = {"trace_word": ports["trace_word"]}
        super().__init__(
            {
                "spikes": In(2),
                "rises": In(1),
                "falls": In(1),
                "ack": In(1),
                "threshold": In(params.fsm.bits - 1),
                "clear": In(1),
                "clock_enable": Out(1),
                "request": Out(1),
                "potential": Out(params.fsm.bits),
                "lost": Out(2),
                "busy": Out(1),
                **ports,
            }
        )

    def needs_power(self, wakeup: Wakeup, gate: ClockGate) -> Value:
        """Return whether power is asked for on this tick."""
        return wakeup.wakes | wakeup.clock_enable | gate.gated

    def resets(self, power: PowerGate) -> Value:
        """Return whether unretained state is reset."""
        return power.reset

    def isolated(self, power: PowerGate) -> Value:
        """Return whether what the gated block says is not to be believed."""
        return power.isolate

    def passes(self, wakeup: Wakeup) -> Value:
        """Return whether the next pulse of the shared clock is let through."""
        return wakeup.clock_ungate

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        poison = self.trace and self.poisoned
        m.submodules.wakeup = wakeup = self.wakeup_type(WakeupParams(lines=2))
        m.submodules.power_gate = power = self.power_type(self.params.power)
        m.submodules.clock_gate = gate = self.gate_type(ClockGateParams(width=1))
        m.submodules.fsm = fsm = self.fsm_type(self.params.fsm, poison=poison)
        isolate = Signal()
        m.d.comb += [
            isolate.eq(self.isolated(power)),
            wakeup.spikes.eq(self.spikes),
            wakeup.falls.eq(self.falls),
            wakeup.taken.eq(fsm.taken & ~isolate.replicate(2)),
            wakeup.sleep.eq(fsm.sleep & ~isolate),
            power.request.eq(self.needs_power(wakeup, gate)),
            gate.clock_rises.eq(self.rises),
            gate.clock_falls.eq(self.falls),
            gate.enable.eq(self.passes(wakeup)),
            fsm.step.eq(gate.rises),
            fsm.reset.eq(self.resets(power)),
            fsm.retain.eq(power.retain),
            fsm.clear.eq(self.clear),
            fsm.pending.eq(wakeup.pending),
            fsm.ack.eq(self.ack),
            fsm.threshold.eq(self.threshold),
            self.clock_enable.eq(wakeup.clock_enable),
            self.request.eq(fsm.request & ~isolate),
            self.potential.eq(fsm.potential),
            self.lost.eq(wakeup.lost),
            self.busy.eq(wakeup.busy | power.busy | gate.gated | self.clear),
        ]
        if poison:
            self.spread_noise(m, fsm, power)
        if self.trace:
            self.watch(m, wakeup, power, gate, fsm, isolate)
        return m

    def spread_noise(self, m: Module, fsm: NeuronFsm, power: PowerGate) -> None:
        """Poison what is not retained while power is not good (simulation only)."""
        noise = Signal(16, init=0xACE1)
        m.d.sync += noise.eq(Cat(Cat(noise[tap - 1] for tap in NOISE_TAPS).xor(), noise[:-1]))
        m.d.comb += [fsm.off.eq(~power.good), fsm.noise.eq(noise[:8])]

    def watch(
        self,
        m: Module,
        wakeup: Wakeup,
        power: PowerGate,
        gate: ClockGate,
        fsm: NeuronFsm,
        isolate: Value,
    ) -> None:
        """Drive the trace port."""
        pulses = Signal(COUNT_BITS)
        lost_before = Signal(COUNT_BITS)
        lost = Signal(COUNT_BITS)
        m.d.comb += lost.eq(lost_before + wakeup.lost[0] + wakeup.lost[1])
        m.d.sync += lost_before.eq(lost)
        with m.If(gate.rises):
            m.d.sync += pulses.eq(pulses + 1)
        word = pack(
            self.params.trace,
            pending=wakeup.pending,
            clock_enable=wakeup.clock_enable,
            clock_ungate=wakeup.clock_ungate,
            gated=gate.gated,
            power=Cat(power.reset | ~power.isolate, power.power & ~power.reset),
            state=Mux(isolate, State.STANDBY, fsm.state),
            request=self.request,
            potential=self.potential,
            pulses=pulses,
            lost=lost,
        )
        if self.part:
            m.d.comb += self.trace_word.eq(word)  # type: ignore[attr-defined]
        else:
            drive_changes(m, self, word)
