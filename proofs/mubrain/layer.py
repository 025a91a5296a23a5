"""Proof of the layer: what its arbiter grants is integrated once, and what leaves was due.

The arbiter's properties hold in the layer too. What its lines carry, which weight a grant adds and
when a neuron fires is followed here from the layer's pins, with the sum written out in wide
numbers. Weights in registers only.
"""

from typing import ClassVar

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.layer import Layer
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.layer import LayerParams
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.proofs.mubrain.arbiter import FAST, UNEVEN, ArbiterProof

__all__ = ["NARROW", "PROOF", "LayerProof"]

NARROW = NeuronParams(weight_bits=2, potential_bits=2, scale_shift=1)
"""A neuron that a few weights fire; no weight can make it fire twice."""


@bug_in(Layer)
def misses_spikes(m, dut, inside):
    """Hear no spike on the tick of an integration."""
    m.d.comb += dut.arbiter.spikes.eq(dut.spikes & ~dut.arbiter.grant.replicate(len(dut.spikes)))


@bug_in(Layer)
def rests_too_soon(m, dut, inside):
    """Rest as soon as no spike waits for its grant."""
    m.d.comb += dut.busy.eq(inside("arbiter.detector.pending").any() | dut.load | dut.clear)


@bug_in(Layer)
def overlooks_what_leaves(m, dut, inside):
    """Rest while a spike leaves."""
    m.d.comb += dut.busy.eq(dut.arbiter.busy | dut.load | dut.clear)


@bug_in(Layer)
def samples_late(m, dut, inside):
    """Take the scale from the tick on which the weight is added."""
    m.d.sync += inside("granted_scale").eq(dut.scale & ~dut.arbiter.access_phase)


@bug_in(Layer)
def fires_on(m, dut, inside):
    """Show a neuron's overflow until its next sum."""
    m.d.comb += dut.fired.eq(inside("neuron_0.fire"))


@bug_in(Layer, Layer.integrates)
def adds_twice(self):
    """Add a weight on the tick after the integration, too."""
    return self.arbiter.grant | self.fired.any()


@bug_in(Layer, at="neuron_0")
def keeps_potentials(m, dut, inside):
    """Clear the search, but not the potentials."""
    with m.If(dut.clear):
        m.d.sync += inside("neuron_0.accumulator").eq(inside("neuron_0.accumulator"))


@bug_in(Layer)
def loads_on_clear(m, dut, inside):
    """Shift weights with every clear."""
    m.d.comb += dut.memory.load.eq(dut.load | dut.clear)


@bug_in(Layer, at="arbiter")
def says_too_late(m, dut, inside):
    """Say that the arbiter rests while it searches."""
    m.d.comb += dut.arbiter.busy.eq(inside("arbiter.oscillator.count") == 0)


class LayerProof(ArbiterProof):
    """Any spikes, weights and scales; one arbitrary line and one arbitrary neuron."""

    rtl = Layer
    at = "arbiter."
    configs: ClassVar = {
        "1x1": LayerParams(inputs=1, neurons=1, neuron=NARROW, oscillator=FAST),
        "2x2-linear": LayerParams(
            inputs=2, neurons=2, policy=Policy.LINEAR, neuron=NARROW, oscillator=FAST
        ),
        "3x2-uneven": LayerParams(inputs=3, neurons=2, oscillator=UNEVEN),
        "8x5": LayerParams(inputs=8, neurons=5),
        "16x16": LayerParams(inputs=16, neurons=16),
    }
    quick = ("1x1", "2x2-linear")
    search = 20
    bugs: ClassVar = {
        "every spike is integrated once, reported as merged, or waits": misses_spikes,
        "a neuron fires when a weight takes its sum to the threshold, and only then": fires_on,
        "a grant adds the weight of its line, scaled as it was granted, once": samples_late,
        "between grants potentials stay": adds_twice,
        "a spike lasts one tick": fires_on,
        "a clear leaves no potential": keeps_potentials,
        "weights move with a load, and with nothing else": loads_on_clear,
        "nothing is granted while weights are loaded or potentials cleared": says_too_late,
        "at rest no spike waits and no grant is under way": rests_too_soon,
        "at rest no spike leaves": overlooks_what_leaves,
        "from rest nothing leaves and no potential moves": rests_too_soon,
    }

    def properties(self, m: Module) -> None:
        """Follow a line to its integrations, and a neuron from grant to grant."""
        super().properties(m)
        dut, arbiter = self.dut, self.arbiter
        under_way = arbiter.busy | arbiter.grant | dut.fired.any()
        changes = dut.load | dut.clear
        self.assumes("loaded and cleared at rest", ~(changes & under_way))
        self.holds(
            "nothing is granted while weights are loaded or potentials cleared",
            ~changes | ~(arbiter.access_phase | arbiter.grant),
        )
        self.granted = self.before("granted", arbiter.access_phase)
        self.source = self.before("source", arbiter.address)
        self.helps("granted on the tick before", arbiter.grant == self.granted)
        self.follow_line()
        self.follow_neuron()
        self.follow_weights()

    def before(self, name: str, value: Value, *, kept: bool = False) -> Signal:
        """Return what a value was on the tick before; `kept` over resets."""
        was = Signal.like(Value.cast(value), name=f"was_{name}", reset_less=kept, init=0)
        self.m.d.sync += was.eq(value)
        return was

    def lines(self) -> Value:
        """Return what spikes go to the arbiter."""
        return self.dut.spikes

    def follow_line(self) -> None:
        """Count what the line owes, up to the tick of its integration."""
        dut, lane = self.dut, self.lane
        level = self.lines().bit_select(lane, 1)
        before = self.before("level", level)
        sampled = self.inside("arbiter.detector.sampled").bit_select(lane, 1)
        waits = self.inside("arbiter.detector.pending").bit_select(lane, 1)
        merged = dut.merged.bit_select(lane, 1)
        integrates = self.granted & (self.source == lane)
        owed = Signal(4, name="owed_to_neurons")
        self.m.d.sync += owed.eq(owed + (level & ~before) - merged - integrates)
        self.helps("the layer's line was sampled", before == sampled)
        self.holds(
            "every spike is integrated once, reported as merged, or waits",
            owed - merged == waits + integrates,
        )
        self.holds("at rest no spike waits and no grant is under way", dut.busy | (owed == 0))
        self.holds("at rest no spike leaves", dut.busy | ~dut.fired.any())

    def follow_neuron(self) -> None:
        """Write a neuron's sums out."""
        dut, rules = self.dut, self.params.neuron
        bits, limit = rules.potential_bits, rules.threshold
        number = self.number = self.any_value("neuron", self.params.neurons)
        wide = signed(bits + rules.weight_bits + rules.scale_shift + 2)
        potential, total, weight = (Signal(wide, name=name) for name in ("old", "total", "adds"))
        potentials = [self.inside(f"neuron_{k}.potential") for k in range(self.params.neurons)]
        held = self.held_weight(self.arbiter.address, number)
        scaled = self.before("scale", dut.scale)
        self.m.d.comb += potential.eq(Array(potentials)[number])
        self.m.d.sync += [
            weight.eq(held.as_signed()),  # as it was on the tick of the grant
            total.eq(potential + weight * Mux(scaled, 1 << rules.scale_shift, 1)),
        ]
        word = self.inside("memory.word").word_select(number, rules.weight_bits).as_signed()
        self.helps("the weight was read", ~self.granted | (word == weight))
        self.helps("the scale was sampled", self.inside("granted_scale") == scaled)
        added = self.before("added", self.granted)
        self.helps("the integration was noted", self.inside("integrated") == added)
        fired = dut.fired.bit_select(number, 1)
        self.holds(
            "a neuron fires when a weight takes its sum to the threshold, and only then",
            fired == (added & (total >= limit)),
        )
        rest = Mux(total >= limit, total - limit, Mux(total < 0, 0, total))
        self.holds(
            "a grant adds the weight of its line, scaled as it was granted, once",
            ~added | (potential == rest),
        )
        cleared = self.before("cleared", dut.clear)
        stayed = self.stayed = potential == self.before("potential", potential)
        self.holds("between grants potentials stay", added | cleared | stayed)
        self.holds("a clear leaves no potential", ~cleared | (potential == 0))
        rested = self.before("rested", ~dut.busy)
        self.holds(
            "from rest nothing leaves and no potential moves",
            ~rested | (stayed & ~fired & ~dut.merged.any()),
        )
        self.holds("a spike lasts one tick", ~(fired & self.before("fired", fired)))
        access = self.arbiter.oscillator.last_counts()[2]
        later = access + 2 if self.rules.oscillator.recover > 1 else 0
        self.helps("the grant's place", ~self.granted | (self.count == access + 1))
        self.helps("the integration's place", ~added | (self.count == later))
        self.reaches("a neuron fires and keeps something", fired & (potential != 0))
        self.reaches("a sum below zero", added & (total < 0))

    def rows(self) -> list[Signal]:
        """Return the registers of the weight memory, in the order of the shift register."""
        return [self.inside(f"memory.row_{k}") for k in range(self.params.arbiter.inputs)]

    def held_weight(self, line: Value, neuron: Value) -> Value:
        """Return the weight that the memory holds of a line for a neuron."""
        return Array(self.rows())[line].word_select(neuron, self.params.neuron.weight_bits)

    def follow_weights(self) -> None:
        """Compare the weights with what they were before."""
        dut, chain = self.dut, Cat(self.rows())
        loads, weight = (
            self.before(name, pin, kept=True)
            for name, pin in (("load", dut.load), ("weight", dut.weight))
        )
        was = self.before("chain", chain, kept=True)
        shifted = Cat(weight, was)[: len(chain)]
        self.holds(
            "weights move with a load, and with nothing else", chain == Mux(loads, shifted, was)
        )


PROOF = LayerProof
