"""Proof of the core: every request is served once, end to end, whatever the two clocks do.

Neurons and synapse block have proofs of their own, each of which assumes something of the other
side: the neurons' proof a clock, the synapse block's that neurons keep the handshake. Here both
stand side by side, and what they assume of each other has to be true.
"""

from functools import partial
from typing import Any, ClassVar
from unittest.mock import patch

from amaranth.hdl import Cat, Module, Mux, Signal, Value, ValueLike

from goldspike.hdl.alwayson.core import Core
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.hdl.alwayson.synapse_arbiter import Stage, SynapseArbiter
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.core import CoreParams
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.proofs.alwayson.neuron import NeuronProof
from goldspike.proofs.alwayson.neuron_block import NeuronBlockProof
from goldspike.proofs.alwayson.synapse_block import SynapseBlockProof
from goldspike.proofs.part import include
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CoreProof"]


class ForgetfulNeurons(NeuronBlock):
    """Neurons that forget: the proof says what their unretained state is without power."""

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        forgetful = partial(Neuron, poison=True)
        with patch("goldspike.hdl.alwayson.neuron_block.Neuron", forgetful):
            return super().elaborate(platform)

    def asks(self, neurons: list[Any]) -> Value:
        """Return whether the generator has to run; keep the neurons."""
        self.copies = neurons
        return super().asks(neurons)


class Powerless(Core):
    """A core that forgets: the proof says what its unretained state is without power."""

    def __init__(self, params: CoreParams, *, trace: bool = False) -> None:
        forgetful = {
            "NeuronBlock": ForgetfulNeurons, "SynapseBlock": partial(SynapseBlock, poison=True),
        }  # fmt: skip
        with patch.multiple("goldspike.hdl.alwayson.core", **forgetful):
            super().__init__(params, trace=trace)


class NeuronInCore(NeuronProof):
    """What holds of a neuron whenever its Acks come."""

    def served(self, *_: Any, **__: Any) -> None:
        """Leave out the bounds: they are for an Ack that follows at once."""

    def sleeps(self, *_: Any, **__: Any) -> None:
        """Leave out the bound on the pulses to sleep, for the same reason."""

    def left_alone(self, *_: Any, **__: Any) -> None:
        """Leave out where any state ends: it is said of a steady clock."""


@bug_in(Powerless)
def acknowledges_the_neighbour(m, dut, inside):
    """Acknowledge the neuron after the one that asked."""
    m.d.comb += dut.neurons.ack.eq(dut.synapses.ack.rotate_left(1))


@bug_in(Powerless)
def acknowledges_all(m, dut, inside):
    """Let every neuron take any Ack for its own."""
    m.d.comb += dut.neurons.ack.eq(dut.synapses.ack.any().replicate(len(dut.neurons.ack)))


@bug_in(Powerless)
def wrong_clock(m, dut, inside):
    """Synchronise acknowledgements to the synapse block's own clock."""
    m.d.comb += dut.synapses.neuron_clock.eq(dut.synapses.clock)


@bug_in(Powerless, at=SynapseArbiter)
def ignores_the_request(m, part, inside):
    """Let Ack fall after St2, whatever its request does."""
    with m.If(part.step & (part.spkgen == Stage.ST2) & ~part.reset):
        m.d.sync += [part.ack.eq(0), inside("stage").eq(Stage.ST0)]


@bug_in(Powerless, at=Neuron)
def leaves_pulses_unpowered(m, part, inside):
    """Let a neuron's power go as soon as FFclk-en falls."""
    m.d.comb += part.power_gate.request.eq(part.wakeup.wakes | part.wakeup.clock_enable)


@bug_in(Powerless)
def rests_too_soon(m, dut, inside):
    """Rest while the synapse block is still at work."""
    m.d.comb += dut.busy.eq(dut.neurons.busy)


@bug_in(Powerless)
def swapped_signs(m, dut, inside):
    """Swap Spk+1 and Spk-1."""
    m.d.comb += [dut.plus_out.eq(dut.synapses.minus), dut.minus_out.eq(dut.synapses.plus)]


def core(
    kind: Kind, policy: Policy, power: PowerGateParams, length: int, rows: int = 2, columns: int = 2
) -> CoreParams:
    """Return a core with short scan chains."""
    bits = 3 if length > 3 else 2
    neuron = NeuronParams(fsm=NeuronFsmParams(kind=kind, bits=2), power=power)
    return CoreParams(
        neurons=NeuronBlockParams(
            neurons=rows, neuron=neuron, length_bits=bits, divide_bits=1,
            settings=Settings(length=length, threshold=1),
        ),
        synapses=SynapseBlockParams(
            rows=rows, columns=columns, policy=policy, power=power, length_bits=bits, divide_bits=1,
            settings=SynapseSettings(length=length),
        ),
    )  # fmt: skip


SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)
GIVEN = (
    "scan, load and clear at rest",
    "settings are allowed where anything runs",
    "the chain is shifted at rest",
)


class CoreProof(Proof):
    """Any spikes, settings and weights; one arbitrary row and one arbitrary column."""

    rtl = Powerless
    configs: ClassVar = {
        "input-2x2": core(Kind.INPUT, Policy.FIXED, PowerGateParams(), 1),
        "hidden-2x2": core(Kind.HIDDEN, Policy.ROUND_ROBIN, PowerGateParams(), 1),
        "hidden-2x2-slow": core(Kind.HIDDEN, Policy.FIXED, SLOW, 4),
        "hidden-8x4": core(Kind.HIDDEN, Policy.ROUND_ROBIN, PowerGateParams(), 1, 8, 4),
    }
    quick = ("input-2x2",)
    search = 32
    bugs: ClassVar = {
        "a request is launched before its neuron asks again": acknowledges_all,
        "a row is launched for a request of its neuron, once": ignores_the_request,
        "a request rises without an Ack, and falls with one": acknowledges_the_neighbour,
        "what a neuron sees of Ack moves with its own clock, or a clear": wrong_clock,
        "no gated clock without power, in any block": leaves_pulses_unpowered,
        "at rest every request was launched": rests_too_soon,
        "a launch is one spike on every column in use, of its weight's sign": swapped_signs,
    }

    def properties(self, m: Module) -> None:
        """Include the proofs of the parts; then follow a request to its spikes."""
        dut = self.dut
        synapses = include(self, SynapseBlockProof, dut.synapses, "synapses", GIVEN)
        block = include(self, NeuronBlockProof, dut.neurons, "neurons", GIVEN)
        neurons = [
            include(self, NeuronInCore, neuron, f"neurons.neuron_{k}")
            for k, neuron in enumerate(dut.neurons.copies)
        ]
        for k, neuron in enumerate(neurons):
            same = [a == b for a, b in zip(neuron.followed, block.followed, strict=True)]
            self.helps(f"the clock as neuron {k} follows it", Cat(same).all())
        powered = [part.signals["holds", "no gated clock without power"]
                   for part in (synapses, *neurons)]  # fmt: skip
        self.holds("no gated clock without power, in any block", Cat(powered).all())

        acks, request = dut.synapses.synchroniser.ack, dut.neurons.request
        launches = self.inside("synapses.arbiter.stage") == Stage.ST2
        launched = acks & launches.replicate(len(acks))
        seen, clock = dut.neurons.ack, dut.neurons.clock
        was = {
            name: self.before(name, value)
            for name, value in {
                "request": request, "launched": launched, "seen": seen, "clock": clock,
                "plus": dut.plus_out, "minus": dut.minus_out, "clear": dut.clear,
            }.items()
        }  # fmt: skip
        begins = launched & ~was["launched"]
        row = synapses.constants[0]  # the line that its proof follows
        rises, falls = request & ~was["request"], was["request"] & ~request
        given = dut.synapses.ack
        self.holds(
            "a request rises without an Ack, and falls with one",
            ~((rises & given) | (falls & ~given)).any(),
        )
        moved = self.before("rose", clock & ~was["clock"]) | was["clear"]
        self.holds(
            "what a neuron sees of Ack moves with its own clock, or a clear",
            moved | (seen == was["seen"]),
        )
        due = Mux(acks.bit_select(row, 1), ~launches, request.bit_select(row, 1))
        self.once(m, row, begins, rises, due)
        self.spikes(acks, begins.any(), was)
        self.reaches("launched", begins.bit_select(row, 1) & row)

    def before(self, name: str, value: ValueLike) -> Signal:
        """Return what a value was on the tick before."""
        was = Signal.like(Value.cast(value), name=f"was_{name}")
        self.m.d.sync += was.eq(value)
        return was

    def once(self, m: Module, row: Signal, begins: Value, rises: Value, due: Value) -> None:
        """Follow a request until its row is launched."""
        owed, owes = Signal(name="owed"), Signal(name="owes")
        asks, served = rises.bit_select(row, 1), begins.bit_select(row, 1)
        m.d.comb += owes.eq(owed | asks)
        m.d.sync += owed.eq(owes & ~served)
        self.holds("a request is launched before its neuron asks again", ~(asks & owed))
        self.holds("a row is launched for a request of its neuron, once", ~served | owes)
        self.holds("at rest every request was launched", self.dut.busy | ~owes)
        self.helps("launched when St2 begins", (owes & ~served) == due)

    def spikes(self, acks: Value, begins: Value, was: dict[str, Signal]) -> None:
        """Claim that a launch is a spike for one neuron of the next core."""
        dut, columns = self.dut, self.params.synapses.columns
        column = self.any_value("column", columns)
        row = Signal(columns, name="row_served")
        for k in range(len(acks)):
            with self.m.If(acks[k]):
                self.m.d.comb += row.eq(self.inside(f"synapses.memory.row_{k}"))
        used = column + dut.synapses.scan_chain.fields["idle"] < columns
        plus, minus = (
            (pin & ~before).bit_select(column, 1)
            for pin, before in ((dut.plus_out, was["plus"]), (dut.minus_out, was["minus"]))
        )
        weight, comes = row.bit_select(column, 1), begins & used
        self.holds(
            "a launch is one spike on every column in use, of its weight's sign",
            (plus == (comes & weight)) & (minus == (comes & ~weight)),
        )


PROOF = CoreProof
