"""What a chain of cores is made of, and what it is loaded with.

Ref: Dazzi 2021, sections 2.1, 2.4 and 3.1, Fig. 1, Fig. 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.fully_connected import FullyConnectedParams
from goldspike.model.imc.pooling import PoolingParams
from goldspike.model.imc.shared.layer import LayerParams, require_word_bits
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = ["MOST_REPLICAS", "Answer", "ChainParams", "CoreWeights", "Weights"]


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
    def pooling(self) -> PoolingParams:
        """The pooling."""
        last = self.layers[-1]
        return PoolingParams(
            pixels=last.height_out * last.width_out,
            channels=last.outputs,
            word_bits=self.word_bits,
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
