"""Bench of the array: layers on several cores, partial sums, cut pixels, forks and joins."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.imc.chain import ChainBench
from goldspike.cosim.imc.core import square
from goldspike.cosim.imc.shared.networks import loading
from goldspike.cosim.imc.shared.safety import queue_violations
from goldspike.hdl.imc.array import Array
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import Weights
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.shared.array import StageParams
from goldspike.model.imc.shared.array_ticks import ArrayModel, parts_of

__all__ = ["BENCH", "ArrayBench", "array", "cut_words", "stage"]


def stage(side: int, channels: int, outputs: int, kernel: int = 3, **change: Any) -> StageParams:
    """Return a stage of square images; `stride` and `padding` are its layer's."""
    geometry = {"padding": kernel // 2, "stride": change.pop("stride", 1)}
    layer = square(side, channels, outputs, kernel=kernel, **geometry)
    return StageParams(**{"layer": layer, "shift": 6, **change})


def array(*stages: StageParams, **change: Any) -> ArrayParams:
    """Return an array with narrow words and a slow crossbar."""
    given: dict[str, Any] = {
        "classes": 2, "weight_bits": 4, "word_bits": 16, "depth": 72, "rows_per_tick": 9, **change
    }  # fmt: skip
    return ArrayParams(stages=stages, **given)


def cut_words(params: ArrayParams, image: np.ndarray) -> np.ndarray:
    """Return an image, int8 (height, width, channels), as words (pixels, words, word_bytes).

    Every segment of a pixel begins on a word.
    """
    pixels = image.transpose(1, 0, 2).reshape(-1, image.shape[2]).view(np.uint8)
    cuts, size = params.cuts(0), params.word_bits // 8
    pieces = []
    for first, end in pairwise(cuts):
        for begin in range(first, end, size):
            part = pixels[:, begin : min(begin + size, end)]
            pieces.append(np.pad(part, ((0, 0), (0, size - part.shape[1]))))
    return np.stack(pieces, axis=1)


class ArrayBench(ChainBench):
    """A step is an image, as for the chain."""

    rtl = Array
    configs: ClassVar = {
        "rows": array(stage(4, 5, 3, row_parts=3)),
        "rows2": array(stage(4, 3, 3, row_parts=2, stride=2), word_bits=40),
        "columns": array(stage(4, 2, 5, column_parts=2), word_bits=64),
        "narrow": array(stage(4, 3, 3, kernel=1, row_parts=3, column_parts=2), word_bits=8),
        "cut": array(
            stage(2, 3, 5, row_parts=2, column_parts=2),
            stage(2, 5, 3, source=0, row_parts=3, column_parts=2),
        ),
        "residual": array(
            stage(4, 1, 5, kernel=1, column_parts=2),
            stage(4, 5, 5, kernel=1, source=0, row_parts=2),
            stage(4, 5, 5, source=1, row_parts=2, column_parts=2, residual=1, gain=40),
        ),
        "shortcut": array(
            stage(4, 1, 3, kernel=1),
            stage(4, 3, 4, kernel=1, stride=2, source=0, column_parts=2),
            stage(4, 3, 4, stride=2, source=0, row_parts=3),
            stage(2, 4, 4, source=2, row_parts=2, residual=1, gain=40, held=12),
        ),
        "parallel": array(
            stage(4, 4, 3, row_parts=2, replicas=2), stage(4, 3, 2, source=0, replicas=2)
        ),
        "open": array(
            stage(3, 2, 3, row_parts=2), stage(3, 3, 2, source=0, column_parts=2), classes=0
        ),
        "stalling": array(
            stage(2, 2, 2, row_parts=2), stage(2, 2, 1, kernel=1, source=0, row_parts=2)
        ),
    }
    large: ClassVar = {
        "2x2": array(
            stage(2, 2, 1, kernel=1, row_parts=2), word_bits=8, depth=4, rows_per_tick=1,
            weight_bits=3,
        ),
        "mixed": array(
            stage(2, 3, 3, row_parts=2, column_parts=2),
            stage(2, 3, 3, kernel=1, source=0, row_parts=2, residual=0, gain=40),
            word_bits=8, depth=14, rows_per_tick=4, weight_bits=3, classes=3,
        ),
    }  # fmt: skip
    stalls: ClassVar = {"stalling": 12, "2x2": 12, "mixed": 8}
    networks: ClassVar = {"mixed": 20}
    hasty: ClassVar = {"columns"}
    published = "rows"
    checks = Checks(
        group="array", assembled=True, gates="columns", mutants=("mixed",), synthesis="columns",
        joined=True, random=1,
    )  # fmt: skip
    shown = "rows"
    steps = 3

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose the parts of a stage."""
        changed = stage(
            4, choose(range(2, 6)), choose(range(2, 5)), kernel=choose((1, 3)),
            stride=choose((1, 2)), row_parts=choose((1, 2)), column_parts=choose((1, 2)),
        )  # fmt: skip
        return {"stages": (changed,), "word_bits": choose((8, 16, 24, 64))}

    @property
    def cores(self) -> Sequence[CoreParams]:
        """The cores."""
        return self.params.circuits

    @property
    def layers(self) -> Sequence[CoreParams]:
        """A core for each whole stage."""
        return [
            CoreParams(
                layer=s.layer, shift=s.shift, weight_bits=self.params.weight_bits, depth=1 << 16,
                window=4096,
            )
            for s in self.params.stages
        ]  # fmt: skip

    @property
    def per_step(self) -> int:
        """Pixels that are taken in a timestep."""
        return self.params.stages[0].replicas

    def make_model(self, weights: Weights) -> ArrayModel:
        """Return the golden model."""
        return ArrayModel(self.params, weights)

    def words(self, image: np.ndarray) -> np.ndarray:
        """Return an image as it comes."""
        return cut_words(self.params, image)

    def loading(self, weights: Weights) -> list[dict]:
        """Return the ticks that load a network."""
        return loading(self.params, weights, self.cores, parts_of(self.params, weights))

    def checked(self, parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the parts, and the violations of input memories and partial sums."""
        sums = {
            f"core{k}.sum safety": queue_violations(core.adder.queue, parts[f"core{k}.partial"])
            for k, core in enumerate(self.cores)
            if core.partial_in
        }
        return {**super().checked(parts), **sums}


BENCH = ArrayBench
