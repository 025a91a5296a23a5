"""Proof of the recurrent layer: the layer's, with its neurons' own spikes among the lines.

Lines from outside come first; behind them each neuron has one, on which its spikes are granted,
merged or wait like any others. Where there is no synapse a grant adds nothing.
"""

from typing import ClassVar

import numpy as np
from amaranth.hdl import Array, Cat, Const, Module, Signal, Value

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.recurrent_layer import RecurrentLayer
from goldspike.model.mubrain.arbiter import Policy
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.proofs.mubrain.arbiter import FAST
from goldspike.proofs.mubrain.layer import NARROW, LayerProof

__all__ = ["PROOF", "RecurrentLayerProof"]


@bug_in(RecurrentLayer)
def hears_half(m, dut, inside):
    """Hear no spike of its own while one from outside is up."""
    own = dut.fired & ~dut.spikes.any().replicate(len(dut.fired))
    m.d.comb += inside("lines").eq(Cat(dut.spikes, own))


@bug_in(RecurrentLayer, at="memory")
def invents_a_synapse(m, dut, inside):
    """Read ones where all synapses are absent."""
    with m.If(dut.memory.read & ~inside("memory.choice.chosen").any()):
        m.d.sync += dut.memory.word.eq(~Const(0, len(dut.memory.word)))


def sized(neurons: int, synapses: int, policy: Policy = Policy.ROUND_ROBIN, **rules):
    """Return the parameters of a layer with so many lateral synapses."""
    lateral = Connectivity(neurons=neurons, synapses=synapses)
    return RecurrentLayerParams(lateral=lateral, policy=policy, **rules)


class RecurrentLayerProof(LayerProof):
    """Any spikes, weights and scales; one arbitrary line, of either kind, and one neuron."""

    rtl = RecurrentLayer
    configs: ClassVar = {
        "1-1": sized(1, 1, neuron=NARROW, oscillator=FAST),
        "2-2-linear": sized(2, 2, Policy.LINEAR, neuron=NARROW, oscillator=FAST),
        "3-4": sized(3, 4),
        "8-20": sized(8, 20),
    }
    quick = ("1-1", "2-2-linear")
    search = 20
    bugs: ClassVar = {
        "a neuron's spike waits among its layer's own lines on the next tick": hears_half,
        "where there is no synapse a grant adds nothing": invents_a_synapse,
    }

    def properties(self, m: Module) -> None:
        """Follow a neuron's spikes back into its own arbiter."""
        super().properties(m)
        waits = self.inside("arbiter.detector.pending")[self.params.inputs :]
        fired = self.dut.fired.bit_select(self.number, 1)
        self.holds(
            "a neuron's spike waits among its layer's own lines on the next tick",
            ~self.before("left", fired) | waits.bit_select(self.number, 1),
        )
        mask = [sum(1 << int(k) for k in np.flatnonzero(row)) for row in self.params.weights.mask]
        ways = Array([Const(row, self.params.neurons) for row in mask])[self.source]
        absent = self.before("absent", self.granted & ~ways.bit_select(self.number, 1))
        self.holds("where there is no synapse a grant adds nothing", ~absent | self.stayed)
        own = self.granted & (self.source >= self.params.inputs)
        self.reaches("a neuron's own spike is granted", own)

    def lines(self) -> Value:
        """Return what spikes go to the arbiter: the layer's own behind those from outside."""
        return Cat(self.dut.spikes, self.dut.fired)

    def rows(self) -> list[Signal]:
        """Return the registers of the weight memory: rows without synapses have none."""
        sources = np.flatnonzero(self.params.weights.fan_out)
        return [self.inside(f"memory.row_{k}") for k in sources]

    def held_weight(self, line: Value, neuron: Value) -> Value:
        """Return the weight that the memory holds of a line for a neuron; zero if absent."""
        bits, chain, place = self.params.neuron.weight_bits, Cat(self.rows()), 0
        words: list[Value] = []
        for row in self.params.weights.mask:
            word: list[Value] = []
            for there in row:
                word.append(chain.word_select(place, bits) if there else Const(0, bits))
                place += int(there)
            words.append(Cat(word))
        return Array(words)[line].word_select(neuron, bits)


PROOF = RecurrentLayerProof
