"""RANC's networks on our cores: its vectors step by step, or images through its classifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Choices
from goldspike.model.errors import InputError, unknown
from goldspike.model.paths import user_path
from goldspike.model.truenorth.array import ArrayParams
from goldspike.truenorth.engine import Cores, Result, total
from goldspike.truenorth.loaded import LoadedCores
from goldspike.workloads.dataset import Dataset
from goldspike.workloads.truenorth.ranc import (
    GRIDS,
    Ranc,
    answers,
    images_as_spikes,
    load_ranc,
    unpacked,
)

__all__ = ["LoadedRanc", "Vectors", "load"]

CLASSIFIER = "tea/256"
"""The network that classifies MNIST's images."""
CLASSES, PIXELS = 10, 784


@dataclass(frozen=True)
class Vectors:
    """The vectors that lie beside a network, as a data set of one sample."""

    name: str = "its own vectors"
    y: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))

    def __len__(self) -> int:
        return 1


class LoadedRanc(LoadedCores):
    """A network of RANC's on an array.

    Parameters
    ----------
    ranc : Ranc
    name : str
        Its folder.
    depth : int
        Packets that a router's queue holds.
    """

    def __init__(self, ranc: Ranc, name: str, depth: int) -> None:
        params = ArrayParams(columns=ranc.columns, rows=ranc.rows, core=ranc.params, depth=depth)
        super().__init__(Cores(ranc.images, params))
        self.ranc, self.name, self.vectors = ranc, name, True
        self.classes = CLASSES

    def inputs(self, dataset: Any) -> np.ndarray:
        """Return images, uint8 (n, 784), or a sample that stands for the vectors."""
        self.vectors = isinstance(dataset, Vectors)
        if self.vectors:
            return np.zeros((1, 0), np.uint8)
        if self.name != CLASSIFIER:
            raise InputError(
                f"{self.name} classifies no images; expected the network {CLASSIFIER} "
                f"(--set vectors={CLASSIFIER}), or no data for its own vectors."
            )
        return self.pixels(dataset)

    def pixels(self, dataset: Dataset) -> np.ndarray:
        """Return images of 28 x 28 as rows of pixels."""
        flat = dataset.x.reshape(len(dataset.x), -1)
        if flat.shape[1] != PIXELS:
            raise InputError(
                f"{dataset.name}: expected images of 28 x 28 pixels, not of {dataset.x.shape[1:]}."
            )
        return flat

    def encode(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors, or bright pixels in the first step."""
        if self.vectors:
            return self.ranc.inputs, np.array([self.ranc.steps])
        steps = np.full(len(samples), self.ranc.latency + 1, np.int64)
        return images_as_spikes(samples), steps

    def answers(self, result: Result) -> dict[str, np.ndarray]:
        """Return the class with most outputs; of the vectors, how many steps are as they say."""
        if not self.vectors:
            return {"answer": answers(result.outputs, result.samples)}
        found = self.ranc.found(result.outputs)
        alike = np.array([a == b for a, b in zip(found, self.ranc.wanted, strict=True)])
        packets = np.array([len(some) for some in self.ranc.wanted])
        return {"answer": np.zeros(1, np.int64), "alike": alike, "packets": packets}

    def summarise(self, results: Sequence[Result], labels: np.ndarray) -> dict[str, Any]:
        """Return accuracy, or the share of steps that are as the vectors say, and all counts."""
        report = super().summarise(results, labels)
        if self.vectors:
            kept = self.answers(total(results))
            report["accuracy"] = {"steps as in the vectors": float(kept["alike"].mean())}
            report["vectors"] = {
                "steps": len(kept["alike"]), "packets": int(kept["packets"].sum()),
            }  # fmt: skip
        return report

    @property
    def classifies(self) -> bool:
        """Whether images are classified; vectors have no classes."""
        return not self.vectors


def load(path: Path, choices: Choices) -> LoadedRanc:
    """Read a network from a folder, or a .tar, of RANC's memory files.

    Raises
    ------
    InputError
        If it cannot be read, or a setting cannot be used.
    """
    values = {"vectors": CLASSIFIER, "depth": 4, **choices.values}
    if values["vectors"] not in GRIDS:
        raise unknown("set of RANC's vectors", values["vectors"], GRIDS)
    path = user_path(path)
    if not path.exists():
        raise InputError(
            f"{path}: not there. RANC's files do not ship: --net (NET=) must name a folder of "
            "them, or a .tar (github.com/UA-RCL/RANC, hardware/IP/RANCNetwork/src/simulations)."
        )
    with unpacked(path) as folder:
        ranc = load_ranc(folder, values["vectors"])
    try:
        return LoadedRanc(ranc, values["vectors"], values["depth"])
    except (ValueError, TypeError) as error:
        raise InputError(f"The settings cannot be used: {error}.") from None
