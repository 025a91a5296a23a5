"""The array: cores, the streams between them, pooling and a fully connected layer.

Ref: Dazzi 2021, sections 2.1, 2.4.4 and 3.1.3, Fig. 9; see :mod:`goldspike.model.imc.array`.
"""

from collections import Counter
from functools import partial
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.fully_connected import FullyConnected
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.pooling import Pooling
from goldspike.hdl.imc.shared.stream import Stream
from goldspike.hdl.trace import combine, drive_trace, trace_ports
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.shared.array import Kind
from goldspike.model.imc.shared.array import Stream as Ends

__all__ = ["Array"]

Port = tuple[Value, Value, Value]
"""Valid, word and ready of a sender or a receiver."""


class Array(wiring.Component):
    """A CNN; pixels go in, up to the first stage's replicas per timestep; answers come out.

    Members
    -------
    run : In(1)
        Timesteps follow each other while it is up; the first begins on its first tick. It stays
        down until a timestep that it breaks off would have been over, or `late` goes up: cores
        that are still at work with it begin no other then. Nothing is lost by that.
    in_valid : In(1), in_word : In(word_bits), in_ready : Out(1)
        Pixels of the images; a pixel's words come without a gap.
    stall : In(1)
        No answer is taken: the last layer takes no word, and before long no stage does. For links
        a timestep begins on the tick after its step: a stall that is over on a timestep's first
        tick is over in the timestep before.
    program_weight : In(cores + 1), program_scale : In(cores + 1)
        Load `value` as the next weight, or the next scale, of that core; the last line is the
        fully connected layer's, whose scales are biases. Only the last core of a column has scales.
        Several lines may be up at once. A core is loaded at rest, or before the
        ``controller.window`` ticks after a timestep's first one are over, if no other was broken
        off for it; the fully connected layer while it works no answer out, as after a `stall` of
        ``params.fully_connected.ticks`` ticks. It does not matter whether `late` is up.
    value : In(48)
        A weight, a scale (multiplier and bias) or a bias.
    answered : Out(1), answer : Out(range(classes))
        An image's class is new on this tick. Without classes the last stage's pixels are taken
        away, and both stay down.
    late : Out(1)
        A timestep was too short, once or more.
    busy : Out(1)
        Timesteps run, something is loaded, or a part is at work.
    """

    run: Signal
    in_valid: Signal
    in_word: Signal
    in_ready: Signal
    stall: Signal
    program_weight: Signal
    program_scale: Signal
    value: Signal
    answered: Signal
    answer: Signal
    late: Signal
    busy: Signal

    def __init__(self, params: ArrayParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        targets = len(params.cores) + 1
        super().__init__(
            {
                "run": In(1),
                "in_valid": In(1),
                "in_word": In(params.word_bits),
                "in_ready": Out(1),
                "stall": In(1),
                "program_weight": In(targets),
                "program_scale": In(targets),
                "value": In(48),
                "answered": Out(1),
                "answer": Out(range(max(2, params.classes))),
                "late": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        cores = self.build_cores(m, platform)
        traced = [(core, p.trace) for core, p in zip(cores, self.params.circuits, strict=True)]
        works = [core.busy for core in cores]
        step = self.timestep(m)
        end: Port | None = None
        if self.params.classes:
            pooling, last, works_after, end = self.build_end(m, step)
            traced += [(pooling, pooling.params.trace), (last, last.params.trace)]
            works += works_after
        m.d.comb += [core.step.eq(step) for core in cores]
        for stream, flow in zip(self.params.streams, self.params.flows, strict=True):
            part = Stream(flow)
            m.submodules[self.name_of(stream)] = part
            m.d.comb += part.step.eq(step)
            self.lead(m, stream, part, cores, end)
        for k, core in enumerate(cores):
            m.d.comb += [
                core.program_weight.eq(self.program_weight[k]),
                core.weight.eq(self.value),
                core.program_scale.eq(self.program_scale[k]),
                core.scale.eq(self.value),
            ]
        m.d.comb += [
            self.late.eq(Cat(core.late for core in cores).any()),
            self.busy.eq(self.run | Cat(works).any()),
        ]
        if self.trace:
            happens = Cat(part.trace_happens for part, _ in traced).any()
            drive_trace(m, self, happens, combine(traced))
        return m

    def build_cores(self, m: Module, platform: object) -> list[Any]:
        """Build the cores; those that are alike are instances of one module."""
        kinds = Counter(self.params.circuits)
        crossbars = Counter(params.crossbar for params in self.params.circuits)
        cores: list[Any] = []
        for k, params in enumerate(self.params.circuits):
            repeated = crossbars[params.crossbar] > 1
            circuit = partial(Core, trace=self.trace, repeated=repeated)
            if kinds[params] > 1:
                cores += repeat(m, platform, f"core_{k}", circuit, params, 1)
            else:
                m.submodules[f"core_{k}"] = core = circuit(params)
                cores.append(core)
        return cores

    def build_end(
        self, m: Module, step: Signal
    ) -> tuple[Pooling, FullyConnected, list[Signal], Port]:
        """Build pooling and fully connected layer; return them, who works, and where pixels go."""
        params = self.params
        m.submodules.pooling = pooling = Pooling(params.pooling, trace=self.trace)
        m.submodules.pooled = pooled = OutputMemory(params.pooled)
        m.submodules.link = link = Link(params.means)
        m.submodules.fully_connected = last = FullyConnected(
            params.fully_connected, trace=self.trace
        )
        m.d.comb += [
            pooling.room.eq(self.room(m, pooling, pooled)),
            pooled.push.eq(pooling.push),
            pooled.data.eq(pooling.mean),
            pooled.offer.eq(step),
            link.step.eq(step),
            link.valid.eq(pooled.valid),
            link.word.eq(pooled.word),
            pooled.ready.eq(link.ready),
            last.valid.eq(link.o_valid),
            last.word.eq(link.o_word),
            link.o_ready.eq(last.ready & ~self.stall),
            last.program_weight.eq(self.program_weight[-1]),
            last.weight.eq(self.value),
            last.program_bias.eq(self.program_scale[-1]),
            last.bias.eq(self.value),
            self.answered.eq(last.answered),
            self.answer.eq(last.answer),
        ]
        works = [pooling.busy, pooled.busy, last.busy]
        return pooling, last, works, (pooling.valid, pooling.word, pooling.ready)

    def room(self, m: Module, pooling: Pooling, pooled: OutputMemory) -> Value:
        """Return whether the memory behind the pooling has room for an image.

        The pooling sends means a tick after their pixels. The next image may be whole by then only
        if it is a single pixel, too: what is coming has its room already.
        """
        if self.params.pooling.pixels > 1:
            return pooled.room != 0
        words = self.params.pooled.words
        word, coming = Signal(range(max(2, words)), name="pooled_word"), Signal()
        takes = pooling.valid & pooling.ready
        m.d.sync += coming.eq(takes & (word == words - 1))
        with m.If(takes):
            m.d.sync += word.eq(Mux(word == words - 1, 0, word + 1))
        return pooled.room > coming

    def timestep(self, m: Module) -> Signal:
        """Build the counter that begins timesteps."""
        cycle = Signal(range(self.params.timestep))
        step = Signal()
        m.d.comb += step.eq(self.run & (cycle == 0))
        full = ~self.run | (cycle == self.params.timestep - 1)
        m.d.sync += cycle.eq(Mux(full, 0, cycle + 1))
        return step

    def name_of(self, stream: Ends) -> str:
        """Return a name for a stream, after where it begins."""
        if stream.kind == Kind.SUM:
            return f"sums_{stream.senders[0]}"
        kind = "residual" if stream.kind == Kind.RESIDUAL else "pixels"
        return f"{kind}_{stream.stage + 1}"

    def lead(
        self, m: Module, stream: Ends, part: Stream, cores: list[Any], end: Port | None
    ) -> None:
        """Connect a stream with its senders and receivers."""
        senders = [self.sender(stream, k, cores) for k in stream.senders]
        m.d.comb += [
            part.valid.eq(Cat(valid for valid, _, _ in senders)),
            part.word.eq(Cat(word for _, word, _ in senders)),
        ]
        m.d.comb += [ready.eq(part.ready[k]) for k, (_, _, ready) in enumerate(senders)]
        receivers = [self.receiver(stream, k, cores, end) for k in stream.receivers]
        for k, (valid, word, _) in enumerate(receivers):
            m.d.comb += [valid.eq(part.o_valid[k]), word.eq(part.o_word)]
        # an end that is open takes whatever comes
        m.d.comb += part.o_ready.eq(Cat(ready for _, _, ready in receivers) if receivers else 1)

    def sender(self, stream: Ends, k: int, cores: list[Any]) -> Port:
        """Return the port of a core, or of the image, from which a stream comes."""
        if k < 0:
            return self.in_valid, self.in_word, self.in_ready
        core = cores[k]
        if stream.kind == Kind.RESIDUAL and not self.params.shortcut(stream.stage):
            return core.skip_valid, core.skip_word, core.skip_ready
        return core.out_valid, core.out_word, core.out_ready

    def receiver(self, stream: Ends, k: int, cores: list[Any], end: Port | None) -> Port:
        """Return the port of a core, or of the pooling, to which a stream leads."""
        if k < 0:
            assert end is not None
            return end
        name = {Kind.PIXEL: "in", Kind.RESIDUAL: "res", Kind.SUM: "sum"}[stream.kind]
        valid, word, ready = (
            getattr(cores[k], f"{name}_{pin}") for pin in ("valid", "word", "ready")
        )
        return valid, word, ready
