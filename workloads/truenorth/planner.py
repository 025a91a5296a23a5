"""Path planning by a wave of spikes: one neuron per cell of a grid, one spike per neuron.

The target fires in step 0; every spike reaches the cells beside it, with a delay that is the cost
of entering the cell it came from. A free cell fires on its first spike and then, reset to -255, no
more; an occupied cell's weight is negative, so it never fires. The step of a cell's first spike is
therefore what the cheapest way from there to the target costs: breadth-first search, or Dijkstra's
algorithm where costs differ. The chip has no plasticity: the vector field that STDP would leave in
the synapses is the sign of first-spike differences, which the host reads.

A neuron has one destination, its own axon, and a grid of 16 x 16 leaves no neuron free for copies
that would lead outside: first spikes come from the trace.

Ref: Steffen et al., wavefront algorithm: one spike per neuron, vector field; delays as costs: ours.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.paths import ROOT, user_path
from goldspike.model.reading import read_bytes
from goldspike.model.truenorth.shared.image import LARGEST_DELAY, LIMITS, CoreImage, blank

__all__ = [
    "EXAMPLE",
    "UNREACHED",
    "Cell",
    "GridMap",
    "drawn",
    "first_spikes",
    "image",
    "links",
    "longest",
    "path",
    "read_map",
    "vector_field",
]

EXAMPLE = ROOT / "data" / "truenorth_map.txt"
UNREACHED = -1

Cell = tuple[int, ...]

_COSTS = {"#": 0, ".": 1, "S": 1, "T": 1} | {c: int(c, 16) for c in "123456789abcdef"}
_WHAT = "a map"


@dataclass(frozen=True, eq=False)
class GridMap:
    """A grid of cells; a way leads from a cell to those beside it, along one axis.

    Parameters
    ----------
    costs : uint8 array of any dimension
        Of entering a cell: 1..15, or 0 where it is occupied.
    start, target : tuple of int
        Free cells.
    name : str
        For sentences.

    Raises
    ------
    InputError
        If there is no cell, a cost is out of range, or start or target is no free cell.
    """

    costs: NDArray[np.uint8]
    start: Cell
    target: Cell
    name: str = "the map"

    def __post_init__(self) -> None:
        if not self.costs.size or self.costs.ndim < 1:
            raise InputError(f"{self.name}: expected at least one cell.")
        if self.costs.max() > LARGEST_DELAY:
            raise InputError(
                f"{self.name}: expected costs of 0..{LARGEST_DELAY}, not {self.costs.max()}."
            )
        for what, cell in (("start", self.start), ("target", self.target)):
            inside = len(cell) == self.costs.ndim and all(
                0 <= k < size for k, size in zip(cell, self.costs.shape, strict=True)
            )
            if not inside or not self.costs[cell]:
                raise InputError(f"{self.name}: expected the {what} {cell} to be a free cell.")


def read_map(file: str | os.PathLike[str] = EXAMPLE) -> GridMap:
    """Read a map.

    Parameters
    ----------
    file : path
        A text with a row of cells per line: ``.`` free, ``#`` occupied, ``S`` start, ``T`` target,
        ``1`` to ``9`` and ``a`` to ``f`` free at a cost of 1 to 15; or an .npz file with ``costs``
        (0 occupied, 1..15; of any dimension), ``start`` and ``target``.

    Raises
    ------
    InputError
        If it cannot be read, or holds something else.
    """
    file = user_path(file)
    if file.suffix == ".npz":
        return _from_arrays(str(file), load_npz(file))
    text = read_bytes(file, _WHAT, times=8).decode("utf-8-sig", "replace")
    rows = [line.rstrip() for line in text.splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        wrong = set(row) - set(_COSTS)
        if wrong:
            raise InputError(
                f"{file}: expected the cells . # S T 1..9 a..f, not {min(wrong)!r} in row {number}."
            )
        if len(row) != len(rows[0]):
            raise InputError(
                f"{file}: expected rows of {len(rows[0])} cells, but row {number} has {len(row)}."
            )
    ends = []
    for mark in "ST":
        found = [(y, x) for y, row in enumerate(rows) for x, c in enumerate(row) if c == mark]
        if len(found) != 1:
            raise InputError(f"{file}: expected exactly one {mark}, not {len(found)}.")
        ends += found
    costs = np.array([[_COSTS[c] for c in row] for row in rows], np.uint8)
    return GridMap(costs, *ends, name=str(file))


def _from_arrays(name: str, arrays: dict[str, NDArray[Any]]) -> GridMap:
    """Return the map of an .npz file."""
    for key in ("costs", "start", "target"):
        if key not in arrays:
            raise InputError(
                f"{name}: expected a map with costs, start and target; {key} is missing."
            )
        if arrays[key].dtype.kind not in "iub":
            raise InputError(f"{name}: expected whole numbers in {key}, not {arrays[key].dtype}.")
    costs = arrays["costs"]
    if costs.size and not 0 <= costs.min() <= costs.max() <= LARGEST_DELAY:
        raise InputError(
            f"{name}: expected costs of 0..{LARGEST_DELAY}, not {costs.min()}..{costs.max()}."
        )
    start, target = (tuple(arrays[key].ravel().tolist()) for key in ("start", "target"))
    return GridMap(costs.astype(np.uint8), start, target, name=name)


def links(shape: Cell) -> Iterator[NDArray[np.int64]]:
    """Return pairs of cells side by side, int64 (n, 2) per axis and direction: from, to."""
    cells = np.arange(int(np.prod(shape))).reshape(shape)
    for axis in range(len(shape)):
        before = np.delete(cells, -1, axis).ravel()
        after = np.delete(cells, 0, axis).ravel()
        yield np.stack([before, after], axis=1)
        yield np.stack([after, before], axis=1)


def image(grid: GridMap, *, axons: int = 256, neurons: int = 256) -> CoreImage:
    """Return the core that plans: cell k of the grid, row by row, is axon k and neuron k.

    Raises
    ------
    InputError
        If the grid has more cells than the core has.
    """
    costs = grid.costs.ravel()
    room = min(axons, neurons)
    if costs.size > room:
        cell = tuple(int(k) for k in np.unravel_index(room, grid.costs.shape))
        raise InputError(
            f"{grid.name}: expected at most {room} cells, as many as a core has neurons, but cell "
            f"{cell} would be neuron {room} of {costs.size}."
        )
    core = blank(axons, neurons)
    connected, fields = core.connected.copy(), core.neurons.copy()
    for pairs in links(grid.costs.shape):
        connected[pairs[:, 0], pairs[:, 1]] = True
    used = fields[: costs.size]
    used["weights"] = np.where(costs, 1, -1)[:, None]
    used["alpha"], used["reset"] = 1, LIMITS["reset"][0] + 1
    used["beta"] = LIMITS["beta"][1]  # out of reach: what is below 0 stays
    used["axon"], used["delay"] = np.arange(costs.size), costs
    used["potential"][np.ravel_multi_index(grid.target, grid.costs.shape)] = 1
    return CoreImage(connected=connected, types=core.types, neurons=fields)


def longest(grid: GridMap) -> int:
    """Return the steps after which no cell can fire any more: a way enters a cell once."""
    return int(grid.costs.sum()) + 1


def first_spikes(fired: NDArray[Any], grid: GridMap) -> NDArray[np.int64]:
    """Return the step of every cell's first spike, :data:`UNREACHED` without one.

    Parameters
    ----------
    fired : bool array (steps, neurons)
        Of the core, from the trace.
    grid : GridMap
    """
    fired = fired[:, : grid.costs.size]
    first = np.where(fired.any(axis=0), fired.argmax(axis=0), UNREACHED)
    return first.reshape(grid.costs.shape)


def vector_field(first: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return where the wave came from, int8 (axes, *shape): -1, 0 or 1 along each axis.

    It is the sign of the difference between the first spikes of the two cells beside, as STDP
    would have strengthened their synapses: one that did not fire before the cell counts as if it
    had fired with it. Cells that never fired have 0.
    """
    field = np.zeros((first.ndim, *first.shape), np.int8)
    for axis in range(first.ndim):
        sides = []
        for step in (1, -1):
            moved = np.roll(first, step, axis)
            edge = np.arange(first.shape[axis]) == (0 if step > 0 else first.shape[axis] - 1)
            edge = np.expand_dims(edge, tuple(k for k in range(first.ndim) if k != axis))
            sides.append(np.where((moved == UNREACHED) | edge, first, np.minimum(moved, first)))
        field[axis] = np.sign(sides[0] - sides[1])
    return field * (first != UNREACHED)


def path(grid: GridMap, first: NDArray[np.int64]) -> list[Cell]:
    """Return the cells from start to target, both included; empty if there is no way.

    From each cell it goes on to the one whose spike made it fire, the first of these by number.
    """
    times, costs = first.ravel(), grid.costs.ravel().astype(np.int64)
    pairs = np.concatenate(list(links(grid.costs.shape)))
    woke = (times[pairs[:, 1]] > 0) & (times[pairs[:, 0]] != UNREACHED)
    woke &= times[pairs[:, 0]] + costs[pairs[:, 0]] == times[pairs[:, 1]]
    source: dict[int, int] = {}
    for origin, cell in sorted(pairs[woke].tolist(), reverse=True):
        source[cell] = origin
    here = int(np.ravel_multi_index(grid.start, grid.costs.shape))
    if times[here] == UNREACHED:
        return []
    way = [here]
    while times[way[-1]]:
        way.append(source[way[-1]])
    return [tuple(int(k) for k in np.unravel_index(k, grid.costs.shape)) for k in way]


def drawn(grid: GridMap, way: list[Cell]) -> str:
    """Return a two-dimensional map as text, the cells between start and target as ``*``."""
    marks = np.array(list("#.23456789abcdef"))[grid.costs]
    for cell in way:
        marks[cell] = "*"
    marks[grid.start], marks[grid.target] = "S", "T"
    return "\n".join("".join(row) for row in marks)
