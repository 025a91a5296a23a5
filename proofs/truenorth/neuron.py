"""Proof of the neuron: every sum in its range, every threshold and reset against wide numbers."""

from typing import ClassVar

from amaranth.hdl import Array, Module, Mux, Signal, Value, signed

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.neuron import Neuron
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "NeuronProof"]


@bug_in(Neuron, Neuron.saturated)
def wraps(self, total):
    """Let sums wrap."""
    return total[: self.params.potential_bits].as_signed()


@bug_in(Neuron, Neuron.stopped)
def rings(self, field, before, leaked):
    """Let a leak with reversal go beyond 0."""
    return leaked


@bug_in(Neuron)
def fires_above(m, dut, inside):
    """Fire above the threshold only."""
    with m.If(inside("over") == 0):
        m.d.comb += dut.fired.eq(0)


@bug_in(Neuron)
def resets_without_eta(m, dut, inside):
    """Leave eta out of the linear reset."""
    with m.If(dut.fired & (dut.fields[-3:-1] == 1)):
        m.d.comb += dut.result.eq(inside("over") + inside("eta"))


@bug_in(Neuron)
def ignores_kappa(m, dut, inside):
    """Leave the potential below beta."""
    with m.If(dut.fire & ~dut.fired):
        m.d.comb += dut.result.eq(inside("leaked"))


@bug_in(Neuron)
def shows_too_much(m, dut, inside):
    """Show the potential on ticks without `fire`."""
    with m.If(~dut.fire):
        m.d.comb += dut.result.eq(inside("leaked"))


@bug_in(Neuron)
def draws_for_no_mask(m, dut, inside):
    """Draw for a mask of 0."""
    with m.If(dut.fire):
        m.d.comb += dut.draws.eq(inside("stochastic") + 1)


@bug_in(Neuron, Neuron.sampled)
def adds_all(self, constant):
    """Add a stochastic weight as a whole."""
    size = Mux(constant < 0, -constant, constant)
    return Mux(size >= self.draw_first[: self.params.weight_bits - 1], constant, 0)


@bug_in(Neuron)
def keeps_the_leak(m, dut, inside):
    """Put the leak into the accumulator."""
    with m.If(dut.fire):
        m.d.sync += inside("accumulator").eq(inside("leaked"))


class NeuronProof(Proof):
    """Any constants, potentials, draws, in any order."""

    rtl = Neuron
    configs: ClassVar = {
        "smallest": NeuronParams(potential_bits=4, weight_bits=2, threshold_bits=1),
        "8": NeuronParams(potential_bits=8, weight_bits=4, threshold_bits=5),
        "20": NeuronParams(),
    }
    quick = ("8",)
    search = 5
    bugs: ClassVar = {
        "an event moves the potential by its weight, as far as there is room": wraps,
        "a converging leak never crosses 0": rings,
        "fires from the threshold on": fires_above,
        "a linear reset leaves what is beyond the threshold": resets_without_eta,
        "unless it fires, not below -beta with kappa": ignores_kappa,
        "says nothing without fire": shows_too_much,
        "draws where a flag or the mask asks": draws_for_no_mask,
        "a stochastic weight or leak moves the potential by 1 at most": adds_all,
        "the accumulator changes with first and integrate only": keeps_the_leak,
    }

    def properties(self, m: Module) -> None:
        """Name the constants, then look at a tick and the one before."""
        dut = self.dut
        self.field, place = {}, 0
        for name, width in self.params.fields:
            value = dut.fields[place : place + width]
            signs = name.startswith(("weight", "leak", "reset"))
            self.field[name] = value.as_signed() if signs else value
            place += width
        self.before, self.leaked = self.inside("before"), self.inside("leaked")
        self.assumes("not both", ~(dut.integrate & dut.fire))
        self.assumes(
            "a mask of bits that there are", self.field["mask"] <= self.params.threshold_bits
        )
        self.sums(m)
        self.thresholds(m)
        self.reaches("an event beyond the top", dut.integrate & (self.sum > self.params.top))
        self.reaches("a linear reset", dut.fired & (self.field["gamma"] == 1) & (dut.result > 0))

    def sums(self, m: Module) -> None:
        """Follow events and the leak."""
        dut, field, bits = self.dut, self.field, self.params.potential_bits
        weight = Array(field[f"weight_{k}"] for k in range(4))[dut.axon_type]
        stochastic = Array(field[f"stochastic_weight_{k}"] for k in range(4))[dut.axon_type]
        top = self.params.top
        self.sum, expected = Signal(signed(bits + 2)), Signal(signed(bits))
        plain, moved, changed = Signal(), Signal(signed(bits + 1)), Signal()
        before, accumulator = Signal(signed(bits)), self.inside("accumulator")
        m.d.comb += self.sum.eq(self.before + weight)
        m.d.sync += [
            plain.eq(dut.integrate & ~stochastic),
            expected.eq(Mux(self.sum > top, top, Mux(self.sum < -top - 1, -top - 1, self.sum))),
            moved.eq(self.before),
            changed.eq(dut.first | dut.integrate),
            before.eq(accumulator),
        ]
        chance = Signal()  # the tick before added a stochastic weight
        m.d.sync += chance.eq(dut.integrate & stochastic)
        step = accumulator - moved
        leak = self.leaked - self.before
        self.holds(
            "an event moves the potential by its weight, as far as there is room",
            ~plain | (accumulator == expected),
        )
        self.holds(
            "a stochastic weight or leak moves the potential by 1 at most",
            (~chance | within(step)) & (dut.integrate | ~field["stochastic_leak"] | within(leak)),
        )
        self.holds(
            "the accumulator changes with first and integrate only",
            changed | (accumulator == before),
        )
        self.holds(
            "a converging leak never crosses 0",
            ~(dut.fire & field["reversal"])
            | Mux(self.before < 0, self.leaked <= 0, (self.before == 0) | (self.leaked >= 0))
            & ((self.before != 0) | (self.leaked == 0)),
        )

    def thresholds(self, m: Module) -> None:
        """Compare the end of a step with wide numbers."""
        dut, field = self.dut, self.field
        draw = Mux(field["stochastic_leak"], dut.draw_second, dut.draw_first)
        eta = Signal(self.params.threshold_bits)
        m.d.comb += eta.eq(draw & ((1 << field["mask"]) - 1))
        over = self.leaked - field["alpha"] - eta
        self.holds("fires from the threshold on", dut.fired == (dut.fire & (over >= 0)))
        linear = dut.fired & (field["gamma"] == 1)
        self.holds(
            "a linear reset leaves what is beyond the threshold", ~linear | (dut.result == over)
        )
        above = dut.result >= -field["beta"]
        self.holds(
            "unless it fires, not below -beta with kappa",
            ~dut.fire | dut.fired | ~field["kappa"] | above,
        )
        self.holds("says nothing without fire", dut.fire | ((dut.result == 0) & ~dut.fired))
        event = Array(field[f"stochastic_weight_{k}"] for k in range(4))[dut.axon_type]
        asked = field["stochastic_leak"] + (field["mask"] != 0)
        self.holds(
            "draws where a flag or the mask asks",
            dut.draws == Mux(dut.fire, asked, dut.integrate & event),
        )


def within(step: Value) -> Value:
    """Return whether a difference is -1, 0 or 1."""
    return (step >= -1) & (step <= 1)


PROOF = NeuronProof
