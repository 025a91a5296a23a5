"""What a core is made of, and how long its longest timestep is.

Ref: Dazzi 2021, section 2.1, Fig. 1C; row parts of a layer: section 2.4.4.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from goldspike.model.imc.crossbar import CrossbarParams
from goldspike.model.imc.dataflow_controller import DataflowControllerParams
from goldspike.model.imc.digital_processor import DigitalProcessorParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.partial_adder import PartialAdderParams
from goldspike.model.imc.shared.layer import ACTIVATION_BITS, LayerParams
from goldspike.model.imc.sum_packer import SumPackerParams
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = ["CoreParams"]


@dataclass(frozen=True, kw_only=True)
class CoreParams:
    """A core with its layer.

    Parameters
    ----------
    layer : LayerParams
    word_bits, depth : int
        Of the input memory; links are as wide as its words.
    weight_bits, rows_per_tick : int
        Of the crossbar.
    shift, gain, relu
        Of the digital processor; a gain other than 0 means that a residual is added.
    window, arrivals, replicas, residual_out
        Of the dataflow controller.
    segments, out_segments, residual_segments : tuple of int
        Channels of the segments of the pixels taken, made and added; empty: one.
    rows_before, rows_after : int
        Rows of the kernel matrix in the cores before and after it in its column. Partial sums
        arrive from those before (pins ``sum_valid``, ``sum_word``, ``sum_ready``); while there are
        some after it, partial sums leave on ``out_*``, and there is no digital processor.
    held : int
        Residual pixels that wait to be added; 0 stands for two timesteps' worth.
    brief : bool
        Whether only the output memory is traced.
    """

    layer: LayerParams
    word_bits: int = 128
    depth: int = 512
    weight_bits: int = 8
    rows_per_tick: int = 16
    shift: int = 8
    gain: int = 0
    relu: bool = True
    window: int = 4
    arrivals: int = 1
    replicas: int = 1
    residual_out: bool = False
    segments: tuple[int, ...] = ()
    out_segments: tuple[int, ...] = ()
    residual_segments: tuple[int, ...] = ()
    rows_before: int = 0
    rows_after: int = 0
    held: int = 0
    brief: bool = False

    def __post_init__(self) -> None:
        require_int("rows_before", self.rows_before, 0)
        require_int("rows_after", self.rows_after, 0)
        if self.rows_after and self.gain:
            raise ValueError("a residual must be added in the last core of a column")
        _ = self.controller, self.crossbar, self.processor, self.adder  # each checks its own

    @cached_property
    def memory(self) -> InputMemoryParams:
        """Its input memory."""
        return InputMemoryParams(
            layer=self.layer,
            word_bits=self.word_bits,
            depth=self.depth,
            segments=self.segments,
        )

    @property
    def residual_in(self) -> bool:
        """Whether a residual is added."""
        return self.gain != 0

    @cached_property
    def controller(self) -> DataflowControllerParams:
        """Its dataflow controller."""
        return DataflowControllerParams(
            memory=self.memory,
            window=self.window,
            arrivals=self.arrivals,
            replicas=self.replicas,
            residual_out=self.residual_out,
            residual_in=self.residual_in or self.partial_in,
        )

    @property
    def partial_in(self) -> bool:
        """Whether partial sums arrive."""
        return self.rows_before > 0

    @property
    def last(self) -> bool:
        """Whether it is the last core of its column."""
        return not self.rows_after

    def bits_of(self, rows: int) -> int:
        """Return the bits of a sum over rows of the kernel matrix."""
        return ACTIVATION_BITS + self.weight_bits - 1 + rows.bit_length()

    @property
    def sum_bits(self) -> int:
        """Bits of a sum over its rows and those before."""
        return self.bits_of(self.rows_before + self.crossbar.rows)

    @cached_property
    def packer(self) -> SumPackerParams:
        """Its sum packer, where it is not the last of its column."""
        return SumPackerParams(
            channels=self.layer.outputs, sum_bits=self.sum_bits, word_bits=self.word_bits
        )

    @cached_property
    def adder(self) -> PartialAdderParams:
        """Its partial adder, where partial sums arrive."""
        return PartialAdderParams(
            channels=self.layer.outputs,
            own_bits=self.crossbar.sum_bits,
            partial_bits=self.bits_of(self.rows_before),
            word_bits=self.word_bits,
            pixels=2 * self.replicas,
            hold=1 if self.last else self.packer.lane_words,
        )

    @cached_property
    def crossbar(self) -> CrossbarParams:
        """Its crossbar."""
        return CrossbarParams(
            memory=self.memory, weight_bits=self.weight_bits, rows_per_tick=self.rows_per_tick
        )

    @cached_property
    def processor(self) -> DigitalProcessorParams:
        """Its digital processor."""
        return DigitalProcessorParams(
            channels=self.layer.outputs,
            sum_bits=self.sum_bits,
            word_bits=self.word_bits,
            shift=self.shift,
            gain=self.gain,
            relu=self.relu,
            segments=self.out_segments,
            residual_segments=self.residual_segments,
        )

    @property
    def maker(self) -> DigitalProcessorParams | SumPackerParams:
        """What makes its words: digital processor or sum packer."""
        return self.processor if self.last else self.packer

    @cached_property
    def output(self) -> OutputMemoryParams:
        """Its output memory."""
        return OutputMemoryParams(
            words=self.maker.words, pixels=2 * self.replicas, word_bits=self.word_bits
        )

    @cached_property
    def added(self) -> OutputMemoryParams:
        """The memory in which residuals wait to be added."""
        return OutputMemoryParams(
            words=len(self.processor.residual_slices),
            pixels=self.held or 2 * self.replicas,
            word_bits=self.word_bits,
        )

    @cached_property
    def skip(self) -> OutputMemoryParams:
        """The memory from which residuals are sent."""
        return OutputMemoryParams(
            words=self.memory.words, pixels=2 * self.replicas, word_bits=self.word_bits
        )

    @property
    def busiest(self) -> int:
        """Ticks of its longest timestep."""
        return self.controller.busiest(1 + self.crossbar.ticks + self.maker.ticks)

    @cached_property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """The traced parts by name."""
        parts: list[tuple[str, Any]] = [
            ("memory", self.memory),
            ("crossbar", self.crossbar),
            ("output", self.output),
        ]
        if self.residual_out:
            parts.append(("skip", self.skip))
        if self.partial_in:
            parts.append(("partial", self.adder))
        return tuple((n, part.trace) for n, part in parts if not self.brief or n == "output")

    @property
    def trace(self) -> TraceLayout:
        """The words of all parts, each behind a byte that says whether it is of this tick."""
        return TraceLayout.combined(self.parts)
