"""A chain of cores, pooling and a fully connected layer.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1, Fig. 1, Fig. 9; see :mod:`goldspike.model.imc.chain`.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.fully_connected import FullyConnected
from goldspike.hdl.imc.link import Link
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.pooling import Pooling
from goldspike.hdl.trace import combine, drive_trace, trace_ports
from goldspike.model.imc.chain import ChainParams

__all__ = ["Chain"]


class Chain(wiring.Component):
    """A CNN; one pixel per timestep goes in, one answer per image comes out.

    Bit-exact against :class:`goldspike.model.imc.chain.ChainModel`.

    Members
    -------
    run : In(1)
        Timesteps follow each other while it is up; the first begins on its first tick. It stays
        down until a timestep that it breaks off would have been over, or `late` goes up.
    in_valid : In(1), in_word : In(word_bits), in_ready : Out(1)
        Pixels of the images; a pixel's words come without a gap.
    stall : In(1)
        No answer is taken: the last layer takes no word, and before long no layer does.
    program_weight : In(cores + 1), program_scale : In(cores + 1)
        Load `value` as the next weight, or the next scale, of that core; the last line is the
        fully connected layer's, whose scales are biases.
    value : In(48)
        A weight, a scale (multiplier and bias) or a bias.
    answered : Out(1), answer : Out(range(classes))
        An image's class is new on this tick.
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

    def __init__(self, params: ChainParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        targets = len(params.layers) + 1
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
                "answer": Out(range(params.classes)),
                "late": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params, trace = self.params, self.trace
        cores = [Core(core, trace=trace) for core in params.cores]
        links = [Link(link) for link in params.links]
        pooling = Pooling(params.pooling, trace=trace)
        pooled = OutputMemory(params.pooled)
        last = FullyConnected(params.fully_connected, trace=trace)
        for name, parts in (("core", cores), ("link", links)):
            for k, part in enumerate(parts):
                m.submodules[f"{name}_{k}"] = part
        m.submodules.pooling = pooling
        m.submodules.pooled = pooled
        m.submodules.fully_connected = last
        step = self.timestep(m)

        m.d.comb += [
            cores[0].in_valid.eq(self.in_valid),
            cores[0].in_word.eq(self.in_word),
            self.in_ready.eq(cores[0].in_ready),
            self.late.eq(Cat(core.late for core in cores).any()),
        ]
        for k, core in enumerate(cores):
            m.d.comb += core.step.eq(step)
            self.join(m, links[k], step, (core.out_valid, core.out_word, core.out_ready))
            if k + 1 < len(cores):
                after = cores[k + 1]
                self.lead(m, links[k], (after.in_valid, after.in_word, after.in_ready))
        self.lead(m, links[-2], (pooling.valid, pooling.word, pooling.ready))
        m.d.comb += [
            pooling.room.eq(pooled.room != 0),
            pooled.push.eq(pooling.push),
            pooled.data.eq(pooling.mean),
            pooled.offer.eq(step),
        ]
        self.join(m, links[-1], step, (pooled.valid, pooled.word, pooled.ready))
        self.lead(m, links[-1], (last.valid, last.word, last.ready & ~self.stall))
        for n, (source, sink, _) in enumerate(params.residuals):
            m.submodules[f"residual_{n}"] = link = Link(params.residual_links[n])
            a, b = cores[source], cores[sink]
            self.join(m, link, step, (a.skip_valid, a.skip_word, a.skip_ready))
            self.lead(m, link, (b.res_valid, b.res_word, b.res_ready))
        m.d.comb += [self.answered.eq(last.answered), self.answer.eq(last.answer)]
        self.load(m, cores, last)
        works = [part.busy for part in (*cores, pooling, pooled, last)]
        m.d.comb += self.busy.eq(self.run | Cat(works).any())
        if trace:
            traced = [*cores, pooling, last]
            happens = Cat(part.trace_happens for part in traced).any()  # type: ignore[union-attr]
            drive_trace(m, self, happens, combine([(p, p.params.trace) for p in traced]))
        return m

    def timestep(self, m: Module) -> Signal:
        """Build the counter that begins timesteps."""
        cycle = Signal(range(self.params.timestep))
        step = Signal()
        m.d.comb += step.eq(self.run & (cycle == 0))
        full = ~self.run | (cycle == self.params.timestep - 1)
        m.d.sync += cycle.eq(Mux(full, 0, cycle + 1))
        return step

    def join(self, m: Module, link: Link, step: Signal, sender: tuple) -> None:
        """Put a sender in front of a link."""
        valid, word, ready = sender
        m.d.comb += [
            link.step.eq(step), link.valid.eq(valid), link.word.eq(word), ready.eq(link.ready)
        ]  # fmt: skip

    def lead(self, m: Module, link: Link, receiver: tuple) -> None:
        """Put a receiver behind a link."""
        valid, word, ready = receiver
        m.d.comb += [valid.eq(link.o_valid), word.eq(link.o_word), link.o_ready.eq(ready)]

    def load(self, m: Module, cores: list[Core], last: FullyConnected) -> None:
        """Hand weights and scales to the core that they are for."""
        for k, core in enumerate(cores):
            m.d.comb += [
                core.program_weight.eq(self.program_weight[k]),
                core.weight.eq(self.value),
                core.program_scale.eq(self.program_scale[k]),
                core.scale.eq(self.value),
            ]
        m.d.comb += [
            last.program_weight.eq(self.program_weight[-1]),
            last.weight.eq(self.value),
            last.program_bias.eq(self.program_scale[-1]),
            last.bias.eq(self.value),
        ]
