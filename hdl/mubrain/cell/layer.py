"""A layer: spike arbiter, weight memory and a row of neurons.

Ref: Stuijt 2021, section 2.1, Fig. 1C. In ``cell`` a grant's clock reads the weights and, behind a
delay cell that is longer than the memory takes, is the strobe of every neuron.
"""

from amaranth.hdl import Array, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import clocked, delayed
from goldspike.hdl.mubrain import weight_memory
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.hdl.mubrain.cell.neuron import Neuron
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.mubrain.layer import INTEGRATE_PS, LayerParams
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.neuron import SPIKE_PS
from goldspike.model.mubrain.weight_memory import Storage

__all__ = ["Layer", "WeightMemory"]


class WeightMemory(weight_memory.WeightMemory):
    """The shift register of ``tick``, clocked by `load`; a grant's clock reads a word."""

    def shift_registers(self, m: Module) -> None:
        """Build one long shift register, a row per source."""
        bits, width = self.params.neuron.weight_bits, len(self.word)
        rows = [Signal(width, name=f"row_{k}", reset_less=True) for k in range(self.params.sources)]
        entering: Value = self.weight
        for row in rows:
            m.d.loaded += row.eq(self.shifted(entering, row))
            entering = row[width - bits :]
        m.d.granted += self.word.eq(Array(rows)[self.address])


class Layer(wiring.Component):
    """A fully connected layer without a clock; weights in registers.

    Equal, to the picosecond, to :class:`goldspike.model.mubrain.layer.LayerModel`.

    Members
    -------
    rst : In(1)
        At rest, all potentials zero; the weights hold.
    spikes : In(inputs)
        Input lines: each is a clock.
    scale : In(1)
        Sampled with a grant: multiply its weights by ``2**scale_shift``.
    clear : In(1)
        While up, all potentials are zero and the search starts at input 0 again; only at rest, as
        `load`: no oscillation is under way, nor what its grant makes neurons do. Spikes that were
        served may still be up.
    load : In(1)
        Its rising edge shifts `weight` into the weight memory: a clock; only at rest.
    weight : In(weight_bits)
        A weight.
    fired : Out(neurons)
        The neurons' spikes.
    busy : Out(1)
        An oscillation is under way.
    """

    rst: Signal
    spikes: Signal
    scale: Signal
    clear: Signal
    load: Signal
    weight: Signal
    fired: Signal
    busy: Signal
    trace_word: Signal

    def __init__(self, params: LayerParams, *, trace: bool = False) -> None:
        if params.storage is not Storage.REGISTERS:
            raise ValueError("a self-timed layer keeps its weights in registers, not in a memory")
        check_phases(params.oscillator)
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "rst": In(1),
                "spikes": In(params.inputs),
                "scale": In(1),
                "clear": In(1),
                "load": In(1),
                "weight": In(params.neuron.weight_bits),
                "fired": Out(params.neurons),
                "busy": Out(1),
                **cell_trace_ports(params.cell_trace, trace),
            }
        )
        self.arbiter = Arbiter(params.arbiter, trace=trace)
        self.memory = WeightMemory(params.weights)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        clocked(m, "loaded", self.load)
        granted = clocked(m, "granted", self.arbiter.grant, self.rst)
        m.submodules.arbiter = arbiter = self.arbiter
        m.submodules.memory = memory = self.memory
        neurons = [Neuron(self.params.neuron) for _ in range(self.params.neurons)]
        for k, neuron in enumerate(neurons):
            m.submodules[f"neuron_{k}"] = neuron
        scale = Signal()
        strobe = self.strobe(m, arbiter.grant)
        bits = self.params.neuron.weight_bits

        m.d[granted] += scale.eq(self.scale)
        m.d.comb += [
            arbiter.rst.eq(self.rst),
            arbiter.spikes.eq(self.spikes),
            arbiter.clear.eq(self.clear),
            memory.weight.eq(self.weight),
            memory.address.eq(arbiter.address),
            self.fired.eq(Cat(neuron.fire for neuron in neurons)),
            self.busy.eq(arbiter.busy),
        ]
        for k, neuron in enumerate(neurons):
            m.d.comb += [
                neuron.rst.eq(self.rst),
                neuron.strobe.eq(strobe),
                neuron.weight.eq(memory.word.word_select(k, bits)),
                neuron.scale.eq(scale),
                neuron.clear.eq(self.clear),
            ]

        if self.trace:
            read, source = (
                Signal(self.params.arbiter.address_bits, name=name) for name in ("read", "source")
            )
            integrations = Signal(8)
            integrated = clocked(m, "integrated", strobe, self.rst)
            m.d[granted] += read.eq(arbiter.address)
            m.d[integrated] += [source.eq(read), integrations.eq(integrations + 1)]
            spikes = []
            for k, neuron in enumerate(neurons):
                spike = Signal(name=f"spike_{k}")
                m.d[clocked(m, f"fired_{k}", neuron.fire, self.rst)] += spike.eq(~spike)
                spikes.append(spike)
            word = pack(
                self.params.cell_trace,
                integrations=integrations,
                source=source,
                potential=[neuron.potential for neuron in neurons],
                spikes=Cat(spikes),
                merges=arbiter.merges,
            )
            m.d.comb += self.trace_word.eq(word)
        return m

    def strobe(self, m: Module, grant: Value) -> Value:
        """Return the neurons' strobe: the word has been read by then."""
        return delayed(m, "strobe", grant, INTEGRATE_PS)


def check_phases(oscillator: MultiPhaseOscillatorParams) -> None:
    """Make sure that a grant is integrated, and its spikes are over, before the next one.

    Raises
    ------
    ValueError
        If the oscillator is too fast.
    """
    if oscillator.period <= INTEGRATE_PS:
        raise ValueError(
            f"an oscillation must be longer than the {INTEGRATE_PS} ps from a grant to its "
            f"integration, not {oscillator.period}"
        )
    low = oscillator.period - oscillator.recover
    if low <= SPIKE_PS:
        raise ValueError(
            f"load, select and access together must be longer than the {SPIKE_PS} ps from a "
            f"strobe to its spike, not {low}"
        )
