"""A chain of cores, pooling and a fully connected layer: a small CNN on chip.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1, Fig. 1, Fig. 9. Cores, links and the end run by
themselves; all they share is the timestep, which lasts as long as the busiest core may take.
Besides the chain, residual links lead from one core's input memory to a later core's digital
processor. This is the level of the clock cycle; :mod:`goldspike.model.imc.shared.dataflow` is that
of the timestep.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from goldspike.model.imc.core import CoreIn, CoreModel, CoreParams, shown_word
from goldspike.model.imc.fully_connected import FullyConnectedModel, FullyConnectedParams
from goldspike.model.imc.link import LinkModel, LinkParams
from goldspike.model.imc.output_memory import OutputMemoryModel, OutputMemoryParams
from goldspike.model.imc.pooling import PoolingModel, PoolingParams
from goldspike.model.imc.shared.layer import LayerParams, require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = ["ChainModel", "ChainParams", "CoreWeights", "Weights"]


MOST_REPLICAS = 16
"""Outputs of a core per timestep."""


@dataclass(frozen=True, kw_only=True)
class ChainParams:
    """A chain.

    Parameters
    ----------
    layers : tuple of LayerParams
        One core each; every one takes what the one before makes. The last one's pixels are a power
        of two.
    shifts : tuple of int
        Bits rounded off in each core.
    residuals : tuple of (int, int, int)
        The core whose input is sent on, the later core that adds it, and the gain. A core sends
        one residual at most, and adds one at most.
    classes : int
        Outputs of the fully connected layer.
    replicas : tuple of int
        Outputs per timestep of each core; the first one also takes as many pixels.
    relus : tuple of bool
        Which cores have a ReLU; by default all.
    weight_bits, rows_per_tick, word_bits, depth : int
        The same for all cores.
    """

    layers: tuple[LayerParams, ...]
    shifts: tuple[int, ...]
    residuals: tuple[tuple[int, int, int], ...] = ()
    classes: int = 10
    replicas: tuple[int, ...] = ()
    relus: tuple[bool, ...] = ()
    weight_bits: int = 8
    rows_per_tick: int = 16
    word_bits: int = 128
    depth: int = 512

    def __post_init__(self) -> None:
        require_word_bits(self.word_bits)
        if not self.layers or len(self.shifts) != len(self.layers):
            raise ValueError(f"shifts must have one entry per layer, not {self.shifts}")
        for before, after in zip(self.layers, self.layers[1:], strict=False):
            made = (before.height_out, before.width_out, before.outputs)
            if made != (after.height, after.width, after.channels):
                raise ValueError(f"a layer must take the {made} that the one before makes")
        if not self.replicas:
            object.__setattr__(self, "replicas", (1,) * len(self.layers))
        for count in self.replicas:
            require_int("replicas", count, 1, MOST_REPLICAS)
        if len(self.replicas) != len(self.layers):
            raise ValueError(f"replicas must have one entry per layer, not {self.replicas}")
        if self.relus and len(self.relus) != len(self.layers):
            raise ValueError(f"relus must have one entry per layer, not {self.relus}")
        for residual in self.residuals:
            if len(residual) != 3:
                raise ValueError(f"a residual must be (source, sink, gain), not {residual}")
        for ends in list(zip(*self.residuals, strict=True))[:2]:
            if len(set(ends)) < len(ends):
                raise ValueError(
                    f"a core must send one residual and add one at most, not {self.residuals}"
                )
        for source, sink, gain in self.residuals:
            require_int("gain", gain, 1)
            if not 0 <= source < sink < len(self.layers):
                raise ValueError(f"a residual must lead forward, not from {source} to {sink}")
            taken, made = self.layers[source], self.layers[sink]
            if (taken.height, taken.width, taken.channels) != (
                made.height_out, made.width_out, made.outputs
            ):  # fmt: skip
                raise ValueError(f"the residual from {source} to {sink} must keep its shape")
        _ = self.cores, self.pooling, self.fully_connected

    def words(self, channels: int) -> int:
        """Return the words of a pixel."""
        return -(-channels * 8 // self.word_bits)

    def has_relu(self, core: int) -> bool:
        """Return whether a core has a ReLU."""
        return not self.relus or self.relus[core]

    @property
    def window(self) -> int:
        """Ticks in which the pixels of a timestep pass their links."""
        first = self.replicas[0] * self.words(self.layers[0].channels)
        rest = (
            count * max(self.words(layer.outputs), self.words(layer.channels))
            for count, layer in zip(self.replicas, self.layers, strict=True)
        )
        return max(first, *rest)

    @property
    def cores(self) -> tuple[CoreParams, ...]:
        """The cores, first one first."""
        gains = {sink: gain for _, sink, gain in self.residuals}
        sources = {source for source, _, _ in self.residuals}
        return tuple(
            CoreParams(
                layer=layer,
                word_bits=self.word_bits,
                depth=self.depth,
                weight_bits=self.weight_bits,
                rows_per_tick=self.rows_per_tick,
                shift=self.shifts[k],
                gain=gains.get(k, 0),
                relu=self.has_relu(k),
                window=self.window,
                arrivals=self.replicas[max(0, k - 1)],
                replicas=self.replicas[k],
                residual_out=k in sources,
            )
            for k, layer in enumerate(self.layers)
        )

    @property
    def links(self) -> tuple[LinkParams, ...]:
        """The link behind each core, then that behind the pooling."""
        ends = zip(self.layers, self.replicas, strict=True)
        behind = [(self.words(layer.outputs), count) for layer, count in ends]
        behind.append((self.words(self.layers[-1].outputs), 1))
        return tuple(
            LinkParams(words=words, pixels=count, word_bits=self.word_bits)
            for words, count in behind
        )

    @property
    def residual_links(self) -> tuple[LinkParams, ...]:
        """The residual links."""
        return tuple(
            LinkParams(
                words=self.words(self.layers[source].channels),
                pixels=self.replicas[source],
                word_bits=self.word_bits,
            )
            for source, _, _ in self.residuals
        )

    @property
    def pooling(self) -> PoolingParams:
        """The pooling."""
        last = self.layers[-1]
        return PoolingParams(
            pixels=last.height_out * last.width_out,
            channels=last.outputs,
            word_bits=self.word_bits,
        )

    @property
    def pooled(self) -> OutputMemoryParams:
        """The memory behind the pooling."""
        return OutputMemoryParams(
            words=self.words(self.layers[-1].outputs), pixels=2, word_bits=self.word_bits
        )

    @property
    def fully_connected(self) -> FullyConnectedParams:
        """The last layer."""
        return FullyConnectedParams(
            channels=self.layers[-1].outputs,
            classes=self.classes,
            weight_bits=self.weight_bits,
            rows_per_tick=self.rows_per_tick,
            word_bits=self.word_bits,
        )

    @property
    def timestep(self) -> int:
        """Ticks of a timestep."""
        last = 2 + self.window + self.fully_connected.ticks
        return max(last, *(core.busiest for core in self.cores))

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """The traced parts by name."""
        cores = [(f"core{k}", core.trace) for k, core in enumerate(self.cores)]
        return (*cores, ("pooling", self.pooling.trace), ("answer", self.fully_connected.trace))

    @property
    def trace(self) -> TraceLayout:
        """The words of all parts, each behind a byte that says whether it is of this tick."""
        return TraceLayout.combined(self.parts)


@dataclass
class CoreWeights:
    """What a core is loaded with: int8 (rows, outputs), and int64 (outputs,) twice."""

    weights: np.ndarray
    multiplier: np.ndarray
    bias: np.ndarray


@dataclass
class Weights:
    """What a chain is loaded with; the last layer's int8 (channels, classes) and its biases."""

    cores: Sequence[CoreWeights]
    last: np.ndarray
    last_bias: np.ndarray


@dataclass
class Answer:
    """An image's class, its scores, and the tick on which they were there."""

    answer: int
    scores: np.ndarray
    tick: int


@dataclass
class ChainModel:
    """A chain, tick by tick."""

    params: ChainParams
    weights: Weights
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        params = self.params
        self.cores = [
            CoreModel(core, w.weights, w.multiplier, w.bias)
            for core, w in zip(params.cores, self.weights.cores, strict=True)
        ]
        self.links = [LinkModel(link) for link in params.links]
        self.residual_links = [LinkModel(link) for link in params.residual_links]
        self.pooling = PoolingModel(params.pooling)
        self.pooled = OutputMemoryModel(params.pooled)
        self.pushes: np.ndarray | None = None  # what the pooling pushes on the next tick
        self.last = FullyConnectedModel(
            params.fully_connected, self.weights.last, self.weights.last_bias
        )
        self.pixel: list[np.ndarray] = []
        self.now = 0
        self.cycle = 0
        self.free = 0  # tick from which the last layer takes a pixel
        self.shown = (np.zeros(params.classes, np.int64), 0)  # scores and answer of the last one
        self.in_ready = self.late = self.busy = False  # what it shows on this tick
        self.records: dict[str, list[tuple]] = {"pooling": [], "answer": []}

    def tick(self, word: np.ndarray | None, *, run: bool, stall: bool = False) -> bool:
        """Advance one tick; return whether the word offered to the first core was taken.

        With `stall` no answer is taken, so that the last layer takes no word.
        Receivers go first, as what they take decides what leaves their senders.
        """
        self.now += 1
        self.late, self.busy = False, run or self.ends_busy
        step = run and self.cycle == 0
        self.cycle = (self.cycle + 1) % self.params.timestep if run else 0
        self.finish(step, stall)
        ready = np.array([self.pooled.room > 0])
        taken = self.links[-2].tick(self.cores[-1].output.valid, ready, step=step)
        self.busy |= taken or self.answering
        self.pool(taken, step)
        residual_taken: dict[int, bool] = {}
        for k in reversed(range(len(self.cores))):
            out = self.tick_core(k, word, step, taken, residual_taken)
            taken = out
        return taken

    def tick_core(
        self, k: int, word: np.ndarray | None, step: bool, taken: bool, residuals: dict[int, bool]
    ) -> bool:
        """Advance a core, `taken` saying whether its word leaves; return whether it took one."""
        core, offered = self.cores[k], word
        if k > 0:
            before, link = self.cores[k - 1].output, self.links[k - 1]
            open_ = before.valid and (link.left > 0 or link.word > 0)
            offered = before.queue[0] if open_ else None
        residual = None
        into = [n for n, (_, sink, _) in enumerate(self.params.residuals) if sink == k]
        for n in into:
            skip, link = self.cores[self.params.residuals[n][0]].skip, self.residual_links[n]
            if skip.valid and (link.left > 0 or link.word > 0):
                residual = skip.queue[0]
        out = core.tick(
            CoreIn(
                step=step,
                word=offered,
                residual=residual,
                out_ready=taken,
                skip_ready=any(
                    residuals[n] for n, r in enumerate(self.params.residuals) if r[0] == k
                ),
            )
        )
        if k > 0:
            self.links[k - 1].tick(offered is not None, np.array([out.taken]), step=step)
        for n in into:
            link = self.residual_links[n]
            link.tick(residual is not None, np.array([out.residual_taken]), step=step)
            residuals[n] = out.residual_taken
        self.in_ready = out.in_ready  # the first core goes last
        self.late |= out.late
        self.busy |= out.busy
        return out.taken

    @property
    def ends_busy(self) -> bool:
        """Whether pooling, the memory behind it or the last layer has begun something."""
        pools = self.pushes is not None or bool(self.pooled.queue)
        return pools or bool(self.pixel) or self.now <= self.free

    def pool(self, taken: bool, step: bool) -> None:
        """Add the word that the last core sends."""
        pushed, self.pushes = self.pushes, None
        if taken:
            sums, self.pushes = self.pooling.take(self.cores[-1].output.queue[0])
            mask = (1 << 8 + self.params.pooling.shift) - 1
            sent = np.zeros(self.params.pooling.lanes, np.uint8)
            shown = shown_word(sent if self.pushes is None else self.pushes)
            row = (self.now, sums & mask, self.pushes is not None, shown, self.pooling.sent & 0xFF)
            self.records["pooling"].append(row)
        self.pooled.tick(pushed, offer=step, ready=self.answering)

    def finish(self, step: bool, stall: bool) -> None:
        """Take a word of the pooled pixel; answer when it is whole."""
        params = self.params.fully_connected
        free = self.now >= self.free and not stall
        self.answering = self.links[-1].tick(self.pooled.valid, np.array([free]), step=step)
        if not self.answering:
            return
        if not self.pixel:
            self.records["answer"].append((self.now, *self.shown, False))
        self.pixel.append(self.pooled.queue[0])
        if len(self.pixel) == params.crossbar.memory.words:
            scores, answer = self.last.run(np.array(self.pixel))
            self.pixel, self.free = [], self.now + params.ticks
            self.answers.append(Answer(answer, scores, self.free))
            self.shown = (scores & (1 << params.score_bits) - 1, answer)
            self.records["answer"].append((self.free - 1, *self.shown, True))

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
