"""A network's layers cut into tiles, each as large as a macro.

A macro of R rows and C columns holds R inputs and C / p outputs of a layer, its weights of p bits.
A layer with more inputs is cut into row tiles, whose products are added beside the macros; one with
more outputs into column tiles. All tiles of a layer read the same inputs, each its rows. Rows and
columns beyond the layer's stay in the high-resistance state.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldspike.model.rram.macro import MacroParams, weight_cells
from goldspike.workloads.rram.network import MultiLayer

__all__ = ["Tile", "tiles", "vectors"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Tile:
    """A part of a layer that one macro holds.

    Attributes
    ----------
    layer, row, column : int
        Which layer, its first input, its first output.
    cells : uint8 (rows, columns)
        What the macro's cells hold.
    rows, outputs : int
        Inputs and outputs of the layer in it.
    """

    layer: int
    row: int
    column: int
    cells: NDArray[np.uint8]
    rows: int
    outputs: int


def tiles(net: MultiLayer, params: MacroParams) -> list[Tile]:
    """Return all tiles: layer by layer, in a layer by outputs, then by inputs."""
    found = []
    wide = params.columns // net.weight_bits
    for layer in range(len(net.weights)):
        stored = net.stored(layer)
        for column in range(0, stored.shape[1], wide):
            for row in range(0, stored.shape[0], params.rows):
                part = stored[row : row + params.rows, column : column + wide]
                cells = np.zeros((params.rows, params.columns), np.uint8)
                placed = weight_cells(part.astype(np.int64), net.weight_bits)
                cells[: placed.shape[0], : placed.shape[1]] = placed
                found.append(
                    Tile(
                        layer=layer,
                        row=row,
                        column=column,
                        cells=cells,
                        rows=part.shape[0],
                        outputs=part.shape[1],
                    )
                )
    return found


def vectors(tile: Tile, inputs: NDArray[np.uint8], params: MacroParams) -> NDArray[np.uint8]:
    """Return a tile's part of a layer's inputs, uint8 (n, params.rows), zeros where it has none."""
    padded = np.zeros((len(inputs), params.rows), np.uint8)
    padded[:, : tile.rows] = inputs[:, tile.row : tile.row + tile.rows]
    return padded
