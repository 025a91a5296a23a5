"""The array: a network's layers on cores, each layer on one core or split over several.

Ref: Dazzi 2021, sections 2.1, 2.4.4 (Eq. 5, 6) and 3.1.3, Fig. 9. A *stage* is a layer of the
network. Row parts share its input channels: partial sums go from the first core to the last, which
alone has a digital processor. Column parts share its output channels. All that moves between cores
is a *stream* of pixels or sums with a bandwidth; a pixel moves when every sender offers its part
and every receiver takes its own. A chain of cores is an array of one core per stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from goldspike.model.imc.shared.chain import MOST_REPLICAS, ChainParams
from goldspike.model.imc.shared.layer import ACTIVATION_BITS, LayerParams, require_word_bits
from goldspike.model.params import require_int

__all__ = ["ArrayParams", "Core", "Kind", "StageParams", "Stream", "ranges"]

SUM_BITS = 31
"""Bits that a stage's sums may have: they are added in 32."""


def ranges(total: int, parts: int) -> list[tuple[int, int]]:
    """Return `parts` ranges (first, size), as even as can be, the larger ones first."""
    size, rest = divmod(total, parts)
    sizes = [size + (k < rest) for k in range(parts)]
    return [(sum(sizes[:k]), sizes[k]) for k in range(parts)]


@dataclass(frozen=True, kw_only=True)
class StageParams:
    """A layer on its cores.

    Parameters
    ----------
    layer : LayerParams
    source : int
        The stage whose pixels it takes; -1 is the image.
    shift : int
    relu : bool
    residual : int
        The stage whose input it adds, or whose output if that is a shortcut; -1 for none.
    gain : int
        What the residual is multiplied with.
    replicas : int
        Outputs per timestep.
    row_parts, column_parts : int
        Cores that share the input channels, and the output channels.
    held : int
        Residual pixels that wait to be added; 0 stands for two timesteps' worth.
    """

    layer: LayerParams
    source: int = -1
    shift: int = 0
    relu: bool = True
    residual: int = -1
    gain: int = 0
    replicas: int = 1
    row_parts: int = 1
    column_parts: int = 1
    held: int = 0

    def __post_init__(self) -> None:
        require_int("replicas", self.replicas, 1, MOST_REPLICAS)
        require_int("row_parts", self.row_parts, 1, self.layer.channels)
        require_int("column_parts", self.column_parts, 1, self.layer.outputs)
        require_int("held", self.held, 0, 4096)

    @property
    def taken(self) -> tuple[int, int, int]:
        """Height, width and channels of the input."""
        return self.layer.height, self.layer.width, self.layer.channels

    @property
    def made(self) -> tuple[int, int, int]:
        """Height, width and channels of the output."""
        return self.layer.height_out, self.layer.width_out, self.layer.outputs


@dataclass(frozen=True)
class Core:
    """A core: its stage, its part of it, and the words of an input pixel in its memory."""

    stage: int
    row: int
    column: int
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    first: bool
    last: bool
    words: int
    sum_bits: int
    """Bits of what it sends on, if it is not the last of its column."""


class Kind:
    """What a stream carries."""

    PIXEL, RESIDUAL, SUM = range(3)


@dataclass(frozen=True)
class Stream:
    """Pixels or sums on their way.

    `senders` and `receivers` are cores; -1 is the image, and as a receiver the pooling. `stage` is
    the one that sends, -1 for the image.
    """

    kind: int
    stage: int
    senders: tuple[int, ...]
    receivers: tuple[int, ...]
    channels: int
    bits: int
    budget: int


@dataclass(frozen=True, kw_only=True)
class ArrayParams:
    """Stages on an array of cores.

    Parameters
    ----------
    stages : tuple of StageParams
        In order: a stage takes the output of an earlier one. The last one's pixels go to pooling
        and fully connected layer, and are a power of two then.
    classes : int
        Outputs of the fully connected layer; 0: none, and the last stage's pixels are taken away.
    link_bits : int
        Bits that a link carries in a timestep; 0: as many as asked for.
    weight_bits, word_bits, depth : int
        Of every core.

    Raises
    ------
    ValueError
        If stages do not fit each other, a memory or a link; the sentence names the stage.
    """

    stages: tuple[StageParams, ...]
    classes: int = 10
    link_bits: int = 0
    weight_bits: int = 8
    word_bits: int = 128
    depth: int = 512

    def __post_init__(self) -> None:
        require_int("weight_bits", self.weight_bits, 2, 8)
        require_int("depth", self.depth, 1, 1 << 20)
        require_int("link_bits", self.link_bits, 0)
        require_word_bits(self.word_bits)
        if not self.stages:
            raise ValueError("an array must have a stage")
        senders: list[int] = []
        for k, stage in enumerate(self.stages):
            if not -1 <= stage.source < k or (k and stage.source < 0):
                raise ValueError(f"stage {k + 1} must take the output of an earlier one")
            if k and self.stages[stage.source].made != stage.taken:
                made = self.stages[stage.source].made
                raise ValueError(f"stage {k + 1} must take the {made} that its source makes")
            if stage.residual >= 0:
                self.check_residual(k, stage)
                senders.append(stage.residual)
        if len(set(senders)) < len(senders):
            raise ValueError("a stage must send one residual at most")
        if any(self.shortcut(k) and k not in senders for k in range(len(self.stages))):
            raise ValueError("every stage but the last must be taken or added by another")
        if self.shortcut(0):
            raise ValueError("the first stage must not be a shortcut")
        pixels = self.stages[-1].layer.height_out * self.stages[-1].layer.width_out
        if self.classes and pixels & (pixels - 1):
            raise ValueError(f"pixels must be a power of two, not {pixels}")
        self.check_cores()
        _ = self.streams

    def check_residual(self, k: int, stage: StageParams) -> None:
        """Make sure that a residual comes from before and keeps its shape."""
        if stage.residual >= k:
            raise ValueError(f"the residual of stage {k + 1} must come from an earlier one")
        source = self.stages[stage.residual]
        shape = source.made if self.shortcut(stage.residual) else source.taken
        if shape != stage.made:
            raise ValueError(
                f"the residual from stage {stage.residual + 1} to {k + 1} must keep its shape"
            )

    def check_cores(self) -> None:
        """Make sure that pixels fit the memories, and sums their adders."""
        for core in self.cores:
            layer = self.stages[core.stage].layer
            if layer.height * layer.kernel * core.words > self.depth:
                raise ValueError(
                    f"{layer.height} x {layer.kernel} pixels of {core.words} words must fit in "
                    f"{self.depth} words, in stage {core.stage + 1}"
                )
            if core.sum_bits > SUM_BITS:
                raise ValueError(f"the sums of stage {core.stage + 1} must fit in {SUM_BITS} bits")

    @classmethod
    def of(cls, chain: ChainParams) -> "ArrayParams":
        """Return a chain as an array of one core per stage."""
        added = {sink: (source, gain) for source, sink, gain in chain.residuals}
        stages = []
        for k, layer in enumerate(chain.layers):
            residual, gain = added.get(k, (-1, 0))
            stages.append(
                StageParams(
                    layer=layer, source=k - 1, shift=chain.shifts[k], residual=residual, gain=gain,
                    replicas=chain.replicas[k], relu=chain.has_relu(k),
                )
            )  # fmt: skip
        return cls(
            stages=tuple(stages), classes=chain.classes, weight_bits=chain.weight_bits,
            word_bits=chain.word_bits, depth=chain.depth,
        )  # fmt: skip

    def shortcut(self, stage: int) -> bool:
        """Return whether a stage's output is only added."""
        return stage != len(self.stages) - 1 and all(s.source != stage for s in self.stages)

    def followers(self, stage: int) -> list[int]:
        """Return the stages that take a stage's output (-1: the image)."""
        return [k for k, s in enumerate(self.stages) if s.source == stage]

    def sends_residual(self, stage: int) -> bool:
        """Return whether a stage's input is added somewhere."""
        return any(s.residual == stage for s in self.stages) and not self.shortcut(stage)

    def arrivals(self, stage: int) -> int:
        """Return the pixels that a stage takes in a timestep at most."""
        source = self.stages[stage].source
        return self.stages[max(0, source)].replicas

    def cuts(self, stage: int) -> list[int]:
        """Return where the pixels that a stage takes are cut, 0 and the end included."""
        source = self.stages[stage].source
        pieces = [(0, self.stages[stage].layer.channels)]
        if source >= 0:
            made = self.stages[source]
            pieces += ranges(made.layer.outputs, made.column_parts)
        for k in self.followers(source):
            pieces += ranges(self.stages[k].layer.channels, self.stages[k].row_parts)
            if self.sends_residual(k):  # whose words leave as they are stored
                sink = next(s for s in self.stages if s.residual == k)
                pieces += ranges(sink.layer.outputs, sink.column_parts)
        return sorted({edge for first, size in pieces for edge in (first, first + size)})

    def words(self, stage: int, first: int, size: int) -> int:
        """Return the words that channels of a pixel take; every segment begins on one."""
        edges = [edge for edge in self.cuts(stage) if first <= edge <= first + size]
        bits = [(b - a) * ACTIVATION_BITS for a, b in pairwise(edges)]
        return sum(-(-n // self.word_bits) for n in bits)

    @cached_property
    def cores(self) -> tuple[Core, ...]:
        """Every core, stage by stage, column by column, in a column row by row."""
        return tuple(core for k in range(len(self.stages)) for core in self.cores_of(k))

    def cores_of(self, k: int) -> Iterator[Core]:
        """Yield a stage's cores."""
        stage = self.stages[k]
        area = stage.layer.kernel**2
        for column, outputs in enumerate(ranges(stage.layer.outputs, stage.column_parts)):
            for row, inputs in enumerate(ranges(stage.layer.channels, stage.row_parts)):
                rows = area * sum(inputs)
                yield Core(
                    k, row, column, inputs, outputs, row == 0, row == stage.row_parts - 1,
                    self.words(k, *inputs), ACTIVATION_BITS + self.weight_bits - 1
                    + rows.bit_length(),
                )  # fmt: skip

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream: pixels (that of the image first), residuals, sums."""
        made = [self.pixels(k) for k in range(-1, len(self.stages)) if not self.shortcut(k)]
        made += [self.residual(k) for k, s in enumerate(self.stages) if s.residual >= 0]
        return (*made, *self.sums())

    def budget(self, stage: int, bits: int, what: str) -> int:
        """Return how many of `bits` each a stage's links carry in a timestep."""
        count = self.stages[max(0, stage)].replicas
        if self.link_bits:
            count = min(count, self.link_bits // bits)
            if not count:
                raise ValueError(
                    f"{what} of stage {stage + 1} are {bits} bits each, and a link carries "
                    f"{self.link_bits} in a timestep"
                )
        return count

    def select(self, stage: int, **want: object) -> tuple[int, ...]:
        """Return the places of a stage's cores of which all `want` is true."""
        return tuple(
            place
            for place, core in enumerate(self.cores)
            if core.stage == stage and all(getattr(core, key) == v for key, v in want.items())
        )

    def pixels(self, stage: int) -> Stream:
        """Return the stream of a stage's outputs, or (-1) of the image."""
        after = self.followers(stage)
        receivers = tuple(place for k in after for place in self.select(k))
        if stage == len(self.stages) - 1:
            receivers = (-1,) if self.classes else ()
        channels = self.stages[max(0, stage)].layer
        count = channels.channels if stage < 0 else channels.outputs
        senders = self.select(stage, last=True) if stage >= 0 else (-1,)
        bits = max(size for _, size in self.sent(stage)) * ACTIVATION_BITS
        budget = self.budget(stage, bits, "the pixels")
        return Stream(Kind.PIXEL, stage, senders, receivers, count, bits, budget)

    def sent(self, stage: int) -> list[tuple[int, int]]:
        """Return the channels that each of a stage's last cores sends."""
        if stage < 0:
            return [(0, self.stages[0].layer.channels)]
        return ranges(self.stages[stage].layer.outputs, self.stages[stage].column_parts)

    def residual(self, sink: int) -> Stream:
        """Return the stream of the residual that a stage adds."""
        source = self.stages[sink].residual
        if self.shortcut(source):
            senders, pieces = self.select(source, last=True), self.sent(source)
        else:
            senders = self.select(source, column=0)
            stage = self.stages[source]
            pieces = ranges(stage.layer.channels, stage.row_parts)
        bits = max(size for _, size in pieces) * ACTIVATION_BITS
        budget = self.budget(source, bits, "the residuals")
        channels = self.stages[sink].layer.outputs
        receivers = self.select(sink, last=True)
        return Stream(Kind.RESIDUAL, source, senders, receivers, channels, bits, budget)

    def sums(self) -> Iterator[Stream]:
        """Yield the streams of partial sums."""
        for place, core in enumerate(self.cores):
            if not core.last:
                count = core.outputs[1]
                bits = count * -(-core.sum_bits // 8) * 8
                budget = self.budget(core.stage, bits, "the partial sums")
                yield Stream(Kind.SUM, core.stage, (place,), (place + 1,), count, bits, budget)

    def held(self, stage: int) -> int:
        """Return the residual pixels that a stage's last cores can keep."""
        return self.stages[stage].held or 2 * self.stages[stage].replicas

    def changed(self, **parts: tuple[int, ...]) -> "ArrayParams":
        """Return an array of which the stages differ, by name one value per stage."""
        stages = tuple(
            replace(stage, **{name: values[k] for name, values in parts.items()})
            for k, stage in enumerate(self.stages)
        )
        return replace(self, stages=stages)
