"""Neuron block: neurons that sleep, and the clock generator that they share.

Ref: Chundi 2021, "Neuron Block" and Fig. 2A. Assumptions:
:mod:`goldspike.model.alwayson.neuron_block`.
"""

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.neuron import Neuron, noise_of
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.timing.oscillator import Oscillator
from goldspike.hdl.trace import drive_changes, trace_ports
from goldspike.hdl.verilog import repeat
from goldspike.model.alwayson.neuron_block import NeuronBlockParams

__all__ = ["POWER_PINS", "NeuronBlock"]

POWER_PINS = ("power", "isolate", "retain")


class NeuronBlock(wiring.Component):
    """Gated neurons behind one on-demand clock generator.

    Bit-exact against :class:`goldspike.model.alwayson.neuron_block.NeuronBlockModel`. Proved
    (:mod:`goldspike.proofs.alwayson.neuron_block`): the generator runs while any neuron is awake,
    and its low phases are long enough to wake in.

    Members
    -------
    plus, minus : In(neurons)
        Spk+1 and Spk-1 of every neuron; each high and each low lasts at least one tick.
    ack : In(neurons)
        Acknowledgements, from registers.
    clear : In(1)
        Set all potentials to zero, whatever else happens on this tick.
    scan, scan_in : In(1)
        Shift the scan chain by one on this tick; while not busy but for this and clear, and while
        no Ack is up.
    scan_out : Out(1)
        The bit that leaves it next.
    request : Out(neurons)
        Neurons that fire.
    potentials : Out(neurons * bits)
        Neuron 0 lowest, signed.
    lost : Out(2 * neurons)
        One tick high after a lost spike: Spk+1 and Spk-1 of neuron 0 lowest.
    clock : Out(1)
        The generator's clock.
    power, isolate, retain : Out(neurons)
        Each neuron's power switch is closed, its outputs are clamped, its potential is retained.
    busy : Out(1)
        Combinational: something is under way or starts on this tick.

    Attributes
    ----------
    clock_enable, clock_ungate, gated, losses
        Where it is `watched` by the whole that it is part of: FFclk-en, FFclk-ug and the gated
        clock of every neuron, and the lost spikes of all of them, modulo 256.
    """

    plus: Signal
    minus: Signal
    ack: Signal
    clear: Signal
    scan: Signal
    scan_in: Signal
    scan_out: Signal
    request: Signal
    potentials: Signal
    lost: Signal
    clock: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    busy: Signal

    def __init__(
        self, params: NeuronBlockParams, *, trace: bool = False, watched: bool = False
    ) -> None:
        self.params = params
        self.trace = trace
        self.watched = watched
        n = params.neurons
        self.clock_enable = Signal(n)
        self.clock_ungate = Signal(n)
        self.gated = Signal(n)
        self.losses = Signal(8)
        self.scan_chain = ScanChain(params.scan_chain)
        super().__init__(
            {
                "plus": In(n),
                "minus": In(n),
                "ack": In(n),
                "clear": In(1),
                "scan": In(1),
                "scan_in": In(1),
                "scan_out": Out(1),
                "request": Out(n),
                "potentials": Out(n * params.neuron.fsm.bits),
                "lost": Out(2 * n),
                "clock": Out(1),
                **{name: Out(n) for name in POWER_PINS},
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        m.submodules.scan_chain = chain = self.scan_chain
        m.submodules.oscillator = oscillator = Oscillator(params.oscillator)
        circuit = partial(Neuron, trace=self.trace, part=True, watched=self.watched)
        neurons = repeat(m, platform, "neuron", circuit, params.neuron, params.neurons)
        for k, neuron in enumerate(neurons):
            m.d.comb += [
                neuron.spikes.eq(Cat(self.plus[k], self.minus[k])),
                neuron.rises.eq(oscillator.rises),
                neuron.falls.eq(oscillator.falls),
                neuron.ack.eq(self.ack[k]),
                neuron.threshold.eq(chain.fields["threshold"]),
                neuron.clear.eq(self.clear),
            ]
        busy = Cat(neuron.busy for neuron in neurons).any()
        m.d.comb += [
            oscillator.enable.eq(self.asks(neurons)),
            oscillator.length.eq(chain.fields["length"]),
            oscillator.divide.eq(chain.fields["divide"]),
            chain.scan.eq(self.scan),
            chain.scan_in.eq(self.scan_in),
            self.scan_out.eq(chain.scan_out),
            self.request.eq(Cat(neuron.request for neuron in neurons)),
            self.potentials.eq(Cat(neuron.potential for neuron in neurons)),
            self.lost.eq(Cat(neuron.lost for neuron in neurons)),
            self.clock.eq(oscillator.clock),
            *(
                getattr(self, name).eq(Cat(getattr(neuron, name) for neuron in neurons))
                for name in POWER_PINS
            ),
            self.busy.eq(busy | oscillator.busy | self.scan),
        ]
        if self.watched:
            self.show(m, neurons)
        elif self.trace:
            self.watch(m, neurons)
        return m

    @property
    def each_potential(self) -> list[Value]:
        """The potentials, neuron 0 first."""
        bits = self.params.neuron.fsm.bits
        return [self.potentials.word_select(k, bits) for k in range(self.params.neurons)]

    def asks(self, neurons: list[Any]) -> Value:
        """Return whether the generator has to run."""
        # a pulse is over before the clock rests, but after an upset: it would have no end
        return Cat(neuron.clock_enable | neuron.gated for neuron in neurons).any()

    def watch(self, m: Module, neurons: list[Any]) -> None:
        """Drive the trace port out of those of the neurons: a word each, after the clock."""
        padding = Const(0, 8 * self.params.neuron.trace.padding)
        words = [Cat(neuron.trace_word, padding) for neuron in neurons]
        drive_changes(m, self, Cat(self.clock, Const(0, 31), words))

    def show(self, m: Module, neurons: list[Any]) -> None:
        """Bring noise to the neurons; show what the whole asks for."""
        noise, lost, before = noise_of(m), Signal(8), Signal(8)
        m.d.comb += [neuron.noise.eq(noise) for neuron in neurons]
        m.d.comb += [
            getattr(self, name).eq(Cat(getattr(neuron, name) for neuron in neurons))
            for name in ("clock_enable", "clock_ungate", "gated")
        ]
        with m.If(self.lost.any()):  # seldom
            m.d.comb += lost.eq(ones(self.lost))
        m.d.comb += self.losses.eq(before + lost)
        m.d.sync += before.eq(self.losses)


def ones(lines: Value) -> Value:
    """Return how many lines are up, modulo 256: a tree of adders of 8 bits."""
    sums: list[Value] = list(lines)
    while len(sums) > 1:
        pairs = [(a + b)[:8] for a, b in zip(sums[::2], sums[1::2], strict=False)]
        sums = [*pairs, *sums[2 * len(pairs) :]]
    return sums[0]
