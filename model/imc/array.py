"""Array: cores, the streams between them, pooling and a fully connected layer.

Ref: Dazzi 2021, sections 2.1, 2.4.4 and 3.1.3, Fig. 9. What stages, cores and streams there are is
in :mod:`goldspike.model.imc.shared.array`; here, what they are made of. All they share is the
timestep, which lasts as long as the busiest core may take.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.fully_connected import FullyConnectedParams
from goldspike.model.imc.link import LinkParams
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.pooling import PoolingParams
from goldspike.model.imc.shared.array import ArrayParams as Stages
from goldspike.model.imc.shared.array import Core, Kind, Stream
from goldspike.model.imc.shared.chain import ChainParams
from goldspike.model.imc.shared.layer import slices
from goldspike.model.imc.shared.stream import StreamParams
from goldspike.model.trace import TraceLayout

__all__ = ["ArrayParams"]

Cuts = tuple[int, ...]
"""Channels on which a pixel's segments begin, and the end."""


@dataclass(frozen=True, kw_only=True)
class ArrayParams(Stages):
    """An array as a circuit.

    Parameters
    ----------
    rows_per_tick : int
        Of every crossbar.
    brief : bool
        Whether only what leaves the cores is traced.
    """

    rows_per_tick: int = 16
    brief: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for k, stage in enumerate(self.stages):
            if stage.residual >= 0 and not stage.gain:
                raise ValueError(f"the gain of stage {k + 1} must not be 0, as it adds a residual")
        _ = self.circuits, self.flows

    @classmethod
    def of(cls, chain: ChainParams) -> "ArrayParams":
        """Return a chain as an array of one core per stage."""
        stages = Stages.of(chain)
        names = ("stages", "classes", "link_bits", "weight_bits", "word_bits", "depth")
        return cls(
            **{name: getattr(stages, name) for name in names}, rows_per_tick=chain.rows_per_tick
        )

    def made_cuts(self, stage: int) -> Cuts:
        """Return where the pixels that a stage makes (-1: those of the image) are cut."""
        after = self.followers(stage)
        if after:
            return tuple(self.cuts(after[0]))
        if self.shortcut(stage):
            sink = next(k for k, s in enumerate(self.stages) if s.residual == stage)
            return self.added_cuts(sink)
        return edges(self.sent(stage))

    def added_cuts(self, stage: int) -> Cuts:
        """Return where the residual pixels that a stage adds are cut."""
        source = self.stages[stage].residual
        if source < 0:
            return ()
        if self.shortcut(source):
            return edges([*self.sent(source), *self.sent(stage)])
        return tuple(self.cuts(source))

    def count(self, cuts: Cuts, part: tuple[int, int]) -> int:
        """Return the words of a part (first channel, channels) of a pixel."""
        return len(slices(part[1], segments(cuts, part), self.word_bits // 8))

    @property
    def window(self) -> int:
        """Ticks in which the pixels and sums of a timestep pass; a core's input has its own."""
        inputs = (
            stage.replicas * self.count(tuple(self.cuts(k)), (0, stage.layer.channels))
            for k, stage in enumerate(self.stages)
        )
        return max(*inputs, *(stream.budget * self.words_of(stream) for stream in self.streams))

    @cached_property
    def circuits(self) -> tuple[CoreParams, ...]:
        """The cores, as circuits."""
        window = self.window
        return tuple(self.circuit(core, window) for core in self.cores)

    def circuit(self, core: Core, window: int) -> CoreParams:
        """Return a core as a circuit."""
        stage = self.stages[core.stage]
        (first, inputs), outputs = core.inputs, core.outputs
        area = stage.layer.kernel**2
        adds = core.last and stage.residual >= 0
        layer = replace(stage.layer, channels=inputs, outputs=outputs[1])
        params = CoreParams(
            layer=layer,
            word_bits=self.word_bits,
            depth=self.depth,
            weight_bits=self.weight_bits,
            rows_per_tick=self.rows_per_tick,
            brief=self.brief,
            window=window,
            arrivals=self.arrivals(core.stage),
            replicas=stage.replicas,
            residual_out=core.column == 0 and self.sends_residual(core.stage),
            segments=segments(tuple(self.cuts(core.stage)), core.inputs),
            rows_before=area * first,
            rows_after=area * (stage.layer.channels - first - inputs),
        )
        if not core.last:
            return params
        return replace(
            params,
            shift=stage.shift,
            relu=stage.relu,
            gain=stage.gain if adds else 0,
            held=stage.held if adds else 0,
            out_segments=segments(self.made_cuts(core.stage), outputs),
            residual_segments=segments(self.added_cuts(core.stage), outputs) if adds else (),
        )

    def ends(self, stream: Stream) -> tuple[Cuts, list[tuple[int, int]], list[tuple[int, int]]]:
        """Return where a stream's pixels are cut, and the channels of senders and receivers."""
        taken = [self.cores[k] for k in stream.receivers if k >= 0]
        sent = [self.cores[k] for k in stream.senders if k >= 0]
        whole = [(0, stream.channels)]
        if stream.kind == Kind.PIXEL:
            made = [core.outputs for core in sent] or whole
            return self.made_cuts(stream.stage), made, [core.inputs for core in taken] or whole
        cuts = self.added_cuts(taken[0].stage)
        skips = not self.shortcut(stream.stage)
        made = [core.inputs if skips else core.outputs for core in sent]
        return cuts, made, [core.outputs for core in taken]

    def words_of(self, stream: Stream) -> int:
        """Return the words of what a stream carries."""
        if stream.kind == Kind.SUM:
            return self.circuit(self.cores[stream.senders[0]], 4096).packer.words
        cuts, made, _ = self.ends(stream)
        return sum(self.count(cuts, part) for part in made)

    @cached_property
    def flows(self) -> tuple[StreamParams, ...]:
        """The streams, as circuits."""
        return tuple(self.flow(stream) for stream in self.streams)

    def flow(self, stream: Stream) -> StreamParams:
        """Return a stream as a circuit."""
        total = self.words_of(stream)
        senders, receivers = (total,), ((0, total),)
        if stream.kind != Kind.SUM:
            cuts, made, taken = self.ends(stream)
            senders = tuple(self.count(cuts, part) for part in made)
            receivers = tuple(
                (self.count(cuts, (0, first)) if first else 0, self.count(cuts, (first, size)))
                for first, size in taken
            )
        return StreamParams(
            senders=senders,
            receivers=receivers,
            pixels=stream.budget,
            # the image's pixels come at any time; all others are there as a timestep begins
            window=self.window if stream.stage < 0 else 0,
            word_bits=self.word_bits,
        )

    @property
    def pooling(self) -> PoolingParams:
        """The pooling; where segments end, it has lanes that are always 0."""
        last, words = self.stages[-1].layer, self.pooled.words
        cut = len(self.made_cuts(len(self.stages) - 1)) > 2
        return PoolingParams(
            pixels=last.height_out * last.width_out,
            channels=words * self.word_bits // 8 if cut else last.outputs,
            word_bits=self.word_bits,
        )

    @property
    def pooled(self) -> OutputMemoryParams:
        """The memory behind the pooling."""
        cuts = self.made_cuts(len(self.stages) - 1)
        words = self.count(cuts, (0, self.stages[-1].layer.outputs))
        return OutputMemoryParams(words=words, pixels=2, word_bits=self.word_bits)

    @property
    def means(self) -> LinkParams:
        """The link behind the pooling."""
        return LinkParams(words=self.pooled.words, word_bits=self.word_bits)

    @property
    def fully_connected(self) -> FullyConnectedParams:
        """The last layer."""
        outputs = self.stages[-1].layer.outputs
        return FullyConnectedParams(
            channels=outputs,
            classes=self.classes,
            weight_bits=self.weight_bits,
            rows_per_tick=self.rows_per_tick,
            word_bits=self.word_bits,
            segments=segments(self.made_cuts(len(self.stages) - 1), (0, outputs)),
        )

    @property
    def timestep(self) -> int:
        """Ticks of a timestep."""
        cores = max(core.busiest for core in self.circuits)
        if not self.classes:
            return cores
        return max(cores, 2 + self.window + self.fully_connected.ticks)

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """The traced parts by name."""
        cores = [(f"core{k}", core.trace) for k, core in enumerate(self.circuits)]
        if not self.classes:
            return tuple(cores)
        return (*cores, ("pooling", self.pooling.trace), ("answer", self.fully_connected.trace))

    @property
    def trace(self) -> TraceLayout:
        """The words of all parts, each behind a byte that says whether it is of this tick."""
        return TraceLayout.combined(self.parts)


def edges(parts: list[tuple[int, int]]) -> Cuts:
    """Return where parts (first channel, channels) begin and end."""
    return tuple(sorted({edge for first, size in parts for edge in (first, first + size)}))


def segments(cuts: Cuts, part: tuple[int, int]) -> tuple[int, ...]:
    """Return the segments of a part; empty where it is one."""
    first, size = part
    sizes = tuple(b - a for a, b in pairwise(cuts) if first <= a and b <= first + size)
    return sizes if len(sizes) > 1 else ()
