"""Core: input memory, dataflow controller, crossbar, digital processor, output memory.

Ref: Dazzi 2021, section 2.1, Fig. 1C. This is the level of the clock cycle: :class:`CoreModel` puts
the golden models of the parts together, tick by tick. :mod:`goldspike.model.imc.shared.dataflow` is
the level above, a timestep at a time.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.crossbar import CrossbarModel
from goldspike.model.imc.dataflow_controller import DataflowControllerModel, Seen
from goldspike.model.imc.digital_processor import PIPELINE, DigitalProcessorModel
from goldspike.model.imc.input_memory import FETCH, RESIDUAL, STORE, InputMemoryModel
from goldspike.model.imc.output_memory import OutputMemoryModel
from goldspike.model.imc.partial_adder import PartialAdderModel
from goldspike.model.imc.shared.core import CoreParams
from goldspike.model.imc.sum_packer import SumPackerModel
from goldspike.model.trace import pack_bits

__all__ = ["CoreIn", "CoreModel", "CoreOut", "CoreParams"]


@dataclass
class CoreIn:
    """What a core sees on a tick: words that are offered to it, and who would take its own."""

    step: bool = False
    word: np.ndarray | None = None
    residual: np.ndarray | None = None
    partial: np.ndarray | None = None
    out_ready: bool = False
    skip_ready: bool = False


@dataclass
class CoreOut:
    """What a core took on a tick, and what left it; and what it shows to others on that tick.

    `offered` and `skip_offered` are words that wait to leave; `busy`: a timestep is under way or a
    word waits to leave.
    """

    taken: bool
    residual_taken: bool
    word: np.ndarray | None
    skip: np.ndarray | None
    in_ready: bool
    residual_ready: bool
    sum_ready: bool
    offered: np.ndarray | None
    skip_offered: np.ndarray | None
    complete: bool
    late: bool
    busy: bool


class CoreModel:
    """A core, tick by tick."""

    def __init__(
        self,
        params: CoreParams,
        weights: np.ndarray | None = None,
        multiplier: np.ndarray | None = None,
        bias: np.ndarray | None = None,
    ) -> None:
        self.params = params
        self.controller = DataflowControllerModel(params.controller)
        self.memory = InputMemoryModel(params.memory)
        self.crossbar = CrossbarModel(params.crossbar, weights)
        self.processor = DigitalProcessorModel(params.processor)
        if multiplier is not None and bias is not None:
            self.processor.multiplier[:], self.processor.bias[:] = multiplier, bias
        self.output = OutputMemoryModel(params.output)
        self.queue = OutputMemoryModel(params.added)
        self.skip = OutputMemoryModel(params.skip)
        self.now = 0
        self.fetched: np.ndarray | None = None  # word for the crossbar, read on the tick before
        self.sent: np.ndarray | None = None  # word for the residual's memory, likewise
        self.adder = PartialAdderModel(params.adder) if params.partial_in else None
        self.packer = None if params.last else SumPackerModel(params.packer)
        self.packed = self.packer.ticks().tolist() if self.packer else []
        self.slices = params.processor.slices
        self.added_slices = params.processor.residual_slices if params.residual_in else ()
        self.sums = np.zeros(params.layer.outputs, np.int64)
        self.processing = self.done = -1  # ticks on which the processor starts and ends
        self.residual = np.zeros(params.layer.outputs, np.int8)
        self.records: dict[str, list[tuple]] = {name: [] for name, _ in params.parts}

    def tick(self, seen: CoreIn) -> CoreOut:
        """Advance one tick."""
        self.now += 1
        params = self.params
        images, late = self.controller.completed, self.controller.late
        offered, skip_offered = (part.queue[0] if part.valid else None for part in self.sending)
        waits = any(part.queue for part in self.sending)
        residual_ready, sum_ready = self.residual_ready, self.sum_ready
        command = self.controller.tick(
            Seen(
                step=seen.step,
                in_valid=seen.word is not None,
                room=self.output.room > 0,
                residual_room=self.skip.room > 0,
                residual_valid=self.added_waits,
                done=self.now == self.done,
            )
        )
        if self.fetched is not None:
            self.crossbar.load(self.fetched)
        skipped = self.sent
        self.fetched = self.sent = None
        if command.store:
            assert seen.word is not None
            self.access(STORE, self.memory.store_data(seen.word, last_row=command.last_row))
        elif command.fetch:
            place = self.memory.read_data(
                pad=command.pad, next_row=command.next_row, skip=command.skip
            )
            self.fetched = np.zeros(params.memory.word_bytes, np.uint8)
            if place is not None:
                self.fetched = self.access(FETCH, place)
        elif command.residual:
            self.sent = self.access(RESIDUAL, self.memory.read_res(last_row=command.last_row))
        if command.next_column:
            self.memory.next_column(next_image=command.next_image)
        if command.start:
            self.sums = self.crossbar.compute()
            self.processing = self.now + params.crossbar.ticks
            self.done = self.processing + params.maker.ticks
            shown = self.sums & (1 << params.crossbar.sum_bits) - 1
            self.records["crossbar"].append((self.processing - 1, shown))
            if self.adder:
                self.sums = self.sums + self.adder.pixel()
            for (first, count), word in zip(self.added_slices, self.queue.queue, strict=False):
                self.residual[first : first + count] = word[:count].view(np.int8)
        pushed = self.process()
        takes = self.takes_residual()
        arrives = seen.residual is not None and residual_ready
        self.queue.tick(seen.residual if arrives else None, offer=True, ready=takes)
        if self.adder:
            self.add(self.adder, seen.partial if sum_ready else None)
        out = self.leave("output", self.output, pushed, seen.step, seen.out_ready)
        skip = None
        if params.residual_out:
            skip = self.leave("skip", self.skip, skipped, seen.step, seen.skip_ready)
        comes = pushed is not None or skipped is not None
        return CoreOut(
            command.store,
            arrives,
            out,
            skip,
            in_ready=command.in_ready,
            residual_ready=residual_ready,
            sum_ready=sum_ready,
            offered=offered,
            skip_offered=skip_offered,
            complete=self.controller.completed > images,
            late=late,
            busy=not self.controller.standby or waits or comes,
        )

    @property
    def sending(self) -> tuple[OutputMemoryModel, OutputMemoryModel]:
        """The memories whose words leave: outputs, and residuals that are sent on."""
        return self.output, self.skip

    def access(self, kind: int, place: int) -> np.ndarray:
        """Note an access of the input memory; return the word."""
        word = self.memory.sram[place].copy()
        row = (self.now, kind, place, shown_word(word), self.memory.blank)
        self.records["memory"].append(row)
        return word

    @property
    def in_ready(self) -> bool:
        """Whether a word would be stored on the next tick."""
        return self.controller.ready

    @property
    def residual_ready(self) -> bool:
        """Whether a residual's word would be taken on the next tick."""
        return self.controller.receipt is not None and self.queue.room > 0

    @property
    def sum_ready(self) -> bool:
        """Whether a word of partial sums would be taken on the next tick."""
        if self.adder is None:
            return False
        return self.controller.receipt is not None and self.adder.queue.room > 0

    @property
    def added_waits(self) -> bool:
        """Whether what an output adds is there."""
        waits = self.queue.valid or not self.params.residual_in
        return waits and (self.adder is None or self.adder.waits)

    def add(self, adder: PartialAdderModel, word: np.ndarray | None) -> None:
        """Let partial sums into and out of their queue; note it."""
        pushed, popped = adder.tick(word, start=self.now == self.processing)
        if pushed or popped is not None:
            nothing = np.zeros(adder.params.queue.word_bits // 8, np.uint8)
            shown = shown_word(nothing if popped is None else popped)
            queue = adder.queue
            counts = (queue.held, queue.offered, queue.room)
            self.records["partial"].append((self.now, pushed, popped is not None, shown, *counts))

    def takes_residual(self) -> bool:
        """Return whether the processor uses up a residual word."""
        channel = self.now - self.processing - 1
        return self.processing > 0 and any(
            channel == first + count - 1 for first, count in self.added_slices
        )

    def process(self) -> np.ndarray | None:
        """Return the word that the processor, or the packer, pushes on this tick."""
        if self.processing < 0:
            return None
        if self.packer:
            begun = self.now - self.processing - 1
            complete = begun in self.packed
            return self.packer.words(self.sums)[self.packed.index(begun)] if complete else None
        channel = self.now - self.processing - 1 - PIPELINE
        for word, (first, count) in enumerate(self.slices):
            if channel == first + count - 1:
                pixel = self.processor.run(self.sums, self.residual)
                return self.processor.words(pixel)[word]
        return None

    def leave(
        self, part: str, memory: OutputMemoryModel, push: np.ndarray | None, step: bool, ready: bool
    ) -> np.ndarray | None:
        """Let words into and out of an output memory; note it."""
        out = memory.tick(push, offer=step, ready=ready)
        if push is not None or out is not None:
            shown = shown_word(np.zeros(self.params.memory.word_bytes, np.uint8)
                               if out is None else out)  # fmt: skip
            counts = (memory.held, memory.offered, memory.room)
            row = (self.now, push is not None, out is not None, shown, *counts)
            self.records[part].append(row)
        return out

    def trace(self) -> dict[str, np.ndarray]:
        """Return the trace records of all parts so far."""
        return {
            name: np.array(self.records[name], layout.record_dtype)
            for name, layout in self.params.parts
        }


def shown_word(word: np.ndarray) -> np.ndarray:
    """Return a word as it is traced."""
    return pack_bits(np.unpackbits(word, bitorder="little"))
