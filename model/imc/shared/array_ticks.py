"""The array, tick by tick: cores, streams, pooling and a fully connected layer.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1.3. Everything that cores show each other comes out of
registers, so that streams are judged first, on what the tick began with, and then all parts
advance. :mod:`goldspike.model.imc.shared.dataflow` is the level of the timestep.
"""

from dataclasses import replace

import numpy as np

from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.core import CoreIn, CoreModel, shown_word
from goldspike.model.imc.fully_connected import FullyConnectedModel
from goldspike.model.imc.link import LinkModel
from goldspike.model.imc.output_memory import OutputMemoryModel
from goldspike.model.imc.pooling import PoolingModel
from goldspike.model.imc.shared.array import Kind
from goldspike.model.imc.shared.chain import Answer, CoreWeights, Weights
from goldspike.model.imc.shared.stream import StreamModel

__all__ = ["ArrayModel", "parts_of"]


def parts_of(params: ArrayParams, weights: Weights) -> list[CoreWeights]:
    """Return what every core is loaded with: its rows and columns of its stage's matrix."""
    found = []
    for core in params.cores:
        layer, kept = params.stages[core.stage].layer, weights.cores[core.stage]
        (first, inputs), (left, outputs) = core.inputs, core.outputs
        kernel = kept.weights.reshape(-1, layer.channels, layer.outputs)
        part = kernel[:, first : first + inputs, left : left + outputs]
        columns = slice(left, left + outputs)
        scale = kept.multiplier[columns], kept.bias[columns]
        found.append(CoreWeights(part.reshape(-1, outputs), *scale))
    return found


class ArrayModel:
    """An array, tick by tick.

    Attributes
    ----------
    answers : list of Answer
    in_ready, late, busy : bool
        What it shows on this tick.
    """

    def __init__(self, params: ArrayParams, weights: Weights) -> None:
        self.params = params
        self.cores = [
            CoreModel(core, w.weights, w.multiplier, w.bias)
            for core, w in zip(params.circuits, parts_of(params, weights), strict=True)
        ]
        self.streams = [StreamModel(flow) for flow in params.flows]
        self.skips = [
            stream.kind == Kind.RESIDUAL and not params.shortcut(stream.stage)
            for stream in params.streams
        ]
        self.timestep = params.timestep
        if params.classes:
            self.pooling = PoolingModel(params.pooling)
            self.pooled = OutputMemoryModel(params.pooled)
            self.means = LinkModel(params.means)
            self.end = params.fully_connected
            self.last = FullyConnectedModel(self.end, weights.last, weights.last_bias)
        self.pushes: np.ndarray | None = None  # what the pooling pushes on the next tick
        self.pixel: list[np.ndarray] = []
        self.answers: list[Answer] = []
        self.now = self.cycle = 0
        self.free = 0  # tick from which the last layer takes a pixel
        self.shown = (np.zeros(params.classes, np.int64), 0)  # scores and answer of the last one
        self.in_ready = self.late = self.busy = False
        ends = ("pooling", "answer") if params.classes else ()
        self.records: dict[str, list[tuple]] = {name: [] for name in ends}

    def tick(self, word: np.ndarray | None, *, run: bool, stall: bool = False) -> bool:
        """Advance one tick; return whether the word offered was taken.

        With `stall` no answer is taken, so that the last layer takes no word.
        """
        self.now += 1
        self.busy = run or self.ends_busy
        step = run and self.cycle == 0
        self.cycle = (self.cycle + 1) % self.timestep if run else 0
        seen = [CoreIn(step=step) for _ in self.cores]
        ready = [self.ready(n) for n in range(len(self.streams))]
        moves = [
            stream.carries(self.valid(n, word), taking)
            for n, (stream, taking) in enumerate(zip(self.streams, ready, strict=True))
        ]
        pooled = self.carry(word, moves, seen)
        self.in_ready = self.streams[0].ready(ready[0])
        if self.params.classes:
            answering = self.finish(step, stall)
            self.busy |= pooled is not None or answering
            self.pool(pooled, step, answering)
        for stream, carries in zip(self.streams, moves, strict=True):
            stream.tick(carries=carries, step=step)
        outs = [core.tick(what) for core, what in zip(self.cores, seen, strict=True)]
        self.late = any(out.late for out in outs)
        self.busy |= any(out.busy for out in outs)
        return moves[0]

    def memory(self, n: int, place: int) -> OutputMemoryModel:
        """Return the memory from which a core sends on a stream."""
        return self.cores[place].skip if self.skips[n] else self.cores[place].output

    def valid(self, n: int, word: np.ndarray | None) -> list[bool]:
        """Return which of a stream's senders offer something."""
        senders = self.params.streams[n].senders
        return [word is not None if k < 0 else self.memory(n, k).valid for k in senders]

    def ready(self, n: int) -> list[bool]:
        """Return which of a stream's receivers take something."""
        stream = self.params.streams[n]
        name = ("in_ready", "residual_ready", "sum_ready")[stream.kind]
        return [self.room > 0 if k < 0 else getattr(self.cores[k], name) for k in stream.receivers]

    @property
    def room(self) -> int:
        """Images that may still be pooled; one of a single pixel that is sent now has its own."""
        sends = self.pushes is not None and self.pooling.word == 0
        return self.pooled.room - (sends and self.pooling.params.pixels == 1)

    def carry(
        self, word: np.ndarray | None, moves: list[bool], seen: list[CoreIn]
    ) -> np.ndarray | None:
        """Put the words that move into what cores see; return the pooling's."""
        pooled = None
        for n, (ends, stream) in enumerate(zip(self.params.streams, self.streams, strict=True)):
            if not moves[n]:
                continue
            sender = ends.senders[stream.sender]
            moved = word
            if sender >= 0:
                moved = self.memory(n, sender).queue[0]
                key = "skip_ready" if self.skips[n] else "out_ready"
                seen[sender] = replace(seen[sender], **{key: True})
            key = ("word", "residual", "partial")[ends.kind]
            receivers = ends.receivers or (-1,)  # an end that is open takes whatever comes
            for place, takes in zip(receivers, stream.receives(), strict=True):
                if takes and place >= 0:
                    seen[place] = replace(seen[place], **{key: moved})
                elif takes:
                    pooled = moved
        return pooled

    @property
    def ends_busy(self) -> bool:
        """Whether pooling, the memory behind it or the last layer has begun something."""
        if not self.params.classes:
            return False
        pools = self.pushes is not None or bool(self.pooled.queue)
        return pools or bool(self.pixel) or self.now <= self.free

    def pool(self, word: np.ndarray | None, step: bool, answering: bool) -> None:
        """Add a word that the last stage sends."""
        pushed, self.pushes = self.pushes, None
        if word is not None:
            sums, self.pushes = self.pooling.take(word)
            mask = (1 << 8 + self.pooling.params.shift) - 1
            sent = np.zeros(self.pooling.params.lanes, np.uint8)
            shown = shown_word(sent if self.pushes is None else self.pushes)
            row = (self.now, sums & mask, self.pushes is not None, shown, self.pooling.sent & 0xFF)
            self.records["pooling"].append(row)
        self.pooled.tick(pushed, offer=step, ready=answering)

    def finish(self, step: bool, stall: bool) -> bool:
        """Take a word of the pooled pixel, if there is one; answer when it is whole."""
        free = self.now >= self.free and not stall
        if not self.means.tick(self.pooled.valid, np.array([free]), step=step):
            return False
        if not self.pixel:
            self.records["answer"].append((self.now, *self.shown, False))
        self.pixel.append(self.pooled.queue[0])
        if len(self.pixel) == self.means.params.words:
            scores, answer = self.last.run(np.array(self.pixel))
            self.pixel, self.free = [], self.now + self.end.ticks
            self.answers.append(Answer(answer, scores, self.free))
            self.shown = (scores & (1 << self.end.score_bits) - 1, answer)
            self.records["answer"].append((self.free - 1, *self.shown, True))
        return True

    def trace(self) -> dict[str, np.ndarray]:
        """Return the trace records of all parts so far; a core's parts have its name in front."""
        found = {
            f"core{k}.{name}": records
            for k, core in enumerate(self.cores)
            for name, records in core.trace().items()
        }
        layouts = dict(self.params.parts)
        for name, rows in self.records.items():
            found[name] = np.array(rows, layouts[name].record_dtype)
        return found
