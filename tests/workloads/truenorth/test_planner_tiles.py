"""Maps on several cores against Dijkstra's algorithm, every cell of them."""

import heapq

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.steps import SPIKE, Steps
from goldspike.workloads.truenorth.planner import GridMap
from goldspike.workloads.truenorth.planner_tiles import lay_out, tile_shape


def distances(grid: GridMap) -> np.ndarray:
    """Return what the way from every cell to the target costs, -1 without one."""
    found = np.full(grid.costs.shape, -1)
    queue = [(0, grid.target)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if found[cell] >= 0:
            continue
        found[cell] = cost
        for axis in range(len(cell)):
            for step in (-1, 1):
                other = tuple(place + step * (k == axis) for k, place in enumerate(cell))
                inside = 0 <= other[axis] < grid.costs.shape[axis]
                if inside and grid.costs[other] and found[other] < 0:
                    heapq.heappush(queue, (cost + int(grid.costs[cell]), other))
    return found


def any_map(rng: np.random.Generator, shape: tuple[int, ...], top: int) -> GridMap:
    """Return a map with walls and costs."""
    costs = rng.integers(1, top + 1, shape).astype(np.uint8)
    costs[rng.random(shape) < 0.25] = 0
    ends = [tuple(int(rng.integers(0, side)) for side in shape) for _ in range(2)]
    for end in ends:
        costs[end] = max(1, costs[end])
    return GridMap(costs, ends[0], ends[1])


def by_spikes(grid: GridMap, room: int, steps: int) -> np.ndarray:
    """Return first-spike steps on cores of `room` axons and neurons."""
    tiles = lay_out(grid, axons=room, neurons=room)
    array = Steps(tiles.images, tiles.columns, tiles.rows, CoreParams(axons=room, neurons=room))
    run = array.run(np.zeros(0, SPIKE), steps, 1, traced=True)
    assert run.traced_fired is not None
    fired = run.traced_fired[0]
    return tiles.first_spikes(np.where(fired.any(axis=0), fired.argmax(axis=0), -1))


def test_tiles_are_those_of_the_papers_core() -> None:
    assert tile_shape((42, 42), 256) == (14, 14)
    assert tile_shape((20, 20, 20), 256) == (5, 5, 4)
    assert tile_shape((16, 16), 256) == (16, 16)  # no halo, a single core
    assert len(lay_out(any_map(np.random.default_rng(0), (20, 20, 20), 1)).images) == 80


@pytest.mark.parametrize("seed", range(25))
def test_small_tiles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 6, 3)) if seed % 5 == 4 else tuple(rng.integers(1, 12, 2))
    grid = any_map(rng, shape, 15 if seed % 2 else 1)
    wanted = distances(grid)
    assert by_spikes(grid, 24, int(wanted.max()) + 17).tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("shape", "top"), [((42, 42), 1), ((42, 42), 15), ((20, 20, 20), 1), ((20, 20, 20), 15)]
)
def test_large_maps(shape: tuple[int, ...], top: int) -> None:
    grid = any_map(np.random.default_rng(len(shape)), shape, top)
    wanted = distances(grid)
    assert (wanted >= 0).mean() > 0.5
    assert by_spikes(grid, 256, int(wanted.max()) + 17).tolist() == wanted.tolist()


def test_a_map_for_too_many_cores_is_refused() -> None:
    grid = GridMap(np.ones((300, 300), np.uint8), (0, 0), (5, 5), name="my map")
    with pytest.raises(InputError, match="my map: expected a map for at most 256 cores, but its 9"):
        lay_out(grid)
