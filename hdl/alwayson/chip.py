"""The always-on chip: AER input, cores one after the other, an output core, AER output.

Ref: Chundi 2021, Fig. 1 and "Chip Prototype". Frame protocol, assumptions:
:mod:`goldspike.model.alwayson.chip`.
"""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.alwayson.aer_input import AerInput
from goldspike.hdl.alwayson.aer_output import AerOutput
from goldspike.hdl.alwayson.core import Core
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.hdl.trace import Changes, pack, trace_ports
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.shared.chip_activity import BITMAPS, activity_of, counted_trace
from goldspike.model.trace import TraceLayout

__all__ = ["Chip"]


class Chip(wiring.Component):
    """An always-on chip. A spike at the pins is an edge at its input neuron one tick later.

    Bit-exact against :class:`goldspike.model.alwayson.chip.ChipModel`. Blocks are numbered for the
    scan chains: 2k are the neurons of core k, 2k + 1 its synapses, and the last one the output
    core.

    Members
    -------
    address, negative, strobe : In
        AER input: one spike per rising edge of the strobe.
    freeze : In(1)
        The output core takes no spikes on this tick. Falls while nothing is awake; a start may
        come on that tick.
    clear : In(1)
        Begin a frame: everything is as it was before the last one. Given while not busy but for
        scan and load, so not while a readout is under way or starts.
    start : In(1)
        Read the output core's potentials out.
    scan, scan_in : In(1), scan_block : In
        Shift a bit into the chosen block's chain on this tick. Given while not busy but for clear
        and load.
    load : In(1)
        Write the row that the chosen synapse block's chain holds, as it is before a shift on this
        tick. Given while not busy but for clear and scan.
    valid, out_address, value : Out
        AER output: a potential, signed.
    done : Out(1), winner : Out
        One tick high after the last potential: the neuron of the highest one.
    lost : Out(cores + 1)
        A neuron lost a spike on the tick before; core 0 lowest, the output core highest.
    invalid : Out(1)
        One tick high after an event whose address names no input neuron.
    scan_out : Out(1)
        The bit that leaves the chosen block's chain next.
    busy : Out(1)
        Combinational: something is under way or starts on this tick.

    Attributes
    ----------
    aer_input, cores, output, aer_output
        Its parts.
    counted : bool
        Its trace ends with those of its neurons from which follows what they did
        (:mod:`goldspike.model.alwayson.shared.chip_activity`).
    """

    address: Signal
    negative: Signal
    strobe: Signal
    freeze: Signal
    clear: Signal
    start: Signal
    scan: Signal
    scan_block: Signal
    scan_in: Signal
    load: Signal
    valid: Signal
    out_address: Signal
    value: Signal
    done: Signal
    winner: Signal
    lost: Signal
    invalid: Signal
    scan_out: Signal
    busy: Signal

    def __init__(self, params: ChipParams, *, trace: bool = False, counted: bool = False) -> None:
        self.params = params
        self.trace = trace or counted
        self.counted = counted
        self.layout = counted_trace(params) if counted else params.trace
        self.aer_input = AerInput(params.aer_input)
        self.cores = [Core(core, watched=self.trace) for core in params.cores]
        self.output = NeuronBlock(params.output, watched=self.trace)
        self.aer_output = AerOutput(params.aer_output)
        read_out = params.aer_output
        super().__init__(
            {
                "address": In(params.aer_input.address_bits),
                "negative": In(1),
                "strobe": In(1),
                "freeze": In(1),
                "clear": In(1),
                "start": In(1),
                "scan": In(1),
                "scan_block": In(range(params.blocks)),
                "scan_in": In(1),
                "load": In(1),
                "valid": Out(1),
                "out_address": Out(read_out.address_bits),
                "value": Out(read_out.bits),
                "done": Out(1),
                "winner": Out(read_out.address_bits),
                "lost": Out(len(params.layers)),
                "invalid": Out(1),
                "scan_out": Out(1),
                "busy": Out(1),
                **trace_ports(self.layout, self.trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        m.submodules.aer_input = aer_input = self.aer_input
        for k, core in enumerate(self.cores):
            m.submodules[f"core_{k}"] = core
        m.submodules.output = output = self.output
        m.submodules.aer_output = aer_output = self.aer_output
        blocks = (*self.cores, output)
        m.d.comb += [
            aer_input.address.eq(self.address),
            aer_input.negative.eq(self.negative),
            aer_input.strobe.eq(self.strobe),
            self.invalid.eq(aer_input.invalid),
        ]
        self.join_layers(m)
        self.choose_block(m)
        m.d.comb += [
            aer_output.potentials.eq(output.potentials),
            aer_output.start.eq(self.start),
            self.valid.eq(aer_output.valid),
            self.out_address.eq(aer_output.address),
            self.value.eq(aer_output.value),
            self.done.eq(aer_output.done),
            self.winner.eq(aer_output.winner),
            *(part.clear.eq(self.clear) for part in blocks),
            self.lost.eq(Cat(part.lost.any() for part in blocks)),
            self.busy.eq(Cat(part.busy for part in (aer_input, *blocks, aer_output)).any()),
        ]
        if self.trace:
            self.watch(m, platform)
        return m

    def join_layers(self, m: Module) -> None:
        """Lead every layer's spikes to the next; to the output core unless it is frozen."""
        output = self.output
        plus, minus = self.aer_input.plus, self.aer_input.minus
        for core in self.cores:
            m.d.comb += [core.plus.eq(plus), core.minus.eq(minus)]
            plus, minus = core.plus_out, core.minus_out
        takes = Signal(len(output.plus))
        m.d.comb += [
            takes.eq((~self.freeze).replicate(len(takes))),
            output.plus.eq(plus & takes),
            output.minus.eq(minus & takes),
        ]

    def choose_block(self, m: Module) -> None:
        """Give the chosen block the scan chain's pins."""
        shifts: list[Value] = []
        ends: list[Value] = []
        for k, core in enumerate(self.cores):
            shifts += [core.scan_neurons, core.scan_synapses]
            ends += [core.scan_out_neurons, core.scan_out_synapses]
            m.d.comb += [
                core.scan_in.eq(self.scan_in),
                core.load.eq(self.load & (self.scan_block == 2 * k + 1)),
            ]
        m.d.comb += self.output.scan_in.eq(self.scan_in)
        shifts.append(self.output.scan)
        ends.append(self.output.scan_out)
        for block, (shift, end) in enumerate(zip(shifts, ends, strict=True)):
            with m.If(self.scan_block == block):
                m.d.comb += [shift.eq(self.scan), self.scan_out.eq(end)]

    def watch(self, m: Module, platform: object) -> None:
        """Drive the trace port out of what the cores show."""
        output = self.output
        shown = [
            (f"core_{k}", core.params.trace, core.shown()) for k, core in enumerate(self.cores)
        ]
        last: dict[str, Any] = {
            "awake": output.clock_enable.any(),
            "lost": output.losses,
            "potentials": output.each_potential,
        }
        shown.append(("output", dict(self.params.parts)["output"], last))
        if self.counted:
            for k, block in enumerate((*(core.neurons for core in self.cores), output)):
                bits = {name: getattr(block, name) for name in ("clock", *BITMAPS)}
                shown.append((f"neurons_{k}", activity_of(block.params.neurons), bits))
        (word,) = repeat(m, platform, "word", Changes, self.layout, 1)
        for part, layout, values in shown:
            for field in layout.fields:
                port, one = getattr(word, f"{part}_{field.name}"), TraceLayout((field,))
                m.d.comb += port.eq(pack(one, **{field.name: values[field.name]}))
        for name in trace_ports(self.layout, True):
            m.d.comb += getattr(self, name).eq(getattr(word, name))
