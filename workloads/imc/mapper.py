"""A mapper: a network and an array of cores in, the quickest placement out.

Ref: Dazzi 2021, sections 2.2, 2.4.4 and 3.1. A layer may have its kernel several times on a core,
for outputs that follow each other in a column (method 1), on several cores that share its input
channels (row parts: the sums hop from core to core), its output channels (column parts), or its
outputs (copies). The search is exact as long as no layer waits for room: layer by layer it keeps,
for every number of cores, all courses of output times that no other course beats everywhere
(:mod:`goldspike.workloads.imc.timing` gives the times, which no array is quicker than). The best
courses are run on the timestep model, and the quickest there is returned.
"""

from dataclasses import dataclass, replace

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.imc.shared.array import ArrayParams, Kind, StageParams
from goldspike.model.imc.shared.chain import MOST_REPLICAS, CoreWeights, Weights
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.workloads.imc.options import Limits, Option, options, union_rows
from goldspike.workloads.imc.timing import search, trimmed

__all__ = [
    "Placement",
    "at_rest",
    "black",
    "bound",
    "fastest",
    "main_path",
    "placement",
    "snake",
    "thin",
]

MOST_TRIED = 8
"""Courses that are run."""
END = 2
"""Timesteps from the last pixel to the answer: pooling, and the fully connected layer."""


def main_path(array: ArrayParams) -> list[int]:
    """Return the stages from the image to the end, shortcuts left out."""
    path = [len(array.stages) - 1]
    while array.stages[path[-1]].source >= 0:
        path.append(array.stages[path[-1]].source)
    return path[::-1]


@dataclass(frozen=True)
class Placement:
    """A network on an array.

    Attributes
    ----------
    array : ArrayParams
    chosen : dict of int to Option
        By stage.
    cores : int
        With the fully connected layer's.
    latency, interval : int
        Timesteps from an image's first pixel to its answer, and from answer to answer.
    stored : int
        Timesteps from layer 1's first output to the last layer's last, the image being stored in
        layer 1's memory from the start: how the paper counts.
    utilisation : float
        The part of all crossbars' devices that hold weights (Eq. 4).
    memory_bytes : int
        Of the fullest input memory.
    pixel_bits, sum_bits : int
        The most that a link carries in a timestep: of pixels and residuals, of partial sums.
    places : tuple of (int, int)
        Row and column on the grid of every core, the fully connected layer's last.
    """

    array: ArrayParams
    chosen: dict[int, Option]
    cores: int
    latency: int
    interval: int
    stored: int
    utilisation: float
    memory_bytes: int
    pixel_bits: int
    sum_bits: int
    places: tuple[tuple[int, int], ...]


def fastest(network: ArrayParams, limits: Limits, *, stored: bool = True) -> Placement:
    """Return the quickest placement of a network; its own splits and replicas are left aside.

    Raises
    ------
    InputError
        If none fits; one sentence says why.
    """
    path = main_path(network)
    layers = [network.stages[k].layer for k in path]
    aside = {k: s.layer for k, s in enumerate(network.stages) if k not in path}
    fewest = [min(o.cores for o in options(layer, limits, 0)) for layer in layers]
    fixed = 1 + sum(options(layer, limits, 0)[0].cores for layer in aside.values())
    spare = limits.cores - sum(fewest) - fixed
    if spare < 0:
        raise InputError(
            f"The network needs {limits.cores - spare} cores of {limits.rows} x {limits.columns}, "
            f"but the array has {limits.cores}."
        )
    ways = [options(layer, limits, spare) for layer in layers]
    best: Placement | None = None
    for course in search(layers, ways, spare, stored=stored)[:MOST_TRIED]:
        if best and time_of(best, stored=stored) <= course.times[-1] + 1:
            break  # the others cannot be quicker
        chosen = dict(zip(path, trimmed(layers, course, stored=stored), strict=True))
        found = placement(network, with_shortcuts(network, chosen, limits), limits)
        if not best or time_of(found, stored=stored) < time_of(best, stored=stored):
            best = found
    assert best is not None  # there is a course, as there is an option of every layer
    return best


def time_of(found: Placement, *, stored: bool) -> int:
    """Return the timesteps that count."""
    return found.stored if stored else found.latency


def with_shortcuts(
    network: ArrayParams, chosen: dict[int, Option], limits: Limits
) -> dict[int, Option]:
    """Add shortcuts on their fewest cores, as quick as what is beside them if they can be."""
    found = dict(chosen)
    for k, stage in enumerate(network.stages):
        if k not in chosen:
            beside = next(j for j in chosen if network.stages[j].source == stage.source)
            option = options(stage.layer, limits, 0)[0]
            found[k] = replace(option, replicas=min(option.replicas, chosen[beside].replicas))
    return found


def bound(network: ArrayParams, limits: Limits) -> int:
    """Return timesteps below which no placement comes that computes column by column.

    Counted as :attr:`Placement.stored`. A layer's cores are taken for one crossbar of all their
    rows, however its weights lie on them, and sums hop in no time.
    """
    layers = [network.stages[k].layer for k in main_path(network)]
    aside = len(network.stages) - len(layers)
    fewest = [-(-layer.rows // limits.rows) for layer in layers]
    spare = limits.cores - sum(fewest) - aside - 1
    ways = []
    for layer, least in zip(layers, fewest, strict=True):
        found = []
        for cores in range(least, least + max(0, spare) + 1):
            replicas = [
                n
                for n in range(1, MOST_REPLICAS * cores + 1)
                if union_rows(layer, n) <= cores * limits.rows
            ]
            found.append(Option(cores, max(replicas, default=1), 1))
        ways.append(found)
    return int(search(layers, ways, max(0, spare), stored=True)[0].times[-1]) + 1


def placement(network: ArrayParams, chosen: dict[int, Option], limits: Limits) -> Placement:
    """Run a placement on the timestep model; return what it takes.

    Raises
    ------
    InputError
        If it does not fit the array's memories or links.
    """
    stages = []
    for k, stage in enumerate(network.stages):
        option = chosen[k]
        wait = stage.residual >= 0 and (
            network.shortcut(stage.residual) or option.replicas > chosen[stage.residual].replicas
        )
        stages.append(
            replace(
                stage, replicas=option.replicas, row_parts=option.row_parts,
                column_parts=option.column_parts,
                held=room_behind(stage, option.replicas) if wait else 0,
            )
        )  # fmt: skip
    try:
        array = replace(
            network, stages=tuple(stages), link_bits=limits.link_bits,
            depth=limits.memory_bytes * 8 // network.word_bits,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(f"No placement fits: {error}.") from None
    answers, starts = timed(array)
    cores = 1 + sum(option.cores for option in chosen.values())
    used = sum(chosen[k].replicas * s.layer.rows * s.layer.outputs for k, s in enumerate(stages))
    used += array.stages[-1].layer.outputs * array.classes
    words = max(
        core.words * array.stages[core.stage].layer.height * array.stages[core.stage].layer.kernel
        for core in array.cores
    )
    bits = {
        sums: max(
            (s.bits * s.budget for s in array.streams if (s.kind == Kind.SUM) == sums), default=0
        )
        for sums in (False, True)
    }
    return Placement(
        array, chosen, cores,
        latency=answers[0] - starts[0] + 1,
        interval=answers[2] - answers[1],
        stored=timed(array, stored=True)[0][0] + 1 - END,
        utilisation=used / (cores * limits.rows * limits.columns),
        memory_bytes=words * array.word_bits // 8,
        pixel_bits=bits[False], sum_bits=bits[True],
        places=snake(cores),
    )  # fmt: skip


def room_behind(stage: StageParams, replicas: int) -> int:
    """Return residual pixels that a stage must hold: a column and some more.

    Behind a shortcut they wait for what comes beside them; where the stage computes more at once
    than the one that sends them, they gather for it.
    """
    return stage.layer.height + 8 * replicas


def snake(cores: int, width: int = 6) -> tuple[tuple[int, int], ...]:
    """Return places row by row, there and back, so that neighbours are next to each other."""
    rows = (divmod(k, width) for k in range(cores))
    return tuple((row, place if row % 2 == 0 else width - 1 - place) for row, place in rows)


def thin(array: ArrayParams, *, stored: bool) -> ArrayParams:
    """Return an array of few channels that takes as many timesteps."""
    channels = max(2, *(stage.row_parts for stage in array.stages))
    stages = []
    for k, stage in enumerate(array.stages):
        layer = replace(stage.layer, channels=channels, outputs=channels)
        if stored and k == 0:
            layer = replace(layer, kernel=1, padding=0, stride=1)
        stages.append(replace(stage, layer=layer, column_parts=1, shift=0))
    return replace(array, stages=tuple(stages), classes=2, link_bits=0, depth=1 << 20)


def at_rest(array: ArrayParams, *, most_answers: int = 64) -> ArrayDataflow:
    """Return an array with weights of 0: what flows when does not depend on them."""
    cores = [
        CoreWeights(np.zeros((s.layer.rows, s.layer.outputs), np.int8),
                    *np.zeros((2, s.layer.outputs), np.int64))
        for s in array.stages
    ]  # fmt: skip
    last = np.zeros((array.stages[-1].layer.outputs, array.classes), np.int8)
    weights = Weights(cores, last, np.zeros(array.classes, np.int64))
    return ArrayDataflow(array, weights, most_answers=most_answers)


def black(array: ArrayParams, images: int) -> np.ndarray:
    """Return the pixels of so many images, all 0."""
    layer = array.stages[0].layer
    return np.zeros((images * layer.height * layer.width, layer.channels), np.int8)


def timed(array: ArrayParams, *, stored: bool = False) -> tuple[list[int], list[int]]:
    """Return the timesteps of three images' answers, and of their first pixels.

    Raises
    ------
    InputError
        If no image comes through.
    """
    few = thin(array, stored=stored)
    model = at_rest(few)
    model.run(black(few, 3), 1 << 40)
    if len(model.answers) < 3:
        raise InputError(f"No placement fits: {model.reason}.")
    return [now for now, _, _ in model.answers], model.starts
