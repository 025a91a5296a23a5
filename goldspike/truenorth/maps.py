"""Maps on cores: a wave of spikes from the target, a shortest way back along it.

Every sample is a map of its own, with which as many cores as it takes are loaded. A host that knows
when the last neuron fires ends the run there. The answer is the step in which the start fires,
which is what the cheapest way costs; the label is that cost by Dijkstra's algorithm, -1 where there
is no way.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT, user_path
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.shared.image import LARGEST_DELAY
from goldspike.model.truenorth.shared.steps import SPIKE
from goldspike.truenorth.energy import energy
from goldspike.truenorth.engine import Cores, GoldenEngine, Result, total
from goldspike.truenorth.layers import array_params
from goldspike.truenorth.loaded import summary
from goldspike.workloads.truenorth import planner
from goldspike.workloads.truenorth.planner import UNREACHED, GridMap
from goldspike.workloads.truenorth.planner_tiles import Tiles, lay_out

if TYPE_CHECKING:
    from goldspike.truenorth.circuit import CircuitEngine

__all__ = ["LoadedMaps", "Maps", "load", "read_maps"]

SUFFIXES = (".txt", ".npz")


@dataclass(frozen=True, eq=False)
class Maps:
    """Maps as a data set.

    Parameters
    ----------
    maps : tuple of GridMap
    name : str
    """

    maps: tuple[GridMap, ...]
    name: str

    def __len__(self) -> int:
        return len(self.maps)

    @property
    def y(self) -> np.ndarray:
        """What the cheapest way of each costs, int64 (n,)."""
        return np.array([cheapest(grid) for grid in self.maps], np.int64)


def cheapest(grid: GridMap) -> int:
    """Return what the cheapest way from start to target costs, every cell but the start entered.

    Ref: Dijkstra 1959. The search begins at the target, as the wave does.
    """
    queue, known = [(0, grid.target)], set[tuple[int, ...]]()
    while queue:
        cost, cell = heapq.heappop(queue)
        if cell == grid.start:
            return cost
        if cell in known:
            continue
        known.add(cell)
        for axis, here in enumerate(cell):
            for there in (here - 1, here + 1):
                other = (*cell[:axis], there, *cell[axis + 1 :])
                if 0 <= there < grid.costs.shape[axis] and grid.costs[other]:
                    heapq.heappush(queue, (cost + int(grid.costs[cell]), other))
    return UNREACHED


def read_maps(path: str | None) -> Maps:
    """Read a map, or those of a folder by name; the one that ships without a path.

    Raises
    ------
    InputError
        If one cannot be read, or there is none.
    """
    if path is None:
        return Maps((planner.read_map(),), planner.EXAMPLE.name)
    where = user_path(path)
    if not where.is_dir():
        return Maps((planner.read_map(where),), where.name)
    files = sorted(file for file in where.iterdir() if file.suffix in SUFFIXES)
    if not files:
        raise InputError(f"{where}: expected maps (.txt or .npz) in the folder.")
    return Maps(tuple(planner.read_map(file) for file in files), where.name)


class MapEngine(Engine):
    """Runs maps one by one, each on an array that is loaded with it.

    Parameters
    ----------
    tiles : sequence of Tiles
        Of every map.
    params : ArrayParams
        Of the core and its router.
    circuit : callable or None
        Returns what runs an array of loaded cores; None for the step model.
    """

    def __init__(
        self,
        tiles: Sequence[Tiles],
        params: ArrayParams,
        circuit: Callable[[Cores], "CircuitEngine"] | None = None,
    ) -> None:
        self.tiles, self.params, self.circuit = tiles, params, circuit
        self.most = max(places.cores.size for places in tiles)
        self.built: dict[tuple[int, int], CircuitEngine] = {}

    def close(self) -> None:
        """Free what was built."""
        for circuit in self.built.values():
            circuit.close()

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run maps."""
        for number in range(begin, end):
            places, grid = self.tiles[number], inputs[number]
            size = (places.columns, places.rows)
            cores = Cores(places.images, replace(self.params, columns=size[0], rows=size[1]))
            encode = silence(wave_steps(cores, places, grid))
            if self.circuit is None:
                found = GoldenEngine(cores, encode, first=True)
            else:
                found = self.built.get(size) or self.circuit(cores)
                self.built[size] = found
                found.load(cores, encode)
            yield self.joined(next(found.run(np.zeros(1), 0, 1)), places, number)

    def joined(self, result: Result, places: Tiles, number: int) -> Result:
        """Return the cores of a map together, and the first spikes of its cells, row by row."""
        first = np.full((1, 1, self.most), UNREACHED, np.int64)
        first[0, 0, : places.cores.size] = places.first_spikes(result.first[0]).ravel()
        sums = {
            name: getattr(result, name).sum(axis=1, keepdims=True)
            for name in ("events", "fired", "sent", "merged", "stalls")
        }
        result.outputs["sample"] = number
        return replace(result, first=first, **sums)


def silence(steps: int) -> Any:
    """Return an encoding of samples that have so many steps and no spikes."""
    return lambda samples: (np.zeros(0, SPIKE), np.full(len(samples), steps, np.int64))


def wave_steps(cores: Cores, places: Tiles, grid: GridMap) -> int:
    """Return after how many steps the last cell has fired.

    The longer run is tried only if the shorter one did not end in as many quiet steps as a spike
    may be under way.
    """
    steps = min(planner.longest(grid), 4 * sum(grid.costs.shape))
    while True:
        run = next(GoldenEngine(cores, silence(steps), first=True).run(np.zeros(1), 0, 1))
        last = int(run.first.max())
        if last + LARGEST_DELAY < steps or steps == planner.longest(grid):
            return last + 1
        steps = min(planner.longest(grid), 2 * steps)


class LoadedMaps(Loaded):
    """A core for maps of any shape.

    Parameters
    ----------
    params : ArrayParams
        Of a single core.
    """

    def __init__(self, params: ArrayParams) -> None:
        self.params = params
        self.classes = np.iinfo(np.int64).max
        self.maps: tuple[GridMap, ...] = ()
        self.tiles: list[Tiles] = []

    def inputs(self, dataset: Any) -> np.ndarray:
        """Return the maps, after they were laid out on cores."""
        core = self.params.core
        self.maps = dataset.maps
        self.tiles = [lay_out(grid, axons=core.axons, neurons=core.neurons) for grid in self.maps]
        found = np.empty(len(self.maps), object)
        found[:] = self.maps
        return found

    def start(self, engine: str) -> Engine:
        """Return an engine."""
        if engine == "model":
            return MapEngine(self.tiles, self.params)
        from goldspike.truenorth.circuit import CircuitEngine

        def build(cores: Cores) -> CircuitEngine:
            return CircuitEngine(cores, silence(1), first=True, compared=engine == "lockstep")

        return MapEngine(self.tiles, self.params, build)

    def first(self, result: Result, number: int) -> np.ndarray:
        """Return the first spikes of a map's cells, in its shape."""
        grid = self.maps[number]
        return result.first[number, 0, : grid.costs.size].reshape(grid.costs.shape)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return how many ways are cheapest, and what the core did; of a single map, its way."""
        result = total(results)
        found = [self.first(result, k)[self.maps[k].start] for k in range(result.samples)]
        report = summary(result, Cores([None], self.params), [0])
        used = [len(places.images) for places in self.tiles[: result.samples]]
        core_steps = int((result.steps * used).sum())
        report |= {
            "cores": max(used),
            "row_reads": core_steps * self.params.core.neurons,
            "energy": energy(int(result.events.sum()), core_steps, result.samples),
        }
        if max(used) > 1:
            report["array"] = "the size that a map takes"
            report["counts"] = {"cores": report["counts"]["core0"]}
        report["net"] = "a map"  # there is no other network
        report["accuracy"] = {"cheapest way": float(np.mean(np.array(found) == labels))}
        if result.samples == 1:
            grid, way = self.maps[0], planner.path(self.maps[0], self.first(result, 0))
            report["way"] = planner.drawn(grid, way) if grid.costs.ndim == 2 else str(way)
            report["cost"] = int(found[0])
        return report

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every map.

        ``label`` and ``answer``, what its way costs, and ``cells`` of the way, (n,); ``first`` (n,
        cells), steps of first spikes; ``costs`` (n, cells), -1 beyond the map; ``shape`` (n,
        axes), 1 where a map has fewer; ``start``, ``target`` (n, axes); ``steps``, ``ticks``,
        ``events``, (n,).
        """
        result = total(results)
        axes = max(grid.costs.ndim for grid in self.maps)
        maps = self.maps[: result.samples]
        costs = np.full((len(maps), result.first.shape[2]), -1, np.int64)
        shape = np.ones((len(maps), axes), np.int64)
        start, target = np.zeros_like(shape), np.zeros_like(shape)
        cells, answer = np.zeros(len(maps), np.int64), np.zeros(len(maps), np.int64)
        for k, grid in enumerate(maps):
            costs[k, : grid.costs.size] = grid.costs.ravel()
            for ends, values in (
                (shape, grid.costs.shape),
                (start, grid.start),
                (target, grid.target),
            ):
                ends[k, : grid.costs.ndim] = values
            first = self.first(result, k)
            answer[k], cells[k] = first[grid.start], len(planner.path(grid, first))
        return {
            "label": labels, "answer": answer, "cells": cells, "first": result.first[:, 0],
            "costs": costs, "shape": shape, "start": start, "target": target, "steps": result.steps,
            "ticks": result.ticks, "events": result.events.sum(axis=1),
        }  # fmt: skip


def load(path: Path, choices: Choices) -> LoadedMaps:
    """Return a core for maps.

    Raises
    ------
    InputError
        If a network file was given, or a setting cannot be used.
    """
    if path.resolve() != (ROOT / "data" / planner.EXAMPLE.name).resolve():
        raise InputError(
            f"{path}: the planner has no network; expected the map as data (--data, DATA=)."
        )
    return LoadedMaps(array_params({"columns": 1, "rows": 1, **choices.values}))
