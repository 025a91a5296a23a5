"""Proof of the neuron block: its clock is the one that its neurons' own proof assumes."""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "NeuronBlockProof"]


@bug_in(NeuronBlock, NeuronBlock.asks)
def last_neuron_sleeps(self, neurons):
    """Run the generator for all neurons but one."""
    return NeuronBlock.asks(self, neurons[:-1])


@bug_in(NeuronBlock, Oscillator.ends)
def rises_at_once(self):
    """Keep the clock low for a tick: the generator is faster than its neurons wake."""
    return (0, *Oscillator.ends(self)[1:])


@bug_in(NeuronBlock, at="neuron_0.wakeup")
def wakes_with_the_other(m, dut, inside):
    """Wake the first neuron by the second one's spikes."""
    with m.If(inside("neuron_1.wakeup.wakes")):
        m.d.sync += inside("neuron_0.wakeup.clock_enable").eq(1)


@bug_in(NeuronBlock, at=ScanChain)
def skips_a_bit(m, chain, inside):
    """Shift past the first bit of the divisor."""
    with m.If(chain.scan):
        m.d.sync += chain.fields["length"][-1].eq(chain.fields["divide"][1])


@bug_in(NeuronBlock)
def rests_while_the_clock_runs(m, dut, inside):
    """Rest as soon as all neurons sleep."""
    m.d.comb += dut.busy.eq(dut.scan)


@bug_in(NeuronBlock, NeuronBlock.asks)
def leaves_a_pulse_up(self, neurons):
    """Rest while a gated clock is high, as after an upset: it has no end."""
    return Cat(neuron.clock_enable for neuron in neurons).any()


def block(neurons: int, neuron: NeuronParams, length: int = 1) -> NeuronBlockParams:
    """Return a block with a short scan chain."""
    return NeuronBlockParams(
        neurons=neurons, neuron=neuron, length_bits=3 if length > 3 else 2, divide_bits=2,
        settings=Settings(length=length, threshold=1),
    )  # fmt: skip


SMALL = NeuronParams(fsm=NeuronFsmParams(bits=2))
OUTPUT = NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=2))
SLOW = NeuronParams(
    fsm=NeuronFsmParams(bits=2), power=PowerGateParams(wake=3, reset=1, isolate=2, settle=3)
)


class NeuronBlockProof(Proof):
    """Any settings that are allowed, shifted in at rest; one arbitrary neuron."""

    rtl = NeuronBlock
    configs: ClassVar = {
        "hidden-2": block(2, SMALL),
        "hidden-2-slow": block(2, SLOW, 4),
        "output-3": block(3, OUTPUT),
        "hidden-16": block(16, NeuronParams()),
    }
    quick = ("hidden-2-slow", "hidden-2")
    search = 16
    bugs: ClassVar = {
        "the clock runs while any neuron is awake": last_neuron_sleeps,
        "edges by turns, low phases long enough to wake in": rises_at_once,
        "a spike wakes its own neuron, and nobody else": wakes_with_the_other,
        "settings and threshold are one chain": skips_a_bit,
        "at rest the clock is low and all sleep": rests_while_the_clock_runs,
        "left alone, asleep from any state": leaves_a_pulse_up,
    }

    def properties(self, m: Module) -> None:
        """Follow the clock's phases, one neuron's spikes, and the chain."""
        dut, waking = self.dut, self.params.neuron.power.waking
        part = {
            name: self.inside(f"oscillator.{name}")
            for name in ("busy", "rises", "falls", "clock", "count", "rounds")
        }
        places = range(self.params.neurons)
        enables = Cat(self.inside(f"neuron_{k}.wakeup.clock_enable") for k in places)
        neurons_busy = Cat(self.inside(f"neuron_{k}.busy") for k in places).any()
        fields = self.dut.scan_chain.fields
        length, divide = fields["length"], fields["divide"]
        low_phase = ((divide >> 1) * (length << 1)) + length
        runs = part["busy"] | neurons_busy
        self.assumes("the chain is shifted at rest", ~(dut.scan & runs))
        allowed = length.any() & divide.any() & (low_phase >= waking)
        self.assumes("settings are allowed where anything runs", allowed | ~runs)

        self.holds("the clock runs while any neuron is awake", part["busy"] | ~enables.any())
        self.phases(m, part, low_phase, waking)
        self.spikes(m, enables)
        self.chain(m)
        self.holds(
            "at rest the clock is low and all sleep", dut.busy | ~(part["clock"] | enables.any())
        )
        if self.params.neuron == SMALL:
            quick = (length == 1) & (divide == 1)
            self.left_alone(m, quick & (dut.ack == dut.request))

    def phases(self, m: Module, part: dict[str, Signal], low_phase: Value, waking: int) -> None:
        """Hold the edges against the assumption of the neuron's proof."""
        fields = self.dut.scan_chain.fields
        length, divide = fields["length"], fields["divide"]
        clock, low_for = Signal(name="clock"), Signal(range(waking + 1), init=waking)
        with m.If(part["falls"]):
            m.d.sync += [clock.eq(0), low_for.eq(0)]
        with m.Elif(part["rises"]):
            m.d.sync += clock.eq(1)
        with m.Elif(~clock & (low_for < waking)):
            m.d.sync += low_for.eq(low_for + 1)
        self.followed = (clock, low_for)
        turns = ~Mux(clock, part["rises"], part["falls"])
        self.holds(
            "edges by turns, low phases long enough to wake in",
            turns & (~part["rises"] | (low_for + 1 >= waking)),
        )
        count, rounds = part["count"], part["rounds"]
        over = rounds * (length << 1) + count
        under_way = count.any() | rounds.any()
        within = (count < (length << 1)) & (rounds < divide)
        self.helps("the clock as followed", clock == part["clock"])
        self.helps("counters stay within", ~under_way | within)
        self.helps("the clock's phase", part["clock"] == (under_way & (over >= low_phase)))
        self.helps("low for as long", clock | (low_for == waking) | (low_for >= over))
        self.helps("low for long enough", low_for <= waking)
        stopped = Signal(name="stopped")
        m.d.sync += stopped.eq(part["falls"])
        self.reaches("a period follows another", stopped & part["busy"])
        if waking == 1:
            self.reaches("rest after a period", stopped & ~part["busy"])

    def spikes(self, m: Module, enables: Value) -> None:
        """Follow one neuron."""
        dut, n = self.dut, self.params.neurons
        neuron = self.any_value("neuron", n)
        pins = Cat(dut.plus.bit_select(neuron, 1), dut.minus.bit_select(neuron, 1))
        level, rose, awake = Signal(2, name="level"), Signal(name="rose"), Signal(name="awake")
        enable = enables.bit_select(neuron, 1)
        m.d.sync += [level.eq(pins), rose.eq((pins & ~level).any()), awake.eq(enable)]
        self.holds("a spike wakes its own neuron, and nobody else", Mux(awake, 1, enable == rose))
        for k in range(n):
            detector = f"neuron_{k}.wakeup.detector"
            chosen = neuron == k
            self.helps(
                f"neuron {k}: sampled", ~chosen | (self.inside(f"{detector}.sampled") == level)
            )
            waits = self.inside(f"{detector}.pending").any()
            self.helps(f"neuron {k}: awake while a spike waits", enables[k] | ~waits)
        self.reaches("one neuron awake, another asleep", enable & ~enables.all())

    def chain(self, m: Module) -> None:
        """Shift a copy of the whole chain."""
        dut, chain = self.dut, self.dut.scan_chain.chain
        before, shifted, bit = Signal.like(chain), Signal(name="shifted"), Signal(name="bit")
        known = Signal(name="known")
        m.d.sync += [before.eq(chain), shifted.eq(dut.scan), bit.eq(dut.scan_in), known.eq(1)]
        after = Mux(shifted, Cat(before[1:], bit), before)
        self.holds("settings and threshold are one chain", ~known | (chain == after))
        self.reaches("a chain shifted in", shifted & ~before.any() & bit)

    def left_alone(self, m: Module, calm: Value) -> None:
        """Claim that any state ends in sleep with the quickest clock and Ack with the request."""
        dut, ticks = self.dut, 40
        quiet, calms = Signal(name="quiet"), Signal(ticks)
        m.d.comb += quiet.eq(calm & ~((dut.plus | dut.minus).any() | dut.clear | dut.scan))
        m.d.sync += calms.eq(Cat(quiet, calms[:-1]))
        awake = dut.busy | dut.power.any()
        self.leaves("left alone, asleep from any state", ~(calms.all() & quiet & awake), ticks)


PROOF = NeuronBlockProof
