"""Questions on a recurrent core: words in, one window of 15 steps each; a class out."""

from pathlib import Path
from typing import Any

import numpy as np

from goldspike.chip import Choices
from goldspike.truenorth.engine import Cores, Result
from goldspike.truenorth.layers import array_params
from goldspike.truenorth.loaded import LoadedCores
from goldspike.workloads.truenorth import trec

__all__ = ["LoadedQuestions", "load"]


class LoadedQuestions(LoadedCores):
    """A recurrent network on a core.

    Parameters
    ----------
    net : TrecNet
    cores : Cores
        A single one.
    """

    def __init__(self, net: trec.TrecNet, cores: Cores) -> None:
        super().__init__(cores)
        self.net = net
        self.classes = len(trec.CLASSES)

    def inputs(self, dataset: Any) -> np.ndarray:
        """Return the questions."""
        return np.array(dataset.texts, object)

    def encode(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return words as spikes."""
        return trec.encode(self.net, samples.tolist())

    def answers(self, result: Result) -> dict[str, np.ndarray]:
        """Return the class of each question, by the host's sums over the last window."""
        return {"answer": trec.decode(self.net, result.outputs, result.steps)}


def load(path: Path, choices: Choices) -> LoadedQuestions:
    """Read a network of questions and put it on a core.

    Raises
    ------
    InputError
        If it cannot be read, or a setting cannot be used.
    """
    params = array_params({"columns": 1, "rows": 1, **choices.values})
    net = trec.load_network(path)
    core = params.core
    return LoadedQuestions(net, Cores([trec.image(net, neurons=core.neurons)], params))
