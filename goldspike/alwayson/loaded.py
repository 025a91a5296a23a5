"""A network on the always-on chip with its settings: how it is read, run over images, summed up."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.alwayson.engine import Events, GoldenEngine, Result, total
from goldspike.alwayson.summary import counts, energy, starved
from goldspike.chip import Arrays, Choices, Engine, Loaded
from goldspike.confusion import confusion_of
from goldspike.model.alwayson.chip import ALWAYSON_65NM, ChipModel, ChipParams
from goldspike.model.errors import InputError, RoomError
from goldspike.model.params import require_int
from goldspike.workloads.alwayson.encoding import EncodingParams, encode
from goldspike.workloads.alwayson.network import BinaryNetwork, load_network, network_images
from goldspike.workloads.dataset import Dataset

__all__ = ["LoadedNetwork", "load", "place"]

CODING = tuple(field.name for field in fields(EncodingParams))
"""Settings of the input coding; the others are the chip's."""
LONGEST = (1 << ALWAYSON_65NM.length_bits) - 1
RANGES = {"neuron_clock": (1, LONGEST), "synapse_clock": (1, LONGEST), "output_bits": (2, 16)}
"""Of settings whose names here are not the circuits'."""


class LoadedNetwork(Loaded):
    """A network on the chip.

    Parameters
    ----------
    path : Path
        Of its file.
    net : BinaryNetwork
    params : ChipParams
        With the network's thresholds.
    coding : EncodingParams
    """

    def __init__(
        self, path: Path, net: BinaryNetwork, params: ChipParams, coding: EncodingParams
    ) -> None:
        self.path, self.net, self.params, self.coding = path, net, params, coding
        self.model = ChipModel(params, net.weights)
        self.seed, self.classes = coding.seed, net.sizes[-1]

    def inputs(self, dataset: Dataset) -> np.ndarray:
        """Return grey levels, uint8 (n, inputs)."""
        return network_images(dataset, self.net.sizes[0], self.path)

    def encode(self, images: np.ndarray, first: int) -> Events:
        """Return images as AER events."""
        return Events(*encode(images, self.coding, first))

    def start(self, engine: str) -> Engine:
        """Return an engine with the network in it."""
        if engine == "model":
            return GoldenEngine(self.model, self.encode, self.coding.frame)
        from goldspike.alwayson.circuit import CircuitEngine  # compiles: only if asked for

        compared = engine == "lockstep"
        return CircuitEngine(self.model, self.encode, self.coding.frame, compared=compared)

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, counts, what was missed, ticks and energy."""
        result = total(results)
        answers = result.potentials.argmax(axis=1)
        return {
            "accuracy": {"potential": float(np.mean(answers == labels))},
            "thresholds": list(self.params.thresholds),
            "bits": self.coding.bits,
            "frame": self.coding.frame,
            "counts": counts(result, self.params),
            "starved": starved(result, self.params),
            "ticks": float(result.ticks.mean()),
            "energy": energy(result, self.params, self.coding.frame),
        }

    def collect(self, results: Sequence[Result], labels: np.ndarray) -> Arrays:
        """Return what is kept of every sample.

        ``label`` and ``potential`` (the answer: the neuron with the highest potential, of equals
        the first), (n,); ``potentials`` (n, classes); ``ticks`` (n,), until all was at rest;
        ``spikes``, ``requests``, ``dropped`` and ``lost`` (n, cores); ``confusion`` (classes,
        classes), by label and answer.
        """
        result = total(results)
        answers = result.potentials.argmax(axis=1)
        return {
            "label": labels,
            "potential": answers,
            "potentials": result.potentials,
            "ticks": result.ticks,
            **{name: result.count(name) for name in ("spikes", "requests", "dropped", "lost")},
            "confusion": confusion_of(labels, answers, self.classes),
        }


def load(path: Path, choices: Choices) -> LoadedNetwork:
    """Read a network file and put it on the chip.

    Raises
    ------
    InputError
        If it cannot be read or does not fit, or a setting cannot be used.
    """
    return place(path, load_network(path), choices)


def place(path: Path, net: BinaryNetwork, choices: Choices) -> LoadedNetwork:
    """Put a network, of a file, on the chip.

    Raises
    ------
    InputError
        If it does not fit, or a setting cannot be used.
    """
    given = {"thresholds": net.thresholds, **choices.values}
    coding = {name: given.pop(name) for name in CODING if name in given}
    check_fits(path, net, given.get("layers", ALWAYSON_65NM.layers))
    try:
        for name, (low, high) in RANGES.items():
            require_int(name, given.get(name, low), low, high)
        params = replace(ALWAYSON_65NM, **given)
        return LoadedNetwork(path, net, params, EncodingParams(**coding))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: the settings cannot be used: {error}.") from None


def check_fits(path: Path, net: BinaryNetwork, layers: Sequence[int]) -> None:
    """Refuse a network that a chip of so many neurons per core has no room for."""
    own, room = ("-".join(map(str, sizes)) for sizes in (net.sizes, layers))
    if len(net.sizes) != len(layers):
        raise RoomError(
            f"expected a network of {len(layers)} layers for a chip of {room}, not {own}; "
            f"--set layers={','.join(map(str, net.sizes))} asks for another chip",
            path,
        )
    if any(size > most for size, most in zip(net.sizes, layers, strict=True)):
        raise RoomError(f"expected at most {room} neurons, but the network has {own}", path)
