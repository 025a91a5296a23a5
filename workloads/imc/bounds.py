"""Timesteps below which no placement comes, in whatever order the outputs are computed.

Three layers are looked at, one behind the other. All outputs of the first take their time. What
depends on its last one is computed after that, and takes its time in the second; and again in the
third. How many outputs a layer has per timestep is limited by the rows of its cores: n windows of
F x F cover at least ``(sqrt(n) + F - 1)**2`` pixels, whose channels all need rows (Gardner and
Gronchi, Trans. Amer. Math. Soc. 353 (2001): Brunn-Minkowski on the lattice, for cubes).
"""

from collections.abc import Sequence
from math import sqrt

from goldspike.model.imc.shared.array import ArrayParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.workloads.imc.mapper import main_path
from goldspike.workloads.imc.options import Limits

__all__ = ["any_order_bound", "dependents", "most_outputs"]


def most_outputs(layer: LayerParams, rows: int) -> int:
    """Return the outputs that a crossbar of so many rows can compute at once, in any shape."""
    pixels = rows / layer.channels
    if layer.stride > 1:  # every window has pixels that no other one has
        return int(pixels / min(layer.kernel, layer.stride) ** 2)
    side = sqrt(pixels) - layer.kernel + 1
    return int(side * side + 1e-9) if side > 0 else 0


def dependents(layers: Sequence[LayerParams]) -> int:
    """Return how many outputs of the last layer depend on an input pixel of the first, at least."""
    found = 1
    for sides in (
        [(layer.height, layer.height_out) for layer in layers],
        [(layer.width, layer.width_out) for layer in layers],
    ):
        lengths = []
        for place in range(sides[0][0]):
            low = high = place
            for layer, (_, made) in zip(layers, sides, strict=True):
                low = max(0, -((layer.kernel - 1 - layer.padding - low) // layer.stride))
                high = min(made - 1, (high + layer.padding) // layer.stride)
                if high < low:
                    return 0  # no window has it
            lengths.append(max(0, high - low + 1))
        found *= min(lengths)
    return found


def waits(layers: Sequence[LayerParams], work: Sequence[int], limits: Limits) -> list[int]:
    """Return the least wait in the slowest of the layers, for 0, 1, 2, ... cores to spare.

    A layer that has so many outputs to compute from some timestep on waits for its last one.
    """
    ways = []
    for layer, outputs in zip(layers, work, strict=True):
        fewest = -(-layer.rows // limits.rows)
        most = (most_outputs(layer, c * limits.rows) for c in range(fewest, fewest + limits.cores))
        ways.append([-(-outputs // max(1, n)) - 1 for n in most])
    found, values = [], sorted({max(0, wait) for way in ways for wait in way})
    for spare in range(limits.cores):
        found.append(
            next(
                (v for v in values
                 if sum(next(k for k, wait in enumerate(way) if wait <= v) for way in ways
                        if min(way) <= v) <= spare and all(min(way) <= v for way in ways)),
                0,
            )
        )  # fmt: skip
    return found


def any_order_bound(network: ArrayParams, limits: Limits) -> int:
    """Return timesteps below which no placement comes, counted as ``Placement.stored`` is.

    Every layer has cores of its own, a pixel reaches the next layer a timestep later, and weights
    lie on a layer's cores in any way.
    """
    layers = [network.stages[k].layer for k in main_path(network)]
    aside = len(network.stages) - len(layers)
    spare = max(0, limits.cores - aside - 1 - sum(-(-la.rows // limits.rows) for la in layers))
    cuts = [k for k, layer in enumerate(layers) if layer.stride > 1 and k]
    best = 0
    for a, b in [(a, b) for a in cuts for b in cuts if a < b] or [(len(layers), len(layers))]:
        all_of = [layer.height_out * layer.width_out for layer in layers[:a]]
        terms = [waits(layers[:a], all_of, limits)]
        for first, last in ((a, b), (b, len(layers))):
            part = layers[first:last]
            work = [dependents(part[: k + 1]) for k in range(len(part))]
            terms.append(waits(part, work, limits))
        least = min(
            terms[0][x] + terms[1][y] + terms[2][spare - x - y]
            for x in range(spare + 1)
            for y in range(spare + 1 - x)
        )
        best = max(best, least + len(layers))
    return best
