"""Core: input memory, dataflow controller, crossbar, digital processor, output memory.

Ref: Dazzi 2021, section 2.1, Fig. 1C; see :mod:`goldspike.model.imc.core`. A core needs nobody to
sequence it: it takes pixels when it can, computes when it can, and sends when it is asked to.
"""

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.digital_processor import DigitalProcessor
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.hdl.imc.output_memory import OutputMemory
from goldspike.hdl.imc.partial_adder import PartialAdder
from goldspike.hdl.imc.sum_packer import SumPacker
from goldspike.hdl.trace import combine, drive_trace, trace_ports
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.imc.core import CoreParams

__all__ = ["Core"]


class Core(wiring.Component):
    """A layer. A pixel computed in a timestep is offered in the next one.

    Bit-exact against :class:`goldspike.model.imc.core.CoreModel`.

    Members
    -------
    step : In(1)
        A timestep begins; at least ``params.busiest`` ticks apart, or `late` goes up and stays.
        A step within a timestep begins none, and what is under way goes on.
    in_valid : In(1), in_word : In(word_bits), in_ready : Out(1)
        Pixels of the input; a pixel's words come without a gap.
    out_valid : Out(1), out_word : Out(word_bits), out_ready : In(1)
        Pixels of the output.
    res_valid, res_word, res_ready
        Residual pixels to add (only with a gain).
    skip_valid, skip_word, skip_ready
        Residual pixels sent on (only with `residual_out`).
    sum_valid, sum_word, sum_ready
        Partial sums of the core before (only with `rows_before`). With `rows_after`, `out_*` are
        those for the core after it.
    program_weight : In(1), weight : In(weight_bits)
        Shift a weight in.
    program_scale : In(1), scale : In(48)
        Load the next channel's scale. Both are loaded before the ``params.controller.window``
        ticks after a timestep's step are over, or once the timestep is, whether `late` is up or
        not.
    complete : Out(1)
        The last output of an image is done.
    late : Out(1)
        A timestep was too short, once or more.
    busy : Out(1)
        A timestep, programming or an output is under way, or a pixel waits to leave. Pixels and
        residuals that wait for others to come are no work.
    """

    step: Signal
    in_valid: Signal
    in_word: Signal
    in_ready: Signal
    out_valid: Signal
    out_word: Signal
    out_ready: Signal
    res_valid: Signal
    res_word: Signal
    res_ready: Signal
    skip_valid: Signal
    skip_word: Signal
    skip_ready: Signal
    sum_valid: Signal
    sum_word: Signal
    sum_ready: Signal
    program_weight: Signal
    weight: Signal
    program_scale: Signal
    scale: Signal
    complete: Signal
    late: Signal
    busy: Signal

    def __init__(self, params: CoreParams, *, trace: bool = False, repeated: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.repeated = repeated  # its crossbar is a module that other cores have, too
        bits = params.word_bits
        ports = {
            "step": In(1),
            "in_valid": In(1),
            "in_word": In(bits),
            "in_ready": Out(1),
            "out_valid": Out(1),
            "out_word": Out(bits),
            "out_ready": In(1),
        }
        if params.residual_in:
            ports |= {"res_valid": In(1), "res_word": In(bits), "res_ready": Out(1)}
        if params.residual_out:
            ports |= {"skip_valid": Out(1), "skip_word": Out(bits), "skip_ready": In(1)}
        if params.partial_in:
            ports |= {"sum_valid": In(1), "sum_word": In(bits), "sum_ready": Out(1)}
        super().__init__(
            {
                **ports,
                "program_weight": In(1),
                "weight": In(params.weight_bits),
                "program_scale": In(1),
                "scale": In(params.processor.scale_bits),
                "complete": Out(1),
                "late": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        m.submodules.controller = controller = DataflowController(params.controller)
        full = self.trace and not params.brief
        m.submodules.memory = memory = InputMemory(params.memory, trace=full)
        crossbar = self.crossbar(m, platform)
        maker = DigitalProcessor(params.processor) if params.last else SumPacker(params.packer)
        m.submodules["processor" if params.last else "packer"] = maker
        m.submodules.output = output = OutputMemory(params.output, trace=self.trace)
        fetched = Signal()
        read = Signal()
        m.d.sync += [fetched.eq(memory.fetch), read.eq(memory.residual)]
        for name in ("store", "last_row", "fetch", "pad", "next_row", "skip", "next_column",
                     "next_image", "residual"):  # fmt: skip
            m.d.comb += getattr(memory, name).eq(getattr(controller, name))
        m.d.comb += [
            controller.step.eq(self.step),
            controller.in_valid.eq(self.in_valid),
            self.in_ready.eq(controller.in_ready),
            memory.data.eq(self.in_word),
            crossbar.load.eq(fetched),
            crossbar.word.eq(memory.word),
            crossbar.start.eq(controller.start),
            crossbar.program_weight.eq(self.program_weight),
            crossbar.weight.eq(self.weight),
            maker.start.eq(crossbar.done),
            controller.done.eq(maker.done),
            output.push.eq(maker.push),
            output.data.eq(maker.word),
            output.offer.eq(self.step),
            controller.room.eq(output.room != 0),
            self.out_valid.eq(output.valid),
            self.out_word.eq(output.word),
            output.ready.eq(self.out_ready),
            self.complete.eq(controller.complete),
            self.late.eq(controller.late),
        ]
        self.traced: list[tuple[Any, Any]] = [(output, params.output)]
        if full:
            self.traced[:0] = [(memory, params.memory), (crossbar, params.crossbar)]
        self.works = [controller.busy, crossbar.busy, maker.busy, output.busy]
        self.works += [fetched, read, self.program_scale]
        self.waits: list[Value] = []  # what is added is there
        if isinstance(maker, DigitalProcessor):
            m.d.comb += [
                maker.program_scale.eq(self.program_scale),
                maker.scale.eq(self.scale),
            ]
            if params.residual_in:
                self.take_residual(m, controller, maker)
        if params.residual_out:
            self.send_residual(m, controller, memory, read, trace=full)
        self.sum_up(m, controller, crossbar, maker, trace=full)
        if self.waits:
            m.d.comb += controller.residual_valid.eq(Cat(self.waits).all())
        m.d.comb += self.busy.eq(Cat(self.works).any())
        if self.trace:
            happens = Cat(part.trace_happens for part, _ in self.traced).any()
            drive_trace(m, self, happens, combine([(part, p.trace) for part, p in self.traced]))
        return m

    def take_residual(
        self, m: Module, controller: DataflowController, processor: DigitalProcessor
    ) -> None:
        """Build the queue of residual pixels that are added."""
        m.submodules.queue = queue = OutputMemory(self.params.added)
        self.waits.append(queue.valid)
        m.d.comb += [
            self.res_ready.eq(controller.receiving & (queue.room != 0)),
            queue.push.eq(self.res_valid & self.res_ready),
            queue.data.eq(self.res_word),
            queue.offer.eq(1),
            queue.ready.eq(processor.residual_next),
            processor.residual.eq(queue.word),
        ]

    def send_residual(
        self, m: Module, controller: DataflowController, memory: InputMemory, read: Signal,
        *, trace: bool,
    ) -> None:  # fmt: skip
        """Build the memory from which residual pixels are sent on."""
        m.submodules.sender = skip = OutputMemory(self.params.skip, trace=trace)
        m.d.comb += [
            skip.push.eq(read),
            skip.data.eq(memory.word),
            skip.offer.eq(self.step),
            skip.ready.eq(self.skip_ready),
            self.skip_valid.eq(skip.valid),
            self.skip_word.eq(skip.word),
            controller.residual_room.eq(skip.room != 0),
        ]
        self.traced += [(skip, self.params.skip)] if trace else []
        self.works.append(skip.busy)

    def sum_up(
        self, m: Module, controller: DataflowController, crossbar: Any, maker: Any, *, trace: bool
    ) -> None:
        """Hand the crossbar's sums on, with those of the cores before where there are any."""
        params = self.params
        if not params.partial_in:
            m.d.comb += maker.sums.eq(crossbar.sums)
            return
        m.submodules.adder = adder = PartialAdder(params.adder, trace=trace)
        self.waits.append(adder.waits)
        m.d.comb += [
            self.sum_ready.eq(controller.receiving & (adder.room != 0)),
            adder.push.eq(self.sum_valid & self.sum_ready),
            adder.data.eq(self.sum_word),
            adder.start.eq(crossbar.done),
            adder.sums.eq(crossbar.sums),
            # the channel that is taken is the one that is added
            maker.sums.eq(adder.sum[: params.sum_bits].replicate(params.layer.outputs)),
        ]
        self.traced += [(adder, params.adder)] if trace else []
        self.works.append(adder.busy)

    def crossbar(self, m: Module, platform: object) -> Any:
        """Build the crossbar."""
        circuit = partial(Crossbar, trace=self.trace and not self.params.brief)
        if self.repeated:
            return repeat(m, platform, "crossbar", circuit, self.params.crossbar, 1)[0]
        m.submodules.crossbar = part = circuit(self.params.crossbar)
        return part
