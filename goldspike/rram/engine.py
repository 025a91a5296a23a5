"""The golden model as an engine of tiled macros, and what every engine returns of a run.

A layer's tiles all get its inputs at once; what they give is joined as
:mod:`goldspike.workloads.rram.network` says. ``model`` computes products by plain arithmetic and
counts groups from the inputs' ones; ``rtl`` drives the compiled macro, tile by tile, and reports
what its trace shows. The engines with a circuit are in :mod:`goldspike.rram.circuit`, which is
imported when one is asked for.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from goldspike.chip import Engine
from goldspike.model.rram.macro import MacroParams, logical_weights
from goldspike.model.rram.shared.nonideal import NonIdeal, draw
from goldspike.model.rram.word_line_controller import conversion_ticks
from goldspike.workloads.rram.mapping import Tile, tiles, vectors
from goldspike.workloads.rram.network import MultiLayer, next_inputs

__all__ = ["GoldenEngine", "Result", "TiledEngine", "total"]

BATCH = 256
"""Samples between two looks at the bar and the keyboard."""


@dataclass(frozen=True, eq=False)
class Result:
    """What some samples did.

    Attributes
    ----------
    scores : int64 (n, classes)
    ticks : int64 (tiles, n)
        Ticks of conversions of every tile's vector.
    asserted : int64 (tiles, n)
        Word-lines asserted, each as often as it was.
    """

    scores: np.ndarray
    ticks: np.ndarray
    asserted: np.ndarray

    @property
    def samples(self) -> int:
        """How many samples it is of."""
        return len(self.scores)


def total(parts: Sequence[Result]) -> Result:
    """Return the parts of a run as one."""
    return Result(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.ticks for part in parts], axis=1),
        np.concatenate([part.asserted for part in parts], axis=1),
    )


class TiledEngine(Engine):
    """Runs a network's tiles, layer after layer.

    Parameters
    ----------
    net : MultiLayer
    params : MacroParams
    """

    batch = BATCH

    def __init__(self, net: MultiLayer, params: MacroParams) -> None:
        self.net, self.params = net, params
        self.tiles = tiles(net, params)

    @abstractmethod
    def run_tile(
        self, number: int, tile: Tile, part: np.ndarray, first: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Run vectors, uint8 (n, rows), through a tile; `first` is the first one's sample.

        Returns
        -------
        products : int64 (n, columns // weight_bits)
        ticks, asserted : int64 (n,)
        """

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run samples, some at a time."""
        for first in range(begin, end, self.batch):
            yield self.run_batch(inputs[first : min(end, first + self.batch)], first)

    def run_batch(self, inputs: np.ndarray, first: int) -> Result:
        """Run samples through all layers."""
        n = len(inputs)
        ticks = np.zeros((len(self.tiles), n), np.int64)
        asserted = np.zeros_like(ticks)
        for layer, weights in enumerate(self.net.weights):
            sums = np.zeros((n, weights.shape[1]), np.int64)
            for number, tile in enumerate(self.tiles):
                if tile.layer != layer:
                    continue
                part = vectors(tile, inputs, self.params)
                products, ticks[number], asserted[number] = self.run_tile(number, tile, part, first)
                sums[:, tile.column : tile.column + tile.outputs] += products[:, : tile.outputs]
            inputs = next_inputs(self.net, layer, inputs, sums)
        return Result(inputs, ticks, asserted)


class GoldenEngine(TiledEngine):
    """The golden model; with devices that are not ideal, conversion by conversion."""

    def __init__(self, net: MultiLayer, params: MacroParams, nonideal: NonIdeal) -> None:
        super().__init__(net, params)
        self.devices = None
        if not nonideal.ideal:
            self.devices = [
                draw(params, tile.cells, nonideal, number) for number, tile in enumerate(self.tiles)
            ]
        # products stay below 2**53, so floats hold them exactly, and multiply fast
        self.weights = [
            logical_weights(tile.cells, net.weight_bits).astype(float) for tile in self.tiles
        ]

    def run_tile(
        self, number: int, tile: Tile, part: np.ndarray, first: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Multiply, and count ones."""
        if self.devices is None:
            products = (part.astype(float) @ self.weights[number]).astype(np.int64)
        else:
            products = self.devices[number].products(part, self.net.weight_bits, first)
        ones = np.bitwise_count(part).sum(axis=1, dtype=np.int64)
        return products, conversion_ticks(part, self.params.controller), ones
