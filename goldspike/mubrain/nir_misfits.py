"""What of a NIR chain does not fit µBrain: its size, leaks that matter, layers lost in rounding."""

from collections.abc import Sequence

import numpy as np

from goldspike.model.mubrain.chip import MOST_INPUTS, MOST_NEURONS, ChipParams
from goldspike.workloads.mubrain.placing import MOST_LAYERS
from goldspike.workloads.mubrain.quantise import LayerReport
from goldspike.workloads.nir_graph import Chain, Misfit, Misfits

__all__ = ["leaks", "lost_layers", "size_misfits"]

LEAK_ALLOWED = 0.05
"""Largest part of a potential that a dropped leak may have taken in a window unasked."""


def size_misfits(chain: Chain, known: Misfits, asked: tuple[int, ...] | None) -> Misfits:
    """Return what is too large for the chip, or for the sizes asked for, or too deep."""
    if not chain.layers or any(rank == Misfit.SIZE for rank, _ in known):
        return []
    found: Misfits = []
    by, layers = "-".join(map(str, chain.sizes)), len(chain.layers)
    if layers > MOST_LAYERS:
        found.append(
            (Misfit.SIZE, f"a network of {by} is too deep: 1 to {MOST_LAYERS} layers, not {layers}")
        )
    try:
        ChipParams(sizes=chain.sizes)
    except ValueError:
        most = f"1..{MOST_INPUTS} inputs, 1..{MOST_NEURONS} neurons a layer"
        found.append((Misfit.SIZE, f"a network of {by} is too large: {most}"))
    room = asked or chain.sizes
    if len(room) != len(chain.sizes) or any(a > b for a, b in zip(chain.sizes, room, strict=True)):
        chip = "-".join(map(str, room))
        found.append((Misfit.SIZE, f"expected a network of at most {chip} neurons, not {by}"))
    return found


def leaks(layers: Sequence[LayerReport], window: float, drop_leak: bool) -> Misfits:
    """Return what is said of layers whose leak would matter."""
    found = [layer for layer in layers if layer.leak > LEAK_ALLOWED and not drop_leak]
    if not found:
        return []
    each = ", ".join(
        f"{layer.name!r} would lose {100 * layer.leak:.0f} % of a potential" for layer in found
    )
    return [
        (
            Misfit.LEAK,
            f"expected neurons that do not leak, but {each} within the window of "
            f"{1e3 * window:g} ms; --drop-leak imports them without their leak",
        )
    ]


def lost_layers(chain: Chain, layers: Sequence[LayerReport], time_step: float | None) -> Misfits:
    """Return what is said of layers of which no weight is left."""
    found = [
        (layer, report)
        for layer, report in zip(chain.layers, layers, strict=True)
        if 0 < report.lost == np.count_nonzero(layer.weight)
    ]
    if not found:
        return []
    each = " and ".join(f"{r.name!r} (the largest is {r.largest:.2g} LSB)" for _, r in found)
    ways = ["--gain fit scales it"]
    if any(np.isfinite(layer.tau).any() and not layer.readout for layer, _ in found):
        ways.append("--dt S makes a spike's current last longer")
        if time_step is None:
            ways.append("--time-step S says how long a step is, if tau counts steps")
    return [
        (
            Misfit.ROUNDING,
            f"no weight of {each} survives rounding, so the network could never answer; "
            f"{', or '.join(ways)}",
        )
    ]
