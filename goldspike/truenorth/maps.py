"""Maps on a core: a wave of spikes from the target, a shortest way back along it.

Every sample is a map of its own, with which the core is loaded again. A host that knows when the
last neuron fires ends the run there. The answer is the step in which the start fires, which is what
the cheapest way costs; the label is that cost by Dijkstra's algorithm, -1 where there is no way.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT, user_path
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.shared.steps import SPIKE
from goldspike.truenorth.engine import Cores, GoldenEngine, Result, total
from goldspike.truenorth.layers import array_params
from goldspike.truenorth.loaded import summary
from goldspike.workloads.truenorth import planner
from goldspike.workloads.truenorth.planner import UNREACHED, GridMap

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
                beside = (*cell[:axis], there, *cell[axis + 1 :])
                if 0 <= there < grid.costs.shape[axis] and grid.costs[beside]:
                    heapq.heappush(queue, (cost + int(grid.costs[cell]), beside))
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
    """Runs maps one by one, each on a core that is loaded with it.

    Parameters
    ----------
    params : ArrayParams
    circuit : CircuitEngine or None
        What runs a loaded array; None for the step model.
    """

    def __init__(self, params: ArrayParams, circuit: Any = None) -> None:
        self.params, self.circuit = params, circuit

    def close(self) -> None:
        """Free what was built."""
        if self.circuit is not None:
            self.circuit.close()

    def run(self, inputs: np.ndarray, begin: int, end: int) -> Iterator[Result]:
        """Run maps."""
        core = self.params.core
        for number in range(begin, end):
            grid = inputs[number]
            cores = Cores(
                [planner.image(grid, axons=core.axons, neurons=core.neurons)], self.params
            )
            steps = wave_steps(cores, grid)
            result = self.run_one(cores, steps)
            result.outputs["sample"] = number
            yield result

    def run_one(self, cores: Cores, steps: int) -> Result:
        """Run a loaded core for some steps; nothing comes from outside."""
        encode = silence(steps)
        if self.circuit is None:
            return next(GoldenEngine(cores, encode, first=True).run(np.zeros(1), 0, 1))
        self.circuit.load(cores, encode)
        return next(self.circuit.run(np.zeros(1), 0, 1))


def silence(steps: int) -> Any:
    """Return an encoding of samples that have so many steps and no spikes."""
    return lambda samples: (np.zeros(0, SPIKE), np.full(len(samples), steps, np.int64))


def wave_steps(cores: Cores, grid: GridMap) -> int:
    """Return after how many steps the last neuron has fired."""
    longest = silence(planner.longest(grid))
    run = next(GoldenEngine(cores, longest, first=True).run(np.zeros(1), 0, 1))
    return int(run.first.max()) + 1


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

    def inputs(self, dataset: Any) -> np.ndarray:
        """Return the maps, after a look whether each fits."""
        core = self.params.core
        for grid in dataset.maps:
            planner.image(grid, axons=core.axons, neurons=core.neurons)
        self.maps = dataset.maps
        found = np.empty(len(dataset.maps), object)
        found[:] = dataset.maps
        return found

    def start(self, engine: str) -> Engine:
        """Return an engine."""
        if engine == "model":
            return MapEngine(self.params)
        from goldspike.model.truenorth.shared.image import blank
        from goldspike.truenorth.circuit import CircuitEngine

        core = self.params.core
        empty = Cores([blank(core.axons, core.neurons)], self.params)
        circuit = CircuitEngine(empty, silence(1), first=True, compared=engine == "lockstep")
        return MapEngine(self.params, circuit)

    def first(self, result: Result, number: int) -> np.ndarray:
        """Return the first spikes of a map's cells, in its shape."""
        grid = self.maps[number]
        return result.first[number, 0, : grid.costs.size].reshape(grid.costs.shape)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return how many ways are cheapest, and what the core did; of a single map, its way."""
        result = total(results)
        found = [self.first(result, k)[self.maps[k].start] for k in range(result.samples)]
        report = summary(result, Cores([None], self.params), [0])
        report["accuracy"] = {"cheapest way": float(np.mean(np.array(found) == labels))}
        if result.samples == 1:
            grid, way = self.maps[0], planner.path(self.maps[0], self.first(result, 0))
            report["way"] = planner.drawn(grid, way) if grid.costs.ndim == 2 else str(way)
            report["cost"] = int(found[0])
        return report

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every map.

        ``label`` and ``answer``, what its way costs, and ``cells`` of the way, (n,); ``first`` (n,
        neurons), steps of first spikes; ``costs`` (n, neurons), -1 beyond the map; ``shape`` (n,
        axes), 1 where a map has fewer; ``start``, ``target`` (n, axes); ``steps``, ``ticks``,
        ``events``, (n,).
        """
        result = total(results)
        axes = max(grid.costs.ndim for grid in self.maps)
        maps = self.maps[: result.samples]
        costs = np.full((len(maps), self.params.core.neurons), -1, np.int64)
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
