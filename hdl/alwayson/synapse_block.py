"""Synapse block: arbiter, synchronisers and weights behind a clock and a power gate of their own.

Ref: Chundi 2021, "Synapse Block" and Fig. 5A, 5C. Assumptions:
:mod:`goldspike.model.alwayson.synapse_block`.
"""

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.neuron import noise_of, state_of
from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.alwayson.synapse_arbiter import SynapseArbiter
from goldspike.hdl.alwayson.synapse_memory import SynapseMemory
from goldspike.hdl.timing.clock_gate import ClockGate
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.hdl.timing.power_gate import PowerGate
from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.model.alwayson.synapse_block import COUNT_BITS, SynapseBlockParams
from goldspike.model.timing.clock_gate import ClockGateParams

__all__ = ["SynapseBlock"]


class SynapseBlock(wiring.Component):
    """Serves a request with a row of spikes; asleep, clock and power off, while none is up.

    From rest a request is acknowledged ``low + 3 * period`` ticks after the one on which it was
    seen, its spikes are up two periods later; with a quick neuron clock a busy block serves one
    request in three periods.

    Bit-exact against :class:`goldspike.model.alwayson.synapse_block.SynapseBlockModel`. With its
    trace port it is poisoned, as :class:`goldspike.hdl.alwayson.neuron.Neuron` is.

    Members
    -------
    request : In(rows)
        Of the neurons, from registers; each stays up until it is acknowledged.
    neuron_clock : In(1)
        Their clock; each high and each low lasts at least one tick.
    scan, scan_in : In(1)
        Shift the scan chain by one on this tick; while not busy but for this, load and clear.
    load : In(1)
        Write the word of the scan chain to its row of the memory; while not busy but for this, scan
        and clear.
    clear : In(1)
        Forget the frame: acknowledgements on their way, and where round robin looks. While not busy
        but for this, scan and load.
    ack : Out(rows)
        Acknowledgements, from registers of the neurons' clock.
    plus, minus : Out(columns)
        Spikes to the post-synaptic neurons, of weights +1 and -1; none in the last `idle` columns.
    clock : Out(1)
        The block's own clock.
    power, isolate, retain : Out(1)
        The power gate's.
    scan_out : Out(1)
        The bit that leaves the scan chain next.
    busy : Out(1)
        Combinational: something is under way or starts on this tick.
    """

    request: Signal
    neuron_clock: Signal
    scan: Signal
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
    busy: Signal

    def __init__(
        self,
        params: SynapseBlockParams,
        *,
        trace: bool = False,
        watched: bool = False,
        poison: bool | None = None,
    ) -> None:
        self.params = params
        self.trace = trace
        self.watched = watched
        self.poison = trace or watched if poison is None else poison
        self.clock_enable = Signal()  # FFclk-en
        self.clock_ungate = Signal()  # FFclk-ug
        self.neuron_clock_before = Signal()
        self.weights = Signal(params.columns)
        self.noise = Signal(8)  # what is off takes, with `poison`
        self.pulses = Signal(COUNT_BITS)  # counted for the trace
        self.served = Signal(COUNT_BITS)
        self.oscillator = Oscillator(params.oscillator)
        self.clock_gate = ClockGate(ClockGateParams(width=1))
        self.power_gate = PowerGate(params.power)
        self.synchroniser = RequestSynchroniser(params.synchroniser, poison=self.poison)
        self.arbiter = SynapseArbiter(params.arbiter, poison=self.poison)
        self.memory = SynapseMemory(params.memory)
        self.scan_chain = ScanChain(params.scan_chain)
        super().__init__(
            {
                "request": In(params.rows),
                **{name: In(1) for name in ("neuron_clock", "scan", "scan_in", "load", "clear")},
                "ack": Out(params.rows),
                "plus": Out(params.columns),
                "minus": Out(params.columns),
                **{name: Out(1) for name in ("clock", "power", "isolate", "retain")},
                "scan_out": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        parts = ("oscillator", "clock_gate", "power_gate", "synchroniser", "arbiter", "memory")
        for name in (*parts, "scan_chain"):
            m.submodules[name] = getattr(self, name)
        gate, power, arbiter = self.clock_gate, self.power_gate, self.arbiter
        settings = self.scan_chain.fields
        asks = Signal()
        m.d.comb += [
            asks.eq(self.request.any()),
            self.power.eq(power.power),
            self.isolate.eq(power.isolate),
            self.retain.eq(power.retain),
            power.request.eq(asks | self.clock_enable | gate.gated),
        ]
        self.run_clock(m, settings, asks)
        self.shake_hands(m)
        self.read(m, settings)
        self.launch(m, settings["idle"])
        if self.poison:
            for part in (self.synchroniser, arbiter):
                m.d.comb += [part.off.eq(~power.good), part.noise.eq(self.noise)]
            with m.If(~power.good):
                other = self.noise[::-1]  # else no Ack and no weight would be up together
                m.d.sync += self.weights.eq(other.replicate(-(-self.params.columns // 8)))
        if self.trace or self.watched:
            if self.poison:
                m.d.comb += self.noise.eq(noise_of(m))
            m.d.sync += [
                self.pulses.eq(self.pulses + gate.rises),
                self.served.eq(self.served + arbiter.grant),
            ]
        if self.trace:
            drive_changes(m, self, pack(self.params.trace, **self.shown()))
        with m.If(power.reset):
            m.d.sync += self.weights.eq(0)
        return m

    def run_clock(self, m: Module, settings: dict[str, Signal], asks: Value) -> None:
        """Run the clock while anything asks; let it through from its first falling edge on."""
        oscillator, gate = self.oscillator, self.clock_gate
        sleep = Signal()
        m.d.comb += [
            sleep.eq(self.arbiter.sleep & ~self.isolate),
            # a pulse is over before the clock rests, but after an upset: it would have no end
            oscillator.enable.eq(self.clock_enable | gate.gated),
            oscillator.length.eq(settings["length"]),
            oscillator.divide.eq(settings["divide"]),
            self.clock.eq(oscillator.clock),
            gate.clock_rises.eq(oscillator.rises),
            gate.clock_falls.eq(oscillator.falls),
            gate.enable.eq(self.clock_ungate),
        ]
        m.d.sync += [
            self.clock_enable.eq((self.clock_enable & ~sleep) | asks),
            # not without FFclk-en, even after an upset: the gate would stay open until a request
            self.clock_ungate.eq(
                (self.clock_ungate | oscillator.falls) & self.clock_enable & ~sleep
            ),
        ]
        awake = asks | self.clock_enable | oscillator.busy | gate.gated | self.power_gate.busy
        m.d.comb += self.busy.eq(awake | self.handled())

    def handled(self) -> Value:
        """Return whether the pins ask for anything but to serve a request."""
        return self.scan | self.load | self.clear | self.neuron_clock | self.neuron_clock_before

    def shake_hands(self, m: Module) -> None:
        """Bring requests to the arbiter and acknowledgements back."""
        synchroniser, arbiter = self.synchroniser, self.arbiter
        step = self.clock_gate.rises
        m.d.comb += [
            synchroniser.request.eq(self.request),
            synchroniser.ack.eq(arbiter.ack & ~self.isolate.replicate(self.params.rows)),
            synchroniser.synapse_rises.eq(step),
            synchroniser.neuron_rises.eq(self.neuron_rises()),
            synchroniser.reset.eq(self.power_gate.reset),
            synchroniser.clear.eq(self.clear),
            arbiter.request.eq(synchroniser.request_seen),
            arbiter.step.eq(step),
            arbiter.reset.eq(self.power_gate.reset),
            arbiter.retain.eq(self.retain),
            arbiter.clear.eq(self.clear),
            self.ack.eq(synchroniser.ack_seen),
        ]
        m.d.sync += self.neuron_clock_before.eq(self.neuron_clock)

    def neuron_rises(self) -> Value:
        """Return whether the neurons' clock rose with this tick."""
        return self.neuron_clock & ~self.neuron_clock_before

    def read(self, m: Module, settings: dict[str, Signal]) -> None:
        """Read the row that is served, and take its weights; write what the scan chain holds."""
        arbiter, memory = self.arbiter, self.memory
        m.d.comb += [
            memory.read.eq(arbiter.read & ~self.isolate),
            memory.row.eq(arbiter.row),
            memory.write.eq(self.load),
            memory.write_row.eq(settings["row"]),
            memory.write_word.eq(settings["word"]),
            self.scan_chain.scan.eq(self.scan),
            self.scan_chain.scan_in.eq(self.scan_in),
            self.scan_out.eq(self.scan_chain.scan_out),
        ]
        with m.If(arbiter.capture & ~self.isolate):
            m.d.sync += self.weights.eq(memory.word)

    def launch(self, m: Module, idle: Value) -> None:
        """Drive the spikes of all columns but the last ones, which are idle."""
        n = self.params.columns
        shown = Signal(n)
        with m.If(self.arbiter.launch & ~self.isolate):
            m.d.comb += shown.eq(Const(-1, n).as_unsigned() >> idle)
        m.d.comb += [self.plus.eq(shown & self.weights), self.minus.eq(shown & ~self.weights)]

    def shown(self) -> dict[str, Value]:
        """Return the fields of the trace, for itself or the whole; what is off shows zeros."""
        power, synchroniser, arbiter = self.power_gate, self.synchroniser, self.arbiter
        off = {
            "spkgen": arbiter.spkgen,
            "ack": arbiter.ack,
            "request_first": synchroniser.request_first,
            "request_seen": synchroniser.request_seen,
            "weights": self.weights,
        }
        return dict(
            clock=self.clock,
            clock_enable=self.clock_enable,
            clock_ungate=self.clock_ungate,
            gated=self.clock_gate.gated,
            power=state_of(power),
            pulses=self.pulses,
            served=self.served,
            following=arbiter.following,
            ack_first=synchroniser.ack_first,
            ack_seen=synchroniser.ack_seen,
            **{name: value & ~self.isolate.replicate(len(value)) for name, value in off.items()},
        )
