"""Maps larger than a core: tiles with a halo, a core each.

A tile's own cells have an axon and a neuron each, as on a single core. The cells around it, the
**halo**, have an axon: spikes of the neighbouring tiles arrive there. A neuron has one
destination, so a cell beside another tile is there once more per such tile, with the same
synapses, and this copy sends to the halo there. A tile of 14 x 14 cells takes 196 + 56 of 256 axons
and as many neurons, one of 5 x 5 x 4 takes 230.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.image import LIMITS, CoreImage, blank
from goldspike.workloads.truenorth.planner import Cell, GridMap

__all__ = ["Tiles", "lay_out", "tile_shape"]

MOST_CORES = 256


@dataclass(frozen=True, eq=False)
class Tiles:
    """A map on an array of cores.

    Attributes
    ----------
    images : list of CoreImage
        Row by row from the south west.
    columns, rows : int
    cores, neurons : int64 arrays, as the map's costs
        Where each cell's own neuron is.
    """

    images: list[CoreImage]
    columns: int
    rows: int
    cores: NDArray[np.int64]
    neurons: NDArray[np.int64]

    def first_spikes(self, first: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the step of every cell's first spike, from that of every neuron (cores, n)."""
        return first[self.cores, self.neurons]


def tile_shape(shape: Cell, room: int) -> Cell:
    """Return the largest tile of a map that fits a core: its smallest sides grow first."""
    tile = [1] * len(shape)
    grows = True
    while grows:
        grows = False
        for axis in sorted(range(len(shape)), key=lambda k: tile[k]):
            larger = [*tile[:axis], tile[axis] + 1, *tile[axis + 1 :]]
            if larger[axis] <= shape[axis] and size_of(larger, shape) <= room:
                tile, grows = larger, True
                break
    return tuple(tile)


def size_of(tile: list[int], shape: Cell) -> int:
    """Return how many cells a tile and its halo have at most."""
    cells = math.prod(tile)
    return cells + sum(
        min(2, -(-whole // side) - 1) * cells // side
        for side, whole in zip(tile, shape, strict=True)
    )


def beside(cell: Cell, shape: Cell) -> Iterator[Cell]:
    """Yield the cells beside a cell."""
    for axis, here in enumerate(cell):
        for there in (here - 1, here + 1):
            if 0 <= there < shape[axis]:
                yield (*cell[:axis], there, *cell[axis + 1 :])


def lay_out(grid: GridMap, *, axons: int = 256, neurons: int = 256) -> Tiles:
    """Return a map on as many cores as it takes; one that fits a single core is on one.

    Raises
    ------
    InputError
        If it takes more than 256 cores, or the core is too small for any tile.
    """
    shape, room = grid.costs.shape, min(axons, neurons)
    tile = tile_shape(shape, room)
    counts = [-(-whole // side) for whole, side in zip(shape, tile, strict=True)]
    if size_of(list(tile), shape) > room or math.prod(counts) > MOST_CORES:
        raise InputError(
            f"{grid.name}: expected a map for at most {MOST_CORES} cores, but its "
            f"{grid.costs.size} cells would take {math.prod(counts)}, with {room} axons and "
            "neurons each."
        )
    columns, rows = counts[-1], math.prod(counts[:-1])
    places = np.empty(shape, np.int64)  # the core of every cell
    own = np.empty(shape, np.int64)  # its neuron there
    members: list[list[Cell]] = []
    for corner in product(*(range(count) for count in counts)):
        cells = list(
            product(
                *(
                    range(k * side, min((k + 1) * side, whole))
                    for k, side, whole in zip(corner, tile, shape, strict=True)
                )
            )
        )
        for number, cell in enumerate(cells):
            places[cell], own[cell] = len(members), number
        members.append(cells)
    halos = [
        {
            other: len(cells) + k
            for k, other in enumerate(
                sorted({o for c in cells for o in beside(c, shape) if places[o] != core})
            )
        }
        for core, cells in enumerate(members)
    ]
    images = [
        tile_image(grid, core, cells, places, own, halos, columns, (axons, neurons))
        for core, cells in enumerate(members)
    ]
    return Tiles(images, columns, rows, places, own)


def tile_image(
    grid: GridMap,
    core: int,
    cells: list[Cell],
    places: NDArray[np.int64],
    own: NDArray[np.int64],
    halos: list[dict[Cell, int]],
    columns: int,
    size: tuple[int, int],
) -> CoreImage:
    """Return the core of a tile."""
    shape = grid.costs.shape
    y, x = divmod(core, columns)
    axons = {cell: number for number, cell in enumerate(cells)} | halos[core]
    # a neuron per cell, then one per other tile that its spike must reach
    copies = [(cell, core) for cell in cells]
    for cell in cells:
        others = sorted({int(places[o]) for o in beside(cell, shape)} - {core})
        copies += [(cell, other) for other in others]
    image = blank(*size)
    connected, fields = image.connected.copy(), image.neurons.copy()
    for neuron, (cell, goal) in enumerate(copies):
        for other in beside(cell, shape):
            connected[axons[other], neuron] = True
        record = fields[neuron]
        cost = int(grid.costs[cell])
        record["weights"] = 1 if cost else -1
        record["alpha"], record["reset"] = 1, LIMITS["reset"][0] + 1
        record["beta"], record["delay"] = LIMITS["beta"][1], cost
        record["potential"] = cell == grid.target
        record["axon"] = own[cell] if goal == core else halos[goal][cell]
        record["dx"], record["dy"] = goal % columns - x, goal // columns - y
    return CoreImage(connected=connected, types=image.types, neurons=fields)
