"""Layers on an array of cores: copies, places, spikes in, counts out.

A source takes four axons (:mod:`goldspike.workloads.truenorth.mapping`), so that a core of 256 has
64 inputs, and a layer has no more: sums are not split. A layer with more neurons than a core holds
copies of is spread over several cores, each with all of its inputs; a neuron is there once per
axon that it must reach, that is four times per core of the next layer, and once in the last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import RoomError
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.workloads.truenorth import mapping
from goldspike.workloads.truenorth.network import Layers
from goldspike.workloads.truenorth.placement import (
    Traffic,
    hops,
    moved,
    place,
    random_hops,
    traffic,
)

__all__ = ["Layout", "lay_out"]

MOST_CORES = 128


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """A network on an array.

    Attributes
    ----------
    images : list of CoreImage or None
        Row by row from the south west; None for a core that is not used.
    columns, rows : int
    parts : tuple of tuples of int
        The cores of each layer.
    steps : int
        How many steps an input takes.
    outputs, axons : int
        Classes; axons per core.
    traffic : Traffic
        How many neurons send from core to core, in the order of `parts`; axons that inputs reach.
    """

    images: list[CoreImage | None]
    columns: int
    rows: int
    parts: tuple[tuple[int, ...], ...]
    steps: int
    outputs: int
    axons: int
    traffic: Traffic

    @property
    def placement(self) -> tuple[int, float]:
        """How many links are passed if every neuron and input sends once: here, and by chance."""
        places = np.array([core for some in self.parts for core in some])
        return (
            hops(self.traffic, places, self.columns, self.rows),
            random_hops(self.traffic, self.columns, self.rows),
        )

    def encode(self, levels: NDArray[Any]) -> NDArray[Any]:
        """Return inputs as spikes of the step model, SPIKE, sample by sample.

        Parameters
        ----------
        levels : integer array (n, inputs)
            0..15.
        """
        samples = np.arange(len(levels))
        found = mapping.spikes(levels, samples, np.zeros_like(samples))
        first = self.parts[0]
        found = np.repeat(found, len(first))
        found["core"] = np.tile(np.array(first, np.int32), len(found) // len(first))
        return found

    def decode(self, outputs: NDArray[Any], samples: int) -> NDArray[np.int64]:
        """Return how often every class spiked, int64 (samples, classes).

        Parameters
        ----------
        outputs : OUTPUT array
        samples : int
        """
        found = np.zeros((samples, self.outputs), np.int64)
        number = outputs["dx"].astype(np.int64) * self.axons + outputs["axon"]
        np.add.at(found, (outputs["sample"], number), 1)
        return found


def lay_out(
    net: Layers,
    *,
    axons: int = 256,
    neurons: int = 256,
    columns: int = 0,
    rows: int = 0,
    names: Sequence[str] = (),
) -> Layout:
    """Return a network on an array of cores, placed by least hops.

    Parameters
    ----------
    net : Layers
    axons, neurons : int
        Of a core.
    columns, rows : int, optional
        Of the array; by default nearly a square that just holds the cores.
    names : sequence of str
        Of the layers, for sentences; by default their numbers.

    Raises
    ------
    RoomError
        If a layer does not fit; the sentence names it and what there is room for.
    """
    names = names or [f"layer {k}" for k in range(1, len(net.weights) + 1)]
    parts = _parts(net, axons, neurons, names)
    count = sum(map(len, parts))
    if count > MOST_CORES:
        raise RoomError(f"expected a network for at most {MOST_CORES} cores, not {count}")
    columns = columns or (-(-count // rows) if rows else math.isqrt(count - 1) + 1)
    rows = rows or -(-count // columns)
    images: list[CoreImage | None] = []
    for k, (weights, threshold) in enumerate(zip(net.weights, net.thresholds, strict=True)):
        ahead = sum(map(len, parts[: k + 1]))  # the first core of the next layer
        for own in parts[k]:
            core = len(images)
            if k + 1 == len(parts):
                targets = [[mapping.Target(n % axons, dx=count - core + n // axons)] for n in own]
            else:
                targets = [
                    [
                        target
                        for other, _ in enumerate(parts[k + 1], start=ahead)
                        for target in mapping.source(n, dx=other - core)
                    ]
                    for n in own
                ]
            images.append(
                mapping.layer(
                    weights[:, own],
                    threshold,
                    targets,
                    axons=axons,
                    neurons=neurons,
                    biases=net.biases[k][own] if net.biases else None,
                    floor=net.floor,
                )
            )
    fed = np.zeros(count, np.int64)
    fed[: len(parts[0])] = mapping.PER_SOURCE * net.sizes[0]
    found = traffic(images, count, inputs=fed)
    places = place(found, columns, rows)
    numbers = iter(places.tolist())
    return Layout(
        images=moved(images, count, places, columns, rows),
        columns=columns,
        rows=rows,
        parts=tuple(tuple(next(numbers) for _ in some) for some in parts),
        steps=net.steps,
        outputs=net.sizes[-1],
        axons=axons,
        traffic=found,
    )


def _parts(net: Layers, axons: int, neurons: int, names: Sequence[str]) -> list[list[range]]:
    """Return the neurons of every core, layer by layer."""
    found: list[list[range]] = []
    copies = 1
    for k in reversed(range(len(net.weights))):
        inputs, size = net.weights[k].shape
        if mapping.PER_SOURCE * inputs > axons:
            raise RoomError(
                f"expected at most {axons // mapping.PER_SOURCE} inputs of {names[k]}, not "
                f"{inputs}: each takes {mapping.PER_SOURCE} of a core's {axons} axons"
            )
        room = neurons // copies
        if not room:
            raise RoomError(
                f"a neuron of {names[k]} would need {copies} copies, one per axon that it "
                f"reaches; expected at most the {neurons} neurons of a core"
            )
        found.append([range(n, min(n + room, size)) for n in range(0, size, room)])
        copies = mapping.PER_SOURCE * len(found[-1])
    return found[::-1]
