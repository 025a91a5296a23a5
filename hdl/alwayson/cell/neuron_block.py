"""Neuron block with a real on-demand clock and real gated clocks.

Ref: Chundi 2021, "Neuron Block" and Fig. 2A. The generator is a ring oscillator and a divider: both
finish the period under way before they stop, low. Length of the ring, divisor and threshold sit in
a scan chain with a clock of its own.
"""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.hdl.alwayson.cell.shared.gated import generator, scan_chain
from goldspike.hdl.alwayson.neuron_block import POWER_PINS
from goldspike.hdl.trace import cell_trace_ports
from goldspike.model.alwayson.neuron_block import NeuronBlockParams

__all__ = ["NeuronBlock"]


class NeuronBlock(wiring.Component):
    """Gated neurons behind one on-demand clock; the ring's length in picoseconds.

    Equal, to the picosecond, to :class:`goldspike.model.alwayson.neuron_block.NeuronBlockModel`: a
    spike at the very moment of an edge of the clock comes after it.

    Members
    -------
    rst : In(1)
        Asleep while it is up, the potentials zero.
    plus, minus : In(neurons)
        Spk+1 and Spk-1 of every neuron: each is a clock.
    ack, clear : In(neurons), In(1)
        As in ``tick``; they hold still around rising edges of the clock, and potentials are
        cleared while nothing is awake.
    scan_clock, scan_in : In(1)
        Every rising edge shifts the scan chain by one bit; while nothing is awake and no Ack is up.
    scan_out : Out(1)
        The bit that leaves it next.
    request : Out(neurons)
        Neurons that fire.
    potentials : Out(neurons * bits)
        Neuron 0 lowest.
    clock : Out(1)
        The generator's clock.
    power, isolate, retain : Out(neurons)
        As in ``tick``.
    """

    rst: Signal
    plus: Signal
    minus: Signal
    ack: Signal
    clear: Signal
    scan_clock: Signal
    scan_in: Signal
    scan_out: Signal
    request: Signal
    potentials: Signal
    clock: Signal
    power: Signal
    isolate: Signal
    retain: Signal
    trace_word: Signal

    def __init__(self, params: NeuronBlockParams, *, trace: bool = False) -> None:
        within, going_off = 2 * params.clock(params.settings).period, params.neuron.power.going_off
        if going_off >= within:
            raise ValueError(
                f"a neuron's power must go off within two periods of the clock, {within} ps, "
                f"not {going_off}"
            )
        self.params = params
        self.trace = trace
        n, bits = params.neurons, params.neuron.fsm.bits
        super().__init__(
            {
                "rst": In(1),
                "plus": In(n),
                "minus": In(n),
                "ack": In(n),
                "clear": In(1),
                "scan_clock": In(1),
                "scan_in": In(1),
                "scan_out": Out(1),
                "request": Out(n),
                "potentials": Out(n * bits),
                "clock": Out(1),
                **{name: Out(n) for name in POWER_PINS},
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def asks(self, neurons: list[Neuron]) -> Value:
        """Return whether the generator has to run."""
        return Cat(neuron.clock_enable for neuron in neurons).any()

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params = self.params
        neurons = [Neuron(params.neuron, trace=self.trace) for _ in range(params.neurons)]
        fields = scan_chain(m, self, params.scan_chain)
        asked = Signal(name="asked")
        clock = generator(m, asked, fields["length"], fields["divide"], self.rst)
        m.d.comb += [asked.eq(self.asks(neurons)), self.clock.eq(clock)]
        for k, neuron in enumerate(neurons):
            m.submodules[f"neuron_{k}"] = neuron
            spikes = Signal(2, name=f"spikes_{k}")
            m.d.comb += [
                spikes.eq(Cat(self.plus[k], self.minus[k])),
                neuron.rst.eq(self.rst),
                neuron.spikes.eq(spikes),
                neuron.clock.eq(self.clock),
                neuron.ack.eq(self.ack[k]),
                neuron.threshold.eq(fields["threshold"]),
                neuron.clear.eq(self.clear),
            ]
        m.d.comb += [
            self.request.eq(Cat(neuron.request for neuron in neurons)),
            self.potentials.eq(Cat(neuron.potential for neuron in neurons)),
            *(
                getattr(self, name).eq(Cat(getattr(neuron, name) for neuron in neurons))
                for name in POWER_PINS
            ),
        ]
        if self.trace:
            padding = Const(0, 8 * params.neuron.cell_trace.padding)
            words: list[Any] = [Cat(neuron.trace_word, padding) for neuron in neurons]
            m.d.comb += self.trace_word.eq(Cat(self.clock, Const(0, 31), words))
        return m
