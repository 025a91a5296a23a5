"""The array, a timestep at a time, for many images per call; and the chain, which is one.

Ref: Dazzi 2021, section 2.4 and Fig. 10A. Time is counted in timesteps only; what happens in one is
in :mod:`goldspike.model.imc.shared.array_steps`. :mod:`goldspike.model.imc.chain` is the level of
the clock cycle; a test holds the two against each other, and both against
:func:`goldspike.workloads.imc.convolution.convolve`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.shared import array_state as at
from goldspike.model.imc.shared.array import ArrayParams, Core, Kind, Stream
from goldspike.model.imc.shared.array_steps import run
from goldspike.model.imc.shared.chain import ChainParams, Weights

__all__ = ["ArrayDataflow", "ChainDataflow"]

IN_FLIGHT = 64
"""Images that are under way at once, at most; and answers per call, beside them."""
MOST_ACCESSES = 1 << 16


@dataclass
class Event:
    """What a core made: the core, the timestep, and activations or partial sums."""

    core: int
    timestep: int
    pixel: np.ndarray


class ArrayDataflow:
    """An array, a timestep at a time.

    Parameters
    ----------
    params : ArrayParams
    weights : Weights
        Of whole stages.
    traced : bool
        Keep what every core makes (:attr:`events`) and every access (:attr:`log`).
    most_answers : int
        Answers that a call of :meth:`run` gives, at most.
    """

    def __init__(
        self, params: ArrayParams, weights: Weights, *, traced: bool = False, most_answers: int = 64
    ) -> None:
        self.params, self.weights, self.traced = params, weights, traced
        self.answers: list[tuple[int, int, np.ndarray]] = []  # timestep, class, scores
        self.events: list[Event] = []
        self.log: list[np.ndarray] = []
        self.starts: list[int] = []  # timestep of every image's first pixel
        self.state = Loader(params, weights).state(most_answers, MOST_ACCESSES if traced else 0)
        self.state.counters[at.NOW] = -1

    @property
    def now(self) -> int:
        """The timestep that was last."""
        return int(self.state.counters[at.NOW])

    @property
    def outputs(self) -> list[int]:
        """Outputs that every core has made."""
        return self.state.counts[:, at.MADE].tolist()

    @property
    def reads(self) -> list[int]:
        """Words that every core's input memory has read."""
        return self.state.counts[:, at.READS].tolist()

    @property
    def writes(self) -> list[int]:
        """Words that have been written into every core's input memory."""
        return self.state.counts[:, at.WRITES].tolist()

    @property
    def nonzero(self) -> list[int]:
        """Activations that every core has made and that are not 0."""
        return self.state.counts[:, at.NONZERO].tolist()

    @property
    def carried(self) -> list[int]:
        """Pixels or sums that every stream has carried."""
        return self.state.carried.tolist()

    @property
    def moves(self) -> bool:
        """Whether anything moved or was computed in the last timestep."""
        return bool(self.state.counters[at.MOVED])

    @property
    def reason(self) -> str:
        """Why nothing moves any more, in words."""
        for place, core in reversed([*enumerate(self.params.cores)]):  # those before it wait for it
            queue = int(self.state.cores[place, at.ADDED])
            held = self.params.held(core.stage)
            if queue >= 0 and self.state.queues[queue, at.COUNT] == held:
                return (
                    f"stage {core.stage + 1} waits for pixels that cannot come while the "
                    f"{held} residual pixels that it holds wait for them"
                )
        return "a stage waits for what never comes"

    def timestep(self, offered: Iterable[np.ndarray] = (), *, stall: bool = False) -> int:
        """Advance one timestep; return how many of the pixels offered the array accepted.

        With `stall` no answer is taken, so that in the end the last stage takes no pixel. A link's
        timestep begins on the tick after its step: until then a pixel that waits goes on the budget
        of the timestep before. So `stall` is what holds from that tick to the next step's.
        """
        channels = self.params.stages[0].layer.channels
        pixels = np.array([*offered], np.int8).reshape(-1, channels)
        return self.run(pixels, 1, stall=stall)

    def run(
        self, pixels: np.ndarray, timesteps: int, *, final: bool = True, stall: bool = False
    ) -> int:
        """Advance timesteps; return how many of the pixels, int8 (n, channels), were taken.

        Fewer timesteps if there is no place for more answers, if nothing moves any more, or if the
        pixels do not fill a timestep and are not the `final` ones.
        """
        if not self.traced:
            return self.advance(pixels, timesteps, final=final, stall=stall)
        taken = idle = 0
        for _ in range(timesteps):  # one by one, as only the last outputs can still be seen
            enough = final or len(pixels) - taken >= self.params.streams[0].budget
            if idle == 2 or not enough:
                break
            taken += self.advance(pixels[taken:], 1, final=final, stall=stall)
            idle = 0 if self.moves else idle + 1
        return taken

    def advance(self, pixels: np.ndarray, timesteps: int, *, final: bool, stall: bool) -> int:
        """Do it; with a trace, note accesses and what every core made in the last timestep."""
        s, before = self.state, self.outputs if self.traced else []
        taken = int(s.counters[at.TAKEN])
        s.counters[[at.SENT, at.ANSWERED, at.LOGGED]] = 0
        run(s, np.ascontiguousarray(pixels, np.int8), timesteps, final, stall)
        for row in s.answers[: s.counters[at.ANSWERED]]:
            scores = row[1:].copy()
            self.answers.append((int(row[0]), int(np.argmax(scores)), scores))
        size = self.params.stages[0].layer.height * self.params.stages[0].layer.width
        for image in range(-(-taken // size), -(-int(s.counters[at.TAKEN]) // size)):
            self.starts.append(int(s.starts[image % s.starts.size]))
        if self.traced:
            self.log.append(s.log[: s.counters[at.LOGGED]].copy())
            for core, (old, new) in enumerate(zip(before, self.outputs, strict=True)):
                made = self.newest(core, new - old)
                self.events += [Event(core, self.now, pixel) for pixel in made]
        return int(s.counters[at.SENT])

    def newest(self, core: int, count: int) -> list[np.ndarray]:
        """Return what a core made last, out of its output queue."""
        q = self.state.queues[self.state.cores[core, at.OUT]]
        offset, size, capacity, head, held = q[:5].tolist()
        places = [(head + held - count + k) % capacity for k in range(count)]
        found = [self.state.items[offset + p * size : offset + (p + 1) * size] for p in places]
        dtype = np.int8 if self.params.cores[core].last else np.int64
        return [pixel.astype(dtype) for pixel in found]


class ChainDataflow(ArrayDataflow):
    """A chain, a timestep at a time: an array of one core per stage."""

    def __init__(self, params: ChainParams, weights: Weights, *, traced: bool = False) -> None:
        super().__init__(ArrayParams.of(params), weights, traced=traced)


class Loader:
    """Lays an array out: constants, queues, streams, weights."""

    def __init__(self, params: ArrayParams, weights: Weights) -> None:
        self.params, self.weights = params, weights
        self.queues: list[tuple[int, int]] = []  # size of an item, capacity
        self.senders: list[tuple[int, int, int]] = []
        self.receivers: list[tuple[int, int, int, int]] = []
        self.cores = np.full((len(params.cores), 24), -1, np.int64)
        self.matrix: list[np.ndarray] = []
        self.scales: list[np.ndarray] = []
        self.sizes = np.zeros(4, np.int64)  # of memories, row buffers, weights and scales so far

    def queue(self, size: int, capacity: int) -> int:
        """Add a queue; return its number."""
        self.queues.append((size, capacity))
        return len(self.queues) - 1

    def load(self, place: int, core: Core) -> None:
        """Lay a core out."""
        params, stage = self.params, self.params.stages[core.stage]
        layer, (first, inputs), (left, outputs) = stage.layer, core.inputs, core.outputs
        area, added = layer.kernel * layer.kernel, core.last and stage.residual >= 0
        sends = core.column == 0 and params.sends_residual(core.stage)
        room = 2 * stage.replicas
        self.cores[place, : at.MEMORY] = (
            layer.height, layer.width, layer.kernel, layer.stride, layer.padding, layer.height_out,
            layer.width_out, sends, inputs, outputs, stage.replicas, core.words, core.last,
            stage.gain if added else 0, stage.shift, stage.relu,
        )  # fmt: skip
        self.cores[place, at.MEMORY : at.OUT] = self.sizes
        self.cores[place, at.OUT :] = (
            self.queue(outputs, room),
            self.queue(inputs, room) if sends else -1,
            self.queue(outputs, params.held(core.stage)) if added else -1,
            -1 if core.first else self.queue(outputs, room),
        )
        kept = self.weights.cores[core.stage]
        kernel = kept.weights.reshape(area, layer.channels, layer.outputs)
        part = kernel[:, first : first + inputs, left : left + outputs]
        self.matrix.append(part.astype(np.int32).ravel())
        scale = np.stack([kept.multiplier, kept.bias]).astype(np.int64)
        self.scales.append(scale[:, left : left + outputs])
        self.sizes += (
            layer.height * layer.kernel * inputs, area * inputs, area * inputs * outputs, outputs
        )  # fmt: skip

    def lead(self, stream: Stream, means: int) -> tuple[int, int, int, int, int]:
        """Lay a stream out."""
        begin = len(self.senders), len(self.receivers)
        for place in stream.senders:
            if place < 0:
                self.senders.append((-1, 0, stream.channels))
                continue
            core = self.params.cores[place]
            skips = stream.kind == Kind.RESIDUAL and not self.params.shortcut(core.stage)
            first, size = core.inputs if skips else core.outputs
            queue = self.cores[place, at.SKIP if skips else at.OUT]
            self.senders.append((int(queue), 0 if stream.kind == Kind.SUM else first, size))
        for place in stream.receivers:
            if place < 0:
                self.receivers.append((at.TO_POOLING, means, 0, stream.channels))
                continue
            core, queues = self.params.cores[place], self.cores[place]
            if stream.kind == Kind.PIXEL:
                self.receivers.append((at.TO_MEMORY, place, *core.inputs))
            elif stream.kind == Kind.RESIDUAL:
                self.receivers.append((at.TO_QUEUE, int(queues[at.ADDED]), *core.outputs))
            else:
                queue = int(queues[at.SUMS])
                self.receivers.append((at.TO_QUEUE, queue, 0, stream.channels))
        return begin[0], len(stream.senders), begin[1], len(stream.receivers), stream.budget

    def state(self, most_answers: int, most_accesses: int) -> at.State:
        """Return the array as it is after reset."""
        params = self.params
        for place, core in enumerate(params.cores):
            self.load(place, core)
        layer = params.stages[-1].layer
        means = self.queue(layer.outputs, 2) if params.classes else -1
        streams = [self.lead(stream, means) for stream in params.streams]
        queues = np.zeros((len(self.queues), 7), np.int64)
        queues[:, at.SIZE : at.HEAD] = self.queues
        items = queues[:, at.SIZE] * queues[:, at.CAPACITY]
        queues[:, at.OFFSET] = np.cumsum(items) - items
        scales, widest = np.concatenate(self.scales, axis=1), self.widest
        return at.State(
            cores=self.cores,
            streams=np.array(streams, np.int64),
            senders=np.array(self.senders, np.int64).reshape(-1, 3),
            receivers=np.array(self.receivers, np.int64).reshape(-1, 4),
            matrix=np.concatenate(self.matrix),
            multiplier=scales[0].copy(),
            bias=scales[1].copy(),
            last=np.ascontiguousarray(self.weights.last, np.int64),
            last_bias=np.ascontiguousarray(self.weights.last_bias, np.int64),
            pooling=np.array([layer.height_out * layer.width_out, means], np.int64),
            pointers=np.zeros((len(params.cores), 8), np.int64),
            counts=np.zeros((len(params.cores), 4), np.int64),
            carried=np.zeros(len(streams), np.int64),
            queues=queues,
            items=np.zeros(int(items.sum()), np.int32),
            memory=np.zeros(int(self.sizes[0]), np.int8),
            buffers=np.zeros(int(self.sizes[1]), np.int8),
            made=np.zeros(widest, np.int8),
            sums=np.zeros(widest, np.int32),
            pixel=np.zeros(widest, np.int32),
            mean=np.zeros(layer.outputs, np.int64),
            counters=np.zeros(7, np.int64),
            answers=np.zeros((most_answers, 1 + params.classes), np.int64),
            starts=np.zeros(most_answers + IN_FLIGHT, np.int64),
            log=np.zeros((most_accesses, 4), np.int64),
        )

    @property
    def widest(self) -> int:
        """Channels of the widest pixel."""
        layers = [stage.layer for stage in self.params.stages]
        return max(max(layer.channels, layer.outputs) for layer in layers)
