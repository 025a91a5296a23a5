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

__all__ = ["Neuron", "noise_of", "state_of"]

WATCHED = {"noise": In(8), "clock_ungate": Out(1)}
"""Ports where it is watched."""
NOISE_TAPS = (16, 15, 13, 4)
"""Taps of a maximum-length feedback shift register of 16 bits, counted from 1."""


class Neuron(wiring.Component):
    """A gated neuron. Awake from the tick of a spike; one FSM step per pulse of its gated clock.

    Bit-exact against :class:`goldspike.model.alwayson.neuron.NeuronModel`. With its trace port, and
    only then, it is *poisoned*: while its power is not good, all state that is not retained takes
    noise that changes with every tick, the potential, too, while `retain` is down, so that a
    missing reset, isolation or retention shows. So it is where it is `watched`, as one of many: the
    whole then brings the noise, and makes the trace out of what is shown.

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
        Set the potential to zero, whatever else happens on this tick.
    clock_enable : Out(1)
        FFclk-en: the neuron needs the shared clock.
    gated : Out(1)
        The gated clock; the shared clock has to go on while it is high.
    request : Out(1)
        The neuron fires.
    potential : Out(bits)
        Signed.
    lost : Out(2)
        One tick high after a spike on a line whose last one still waited.
    power, isolate, retain : Out(1)
        The power gate's: the FSM's power switch is closed, its outputs are clamped, the potential
        is retained. They are the control signals of the UPF (:mod:`goldspike.hdl.power_intent`).
    busy : Out(1)
        Combinational: something is under way or starts on this tick.
    noise, clock_ungate : In(8), Out(1)
        Where it is watched: the noise and FFclk-ug.
    """

    spikes: Signal
    rises: Signal
    falls: Signal
    ack: Signal
    threshold: Signal
    clear: Signal
    clock_enable: Signal
    gated: Signal
    request: Signal
    potential: Signal
    lost: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    busy: Signal
    noise: Signal
    clock_ungate: Signal

    def __init__(
        self,
        params: NeuronParams,
        *,
        trace: bool = False,
        part: bool = False,
        watched: bool = False,
        poison: bool | None = None,
    ) -> None:
        self.params = params
        self.trace = trace
        self.part = part
        self.watched = watched
        self.wakeup = Wakeup(WakeupParams(lines=2))
        self.power_gate = PowerGate(params.power)
        self.clock_gate = ClockGate(ClockGateParams(width=1))
        self.fsm = NeuronFsm(params.fsm, poison=trace or watched if poison is None else poison)
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
                "gated": Out(1),
                "request": Out(1),
                "potential": Out(params.fsm.bits),
                "lost": Out(2),
                **{name: Out(1) for name in ("power", "isolate", "retain")},
                "busy": Out(1),
                **(WATCHED if watched else ports),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.submodules.wakeup = wakeup = self.wakeup
        m.submodules.power_gate = power = self.power_gate
        m.submodules.clock_gate = gate = self.clock_gate
        m.submodules.fsm = fsm = self.fsm
        isolate = self.isolate
        m.d.comb += [
            self.power.eq(power.power),
            isolate.eq(power.isolate),
            self.retain.eq(power.retain),
            wakeup.spikes.eq(self.spikes),
            wakeup.falls.eq(self.falls),
            wakeup.taken.eq(fsm.taken & ~isolate.replicate(2)),
            wakeup.sleep.eq(fsm.sleep & ~isolate),
            power.request.eq(wakeup.wakes | wakeup.clock_enable | gate.gated),
            gate.clock_rises.eq(self.rises),
            gate.clock_falls.eq(self.falls),
            gate.enable.eq(wakeup.clock_ungate),
            fsm.step.eq(gate.rises),
            fsm.reset.eq(power.reset),
            fsm.retain.eq(power.retain),
            fsm.clear.eq(self.clear),
            fsm.pending.eq(wakeup.pending),
            fsm.ack.eq(self.ack),
            fsm.threshold.eq(self.threshold),
            self.clock_enable.eq(wakeup.clock_enable),
            self.gated.eq(gate.gated),
            self.request.eq(fsm.request & ~isolate),
            self.potential.eq(fsm.potential),
            self.lost.eq(wakeup.lost),
            self.busy.eq(wakeup.busy | power.busy | gate.gated | self.clear),
        ]
        if self.watched:
            self.spread_noise(m, self.noise)
            m.d.comb += self.clock_ungate.eq(wakeup.clock_ungate)
        elif self.trace:
            if fsm.poison:
                self.spread_noise(m, noise_of(m))
            self.watch(m)
        return m

    def spread_noise(self, m: Module, noise: Value) -> None:
        """Poison what is not retained while power is not good (simulation only)."""
        m.d.comb += [self.fsm.off.eq(~self.power_gate.good), self.fsm.noise.eq(noise)]

    def watch(self, m: Module) -> None:
        """Drive the trace port."""
        wakeup, power, gate = self.wakeup, self.power_gate, self.clock_gate
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
            power=state_of(power),
            state=Mux(self.isolate, State.STANDBY, self.fsm.state),
            request=self.request,
            potential=self.potential,
            pulses=pulses,
            lost=lost,
        )
        if self.part:
            m.d.comb += self.trace_word.eq(word)  # type: ignore[attr-defined]
        else:
            drive_changes(m, self, word)


def noise_of(m: Module) -> Value:
    """Return 8 bits that change with every tick, by adding a shift register to `m`."""
    noise = Signal(16, init=0xACE1)
    m.d.sync += noise.eq(Cat(Cat(noise[tap - 1] for tap in NOISE_TAPS).xor(), noise[:-1]))
    return noise[:8]


def state_of(power: PowerGate) -> Value:
    """Return the power gate's :class:`PowerState` as its outputs show it."""
    return Cat(power.reset | ~power.isolate, power.power & ~power.reset)
