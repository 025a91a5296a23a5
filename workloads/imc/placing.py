"""Placements by name: those of a file, of outputs per timestep, or the mapper's quickest."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.files import read_bytes, write_json
from goldspike.model.imc.shared.array import ArrayParams
from goldspike.model.imc.shared.chain import MOST_REPLICAS
from goldspike.model.imc.shared.layer import require_word_bits
from goldspike.model.params import require_int
from goldspike.workloads.imc.mapper import Placement, fastest, placement, snake
from goldspike.workloads.imc.options import Limits, Option, every_option, passing, union_rows

__all__ = [
    "Wanted",
    "by_rate",
    "copies",
    "limits_of",
    "place",
    "promised",
    "read_placement",
    "write_placement",
]

KEYS = ("cores", "replicas", "row_parts", "column_parts")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How to place a network: one of the three, and the array.

    Parameters
    ----------
    file : str, optional
    rates : tuple of int, optional
        Outputs per timestep: one number, or one per size of image, the largest first.
    limits : Limits
    bounded : bool
        Whether the number of cores was given.
    """

    limits: Limits
    file: str | None = None
    rates: tuple[int, ...] | None = None
    bounded: bool = False


def limits_of(values: Mapping[str, Any]) -> Limits:
    """Return the array that settings ask for; what they leave out is the paper's."""
    given = Limits()
    side = values.get("crossbar", given.rows)
    words, bits = values.get("depth", 512), values.get("word_bits", 128)
    require_int("depth", words, 1, 1 << 20)
    require_word_bits(bits)
    return Limits(
        cores=values.get("cores", given.cores),
        rows=side,
        columns=side,
        link_bits=values.get("link_bits", 0),
        memory_bytes=words * bits // 8,
    )


def copies(array: ArrayParams, found: Placement | None = None) -> list[tuple[tuple[int, int], ...]]:
    """Return where every core lies, and its copies if there are; the fully connected layer last."""
    if not found:
        return [(place,) for place in snake(len(array.cores) + 1)]
    grid = iter(found.places)
    options = (found.chosen[core.stage] for core in array.cores)
    counts = [option.cores // (option.row_parts * option.column_parts) for option in options]
    return [tuple(next(grid) for _ in range(count)) for count in (*counts, 1)]


def place(network: ArrayParams, wanted: Wanted) -> Placement:
    """Return a network's placement.

    Raises
    ------
    InputError
        If it does not fit; the sentence names the layer, or what is too small.
    """
    limits = wanted.limits
    if wanted.file is not None:
        chosen = read_placement(wanted.file, network, limits)
    elif wanted.rates is not None:
        chosen = by_rate(network, wanted.rates, limits)
    else:
        return fastest(network, limits, stored=False)
    cores = 1 + sum(option.cores for option in chosen.values())
    if wanted.bounded and cores > limits.cores:
        raise InputError(f"The placement takes {cores} cores, but the array has {limits.cores}.")
    return placement(network, chosen, limits)


def by_rate(network: ArrayParams, rates: tuple[int, ...], limits: Limits) -> dict[int, Option]:
    """Return the fewest cores on which every layer makes as many outputs per timestep."""
    sizes = sorted({stage.layer.height_out for stage in network.stages}, reverse=True)
    if len(rates) == 1:
        rates *= len(sizes)
    if len(rates) != len(sizes):
        raise InputError(
            f"Expected outputs per timestep for images of {'/'.join(map(str, sizes))} pixels a "
            f"side in replicas, not {'/'.join(map(str, rates))}."
        )
    chosen = {}
    for k, stage in enumerate(network.stages):
        rate = rates[sizes.index(stage.layer.height_out)]
        ways = [o for o in every_option(stage.layer, limits, rate) if o.replicas >= rate]
        if not ways:
            raise InputError(
                f"Layer {k + 1} cannot make {rate} outputs per timestep on crossbars of "
                f"{limits.rows} x {limits.columns} and these links."
            )
        best = min(ways, key=lambda option: (option.cores, option.hops))
        chosen[k] = Option(best.cores, rate, best.row_parts, best.column_parts)
    return chosen


def promised(found: Placement, limits: Limits) -> dict[str, Any]:
    """Return what a placement promises, as a report has it."""
    return {
        "cores": found.cores,
        "crossbar": [limits.rows, limits.columns],
        "latency_timesteps": found.latency,
        "interval_timesteps": found.interval,
        "utilisation": round(found.utilisation, 6),
        "memory_bytes": found.memory_bytes,
        "link_bits": {"pixels": found.pixel_bits, "sums": found.sum_bits},
        "places": [list(place) for place in found.places],
    }


def write_placement(path: str | os.PathLike[str], found: Placement, limits: Limits) -> None:
    """Write a placement as JSON: layer by layer, and what it promises."""
    layers = [
        {key: getattr(found.chosen[k], key) for key in KEYS} for k in range(len(found.array.stages))
    ]
    write_json(path, {"layers": layers, "promised": promised(found, limits)})


def read_placement(
    path: str | os.PathLike[str], network: ArrayParams, limits: Limits
) -> dict[int, Option]:
    """Read a placement of a network.

    Raises
    ------
    InputError
        If it cannot be read or does not fit the network or the crossbars.
    """
    path = Path(path)
    try:
        content = json.loads(read_bytes(path, "a placement"))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: expected a placement as JSON.") from None
    layers = content.get("layers") if isinstance(content, Mapping) else None
    if not isinstance(layers, list):
        raise InputError(f"{path}: expected a placement with a list of layers.")
    if len(layers) != len(network.stages):
        raise InputError(
            f"{path}: expected {len(network.stages)} layers, as the network has, not {len(layers)}."
        )
    return {k: read_layer(path, k, layers[k], network, limits) for k in range(len(layers))}


def read_layer(path: Path, k: int, given: Any, network: ArrayParams, limits: Limits) -> Option:
    """Return a layer's option, if it fits."""
    layer, name = network.stages[k].layer, f"{path}: layer {k + 1}"
    if not isinstance(given, Mapping) or any(type(given.get(key)) is not int for key in KEYS):
        raise InputError(f"{name}: expected whole numbers as {', '.join(KEYS)}.")
    option = Option(*(given[key] for key in KEYS))
    parts = option.row_parts * option.column_parts
    most = (MOST_REPLICAS, layer.channels, layer.outputs)
    counts = (option.replicas, option.row_parts, option.column_parts)
    for key, value, top in zip(KEYS[1:], counts, most, strict=True):
        if not 1 <= value <= top:
            raise InputError(f"{name}: expected 1..{top} as {key}, not {value}.")
    if option.cores < parts or option.cores % parts:
        raise InputError(f"{name}: expected a multiple of {parts} cores, not {option.cores}.")
    held = -(-option.replicas // (option.cores // parts))
    rows = union_rows(layer, held, -(-layer.channels // option.row_parts))
    outputs = -(-layer.outputs // option.column_parts)
    if rows > limits.rows or held * outputs > limits.columns:
        raise InputError(
            f"{name} takes {rows} x {held * outputs} devices of a core, but a crossbar has "
            f"{limits.rows} x {limits.columns}."
        )
    if option.replicas > passing(layer, limits, option.row_parts, outputs):
        raise InputError(
            f"{name} makes {option.replicas} outputs per timestep, more than a link of "
            f"{limits.link_bits} bits carries."
        )
    return option
