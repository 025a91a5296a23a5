"""Proof of the chip: how its parts are joined, and that nothing is lost on the way through them.

What the parts do, their own proofs say; those of layers, AER input and AER output are included, and
what they assume of each other has to be true. Here every event, spike, weight and clear is followed
from the pins, or from the part that it leaves, to the registers of the part that it is for.
"""

from typing import Any, ClassVar

from amaranth.hdl import Array, Cat, Module, Signal, Value, ValueLike

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_input import AerInput
from goldspike.hdl.mubrain.aer_output import AerOutput
from goldspike.hdl.mubrain.chip import Chip
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.readout import Readout
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.chip import ChipParams, layer_names
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.proofs.mubrain.aer_input import AerInputProof
from goldspike.proofs.mubrain.aer_output import AerOutputProof
from goldspike.proofs.mubrain.arbiter import FAST
from goldspike.proofs.mubrain.layer import LayerProof
from goldspike.proofs.mubrain.recurrent_layer import RecurrentLayerProof
from goldspike.proofs.part import include, keeping
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ChipProof"]

PARTS = (AerInput, Layer, RecurrentLayer, AerOutput, Readout)


class Opened(Chip):
    """A chip whose parts can be named."""

    def elaborate(self, platform: object) -> Module:
        """Build the circuit; keep its parts."""
        with keeping("goldspike.hdl.mubrain.chip", PARTS) as made:
            m = super().elaborate(platform)
        self.aer_input, *self.layers, self.output, self.readout = made
        return m


@bug_in(Opened)
def exchanged_addresses(m, chip, inside):
    """Take the lowest bit of an address for its opposite."""
    m.d.comb += chip.aer_input.address.eq(chip.in_address ^ 1)


@bug_in(Opened)
def invalid_unseen(m, chip, inside):
    """Report no event that names no line while a spike of the last one is up."""
    with m.If(chip.layers[0].spikes.any()):
        m.d.comb += chip.invalid.eq(0)


@bug_in(Opened)
def crossed_lines(m, chip, inside):
    """Give a layer's spikes to the next one's lines from the top down."""
    m.d.comb += chip.layers[1].spikes[:2].eq(Cat(reversed(chip.layers[0].fired)))


@bug_in(Opened)
def bias_of_the_first(m, chip, inside):
    """Give the second layer the first layer's bias."""
    m.d.comb += chip.layers[1].spikes[-1].eq(chip.bias[0])


@bug_in(Opened)
def scales_all(m, chip, inside):
    """Scale every layer where any is to be scaled."""
    m.d.comb += chip.layers[0].scale.eq(chip.scale.any())


@bug_in(Opened)
def loads_all(m, chip, inside):
    """Load the second layer with what is for the first one, too."""
    m.d.comb += chip.layers[1].load.eq(chip.load.any())


@bug_in(Opened)
def one_event_for_two(m, chip, inside):
    """Hear no output spike while the strobe is up."""
    m.d.comb += chip.output.spikes.eq(
        chip.layers[-1].fired & ~chip.output.strobe.replicate(len(chip.output.spikes))
    )


@bug_in(Opened)
def misses_events(m, chip, inside):
    """Hide an event from the read-out while a spike comes in."""
    m.d.comb += chip.readout.strobe.eq(chip.out_strobe & ~chip.aer_input.spikes.any())


@bug_in(Opened)
def keeps_the_answers(m, chip, inside):
    """Leave out the read-out when all else is cleared."""
    m.d.comb += chip.readout.clear.eq(0)


@bug_in(Opened)
def rests_too_soon(m, chip, inside):
    """Rest while only the last layer and what is behind it work."""
    parts = (chip.aer_input, *chip.layers[:-1])
    m.d.comb += chip.busy.eq(Cat(part.busy for part in parts).any())


def small(*sizes: int, **rules: Any) -> ChipParams:
    """Return a chip whose neurons one spike fires, with arbiters as fast as they can be."""
    neuron = NeuronParams(weight_bits=2, potential_bits=1, scale_shift=1)
    return ChipParams(sizes=sizes, oscillator=FAST, neuron=neuron, hold=2, **rules)


class ChipProof(Proof):
    """Any events, biases, scales and weights; in every layer one arbitrary line and neuron."""

    rtl = Opened
    configs: ClassVar = {
        "3-2-1-bias": small(3, 2, 1, bias=(True, True), policy=Policy.LINEAR),
        "1-1": small(1, 1),
        "2-2-3-recurrent": small(
            2, 2, 3, lateral=(Connectivity(neurons=2, synapses=2), None), bias=(False, True)
        ),
        "5-4-3": ChipParams(sizes=(5, 4, 3), bias=(True, False)),
    }
    quick = ("3-2-1-bias",)
    search = 24
    bugs: ClassVar = {
        "an event is a spike on the first layer's line of its address": exchanged_addresses,
        "an event that names no line is reported": invalid_unseen,
        "a neuron's spike is one on its line of the next layer": crossed_lines,
        "a bias is its own layer's last line": bias_of_the_first,
        "a scale is its own layer's": scales_all,
        "a weight goes to the layer that is loaded": loads_all,
        "every spike of the last layer leaves as an event, merges with one, or waits":
            one_event_for_two,
        "the read-out counts the events of a class": misses_events,
        "a clear reaches every part": keeps_the_answers,
        "at rest nothing waits, and nothing is on its way": rests_too_soon,
    }  # fmt: skip

    def ticks_of_induction(self) -> int:
        """Return what the layers' arbiters need."""
        return self.params.oscillator.select + 1

    def properties(self, m: Module) -> None:
        """Include the proofs of the parts; then follow what goes from part to part."""
        dut = self.dut
        self.names_of_layers = layer_names(self.params)
        arbiters = [*(layer.arbiter for layer in dut.layers), dut.output.arbiter]
        works = [arbiter.busy | arbiter.grant for arbiter in arbiters]
        works += [*(layer.fired.any() for layer in dut.layers), dut.output.strobe]
        moves = dut.load.any() | dut.clear
        self.assumes(
            "loaded and cleared at rest", ~(moves & (Cat(works).any() | dut.aer_input.busy))
        )
        include(self, AerInputProof, dut.aer_input, "aer_input")
        for layer, name in zip(dut.layers, self.names_of_layers, strict=True):
            recurs = isinstance(layer.params, RecurrentLayerParams)
            include(self, RecurrentLayerProof if recurs else LayerProof, layer, name)
        self.out = include(self, AerOutputProof, dut.output, "output")
        self.arrivals()
        self.joints()
        self.departures(m)
        self.every_part(works)

    def before(self, name: str, value: ValueLike, *, kept: bool = False) -> Signal:
        """Return what a value was on the tick before; `kept` over resets."""
        was = Signal(len(Value.cast(value)), name=f"was_{name}", reset_less=kept)
        self.m.d.sync += was.eq(value)
        return was

    def sampled(self, layer: int) -> Signal:
        """Return the lines of a layer's arbiter as they were on the tick before."""
        return self.inside(f"{self.names_of_layers[layer]}.arbiter.detector.sampled")

    def arrivals(self) -> None:
        """Follow an event to its line."""
        dut, lines = self.dut, self.params.sizes[0]
        up = self.before("in_strobe", dut.in_strobe)
        event = dut.in_strobe & ~up
        line = self.any_value("line", lines)
        comes = self.before("event", event & (dut.in_address == line))
        then = self.before("event_then", comes)
        beyond = self.before("beyond", event & (dut.in_address >= lines))
        self.helps("the strobe as followed", up == self.inside("aer_input.sampled"))
        self.helps("an event on its line", comes == dut.aer_input.spikes.bit_select(line, 1))
        self.holds(
            "an event is a spike on the first layer's line of its address",
            self.sampled(0).bit_select(line, 1) == then,
        )
        self.holds("an event that names no line is reported", dut.invalid == beyond)
        self.reaches("an event on the last line", then & (line == lines - 1))

    def joints(self) -> None:
        """Compare what leaves a layer, and the pins for it, with what reached it."""
        dut, spikes, biases, scales, weights = self.dut, [], [], [], []
        for k, name in enumerate(self.names_of_layers):
            sampled, size = self.sampled(k), self.params.sizes[k]
            if k > 0:
                fired = self.before(f"fired_{k}", dut.layers[k - 1].fired)
                spikes.append(sampled[:size] == fired)
            if self.params.biases[k]:
                biases.append(sampled[-1] == self.before(f"bias_{k}", dut.bias[k]))
            scale = self.inside(f"{name}.granted_scale")
            scales.append(scale == self.before(f"scale_{k}", dut.scale[k]))
            row = self.inside(f"{name}.memory.row_0")
            loads, weight, was = (
                self.before(f"{pin}_{k}", value, kept=True)
                for pin, value in (("load", dut.load[k]), ("weight", dut.weight), ("row", row))
            )
            shifted = Cat(weight, was)[: len(row)]
            weights.append((~loads | (row == shifted)) & (loads | (row == was)))
        if spikes:
            self.holds("a neuron's spike is one on its line of the next layer", Cat(spikes).all())
        if biases:
            self.holds("a bias is its own layer's last line", Cat(biases).all())
        self.holds("a scale is its own layer's", Cat(scales).all())
        self.holds("a weight goes to the layer that is loaded", Cat(weights).all())

    def departures(self, m: Module) -> None:
        """Follow the last layer's spikes to the pins and to the read-out."""
        dut, number = self.dut, self.out.lane
        fired = dut.layers[-1].fired.bit_select(number, 1)
        rose = fired & ~self.before("fired", fired)
        event = dut.out_strobe & ~self.before("out_strobe", dut.out_strobe)
        leaves = event & (dut.out_address == number)
        merged = dut.output.merged.bit_select(number, 1)
        owed = Signal(4, name="owed_to_the_outside")
        m.d.sync += owed.eq(owed + rose - merged - leaves)
        waits = self.inside("output.arbiter.detector.pending").bit_select(number, 1)
        self.holds(
            "every spike of the last layer leaves as an event, merges with one, or waits",
            owed - merged - leaves == waits,
        )
        counts = [self.inside(f"readout.count_{k}") for k in range(self.params.sizes[-1])]
        count = Array(counts)[number]
        left = Signal(len(counts[0]))
        with m.If(dut.clear):
            m.d.sync += left.eq(0)
        with m.Elif(leaves):
            m.d.sync += left.eq(left + 1)
        self.holds("the read-out counts the events of a class", count == left)
        sampled = self.inside("readout.sampled")
        self.helps("the strobe was sampled", sampled == self.before("strobe", dut.out_strobe))

    def every_part(self, works: list[Value]) -> None:
        """Claim what a clear does, and what rest means."""
        dut, kept, awake = self.dut, [], list(works)
        blocks = [*self.names_of_layers, "output"]
        for name, part in zip(blocks, [*dut.layers, dut.output], strict=True):
            awake.append(self.inside(f"{name}.arbiter.detector.pending").any())
            kept += [part.arbiter.encoder.group, part.arbiter.encoder.line]
        for name, layer in zip(self.names_of_layers, dut.layers, strict=True):
            neurons = range(layer.params.neurons)
            kept += [self.inside(f"{name}.neuron_{k}.potential") for k in neurons]
        classes = range(self.params.sizes[-1])
        kept += [dut.answered, *(self.inside(f"readout.count_{k}") for k in classes)]
        cleared = self.before("clear", dut.clear)
        self.holds("a clear reaches every part", ~cleared | ~Cat(kept).any())
        awake.append(self.inside("aer_input.launched"))
        self.holds("at rest nothing waits, and nothing is on its way", dut.busy | ~Cat(awake).any())


PROOF = ChipProof
