"""First spikes on the core against breadth-first search and Dijkstra's algorithm."""

import heapq
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.steps import SPIKE, Steps
from goldspike.workloads.truenorth import planner
from goldspike.workloads.truenorth.planner import UNREACHED, Cell, GridMap


def beside(shape: Cell, cell: Cell) -> list[Cell]:
    found = []
    for axis in range(len(shape)):
        for step in (-1, 1):
            k = cell[axis] + step
            if 0 <= k < shape[axis]:
                found.append((*cell[:axis], k, *cell[axis + 1 :]))
    return found


def cheapest(grid: GridMap) -> np.ndarray:
    """Return what each cell's way to the target costs: Dijkstra's algorithm."""
    found = np.full(grid.costs.shape, UNREACHED)
    queue = [(0, grid.target)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if found[cell] != UNREACHED:
            continue
        found[cell] = cost
        for near in beside(grid.costs.shape, cell):
            if grid.costs[near] and found[near] == UNREACHED:
                heapq.heappush(queue, (cost + int(grid.costs[cell]), near))
    return found


def spiked(grid: GridMap) -> np.ndarray:
    run = Steps([planner.image(grid)]).run(
        np.zeros(0, SPIKE), planner.longest(grid), 1, traced=True
    )
    assert run.traced_fired is not None
    assert (run.traced_fired[0, :, 0].sum(axis=0) <= 1).all()  # one spike per neuron
    assert not run.merged.any()
    return planner.first_spikes(run.traced_fired[0, :, 0], grid)


def drawn_at_random(rng: np.random.Generator, shape: Cell, top: int) -> GridMap:
    costs = rng.integers(1, top + 1, shape) * (rng.random(shape) > rng.uniform(0, 0.45))
    free = np.argwhere(costs > 0)
    if len(free) == 0:
        costs.flat[0], free = 1, np.zeros((1, len(shape)), int)
    start, target = (tuple(free[k].tolist()) for k in rng.integers(0, len(free), 2))
    return GridMap(costs.astype(np.uint8), start, target)


def check(grid: GridMap) -> None:
    """Compare all distances; the path costs what they say."""
    expected = cheapest(grid)
    first = spiked(grid)
    np.testing.assert_array_equal(first, expected)
    way = planner.path(grid, first)
    if expected[grid.start] == UNREACHED:
        assert way == []
        return
    assert way[0] == grid.start
    assert way[-1] == grid.target
    for here, there in pairwise(way):
        assert there in beside(grid.costs.shape, here)
    assert sum(int(grid.costs[cell]) for cell in way[1:]) == expected[grid.start]


@pytest.mark.parametrize("top", [1, 15], ids=["breadth_first", "dijkstra"])
def test_a_hundred_random_maps(top: int) -> None:
    rng = np.random.default_rng(top)
    unreachable = 0
    for k in range(100):
        shape = (16, 16) if k < 10 else tuple(rng.integers(1, 17, 2).tolist())
        grid = drawn_at_random(rng, shape, top)
        check(grid)
        unreachable += cheapest(grid)[grid.start] == UNREACHED
    assert 0 < unreachable < 50


def test_space_of_three_dimensions() -> None:
    check(drawn_at_random(np.random.default_rng(7), (5, 5, 4), 3))


def test_the_vector_field_leads_to_earlier_spikes() -> None:
    grid = planner.read_map()
    first = spiked(grid)
    field = planner.vector_field(first)
    moved = 0
    for axis, *cell in np.argwhere(field).tolist():
        near = [*cell]
        near[axis] += field[axis, *cell]
        assert 0 <= near[axis] < first.shape[axis]
        assert UNREACHED < first[*near] < first[*cell]
        moved += 1
    assert moved > 50
    assert not field[:, first == UNREACHED].any()
    line = planner.vector_field(np.array([[2, 1, 0, 1, 2, UNREACHED]]))
    np.testing.assert_array_equal(line[1], [[1, 1, 0, -1, -1, 0]])


def test_the_map_that_ships_is_drawn_with_its_path() -> None:
    grid = planner.read_map()
    check(grid)
    way = planner.path(grid, spiked(grid))
    text = planner.drawn(grid, way)
    assert text.count("*") == len(way) - 2
    unmarked = planner.drawn(grid, [])
    assert unmarked == planner.EXAMPLE.read_text().strip()


def test_texts_and_arrays_are_the_same_map(tmp_path: Path) -> None:
    (tmp_path / "map.txt").write_text("S.f\n#9.\n..T\n")
    text = planner.read_map(tmp_path / "map.txt")
    np.testing.assert_array_equal(text.costs, [[1, 1, 15], [0, 9, 1], [1, 1, 1]])
    np.savez(tmp_path / "map.npz", costs=text.costs, start=text.start, target=text.target)
    arrays = planner.read_map(tmp_path / "map.npz")
    np.testing.assert_array_equal(arrays.costs, text.costs)
    assert (arrays.start, arrays.target) == ((0, 0), (2, 2))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("S.T\n..", "expected rows of 3 cells, but row 2 has 2"),
        ("S.x\n..T", "not 'x' in row 1"),
        ("S.S\n..T", "expected exactly one S, not 2"),
        ("S..", "expected exactly one T, not 0"),
        ("", "expected exactly one S, not 0"),
        (
            "S" + "." * 15 + "\n" + ("." * 16 + "\n") * 15 + "T" + "." * 15,
            r"cell \(16, 0\) would be",
        ),
    ],
)
def test_bad_maps_are_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "map.txt").write_text(text)
    with pytest.raises(InputError, match=sentence):
        planner.image(planner.read_map(tmp_path / "map.txt"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"costs": None}, "costs is missing"),
        ({"costs": np.full((2, 2), 16)}, r"costs of 0\.\.15, not 16"),
        ({"costs": np.full((2, 2), 0.5)}, "whole numbers in costs"),
        ({"start": [0, 2]}, r"the start \(0, 2\) to be a free cell"),
        ({"target": [1]}, r"the target \(1,\) to be a free cell"),
    ],
)
def test_bad_arrays_are_one_sentence(change: dict, sentence: str, tmp_path: Path) -> None:
    arrays = {"costs": np.ones((2, 2), int), "start": [0, 0], "target": [1, 1]} | change
    np.savez(tmp_path / "map.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(InputError, match=sentence):
        planner.read_map(tmp_path / "map.npz")
