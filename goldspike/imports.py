"""What imports of networks from other tools share: sentences, and accuracy before and after."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from goldspike.model.errors import InputError
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import Dataset, check_labels, load_dataset

__all__ = ["about", "accuracies", "accuracy_rows"]

Answers = Callable[[np.ndarray], np.ndarray]


class Loaded(Protocol):
    """A network on a chip."""

    @property
    def classes(self) -> int:
        """Answers that it can give."""
        ...

    def inputs(self, data: Dataset, /) -> np.ndarray:
        """Return a data set as the network takes it."""
        ...


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Let a sentence about what is wrong begin with the file's name."""
    try:
        yield
    except InputError as error:
        text = str(error)
        raise InputError(f"{path}: {text[:1].lower()}{text[1:]}") from None


def accuracies(
    loaded: Loaded, data: str, samples: int | None, *, graph: Answers, chip: Answers
) -> dict[str, Any]:
    """Return the accuracy of a graph in floats and of the chip, and how many answers agree.

    Parameters
    ----------
    loaded : Loaded
    data : str
        Data set.
    samples : int, optional
        How many of them, from the start.
    graph, chip : callable
        Take inputs, return answers.

    Raises
    ------
    InputError
        If the data cannot be had, or have labels that are no answers.
    """
    dataset = load_dataset(data)
    check_labels(dataset, loaded.classes)
    count = choose_count(samples, "model", len(dataset.y), len(dataset.y))
    inputs = loaded.inputs(dataset)[:count]
    said = {"graph": graph(inputs), "chip": chip(inputs)}
    return {
        "data": dataset.name,
        "samples": count,
        "accuracy": {k: float(np.mean(v == dataset.y[:count])) for k, v in said.items()},
        "same_answers": int(np.sum(said["graph"] == said["chip"])),
    }


def accuracy_rows(result: Mapping[str, Any], model: str) -> list[tuple[str, str]]:
    """Return what :func:`accuracies` found, if it was asked, as rows of a table."""
    if "accuracy" not in result:
        return []
    found = result["accuracy"]
    return [
        ("data", f"{result['data']}, {result['samples']} samples"),
        ("graph, in floats", f"{100 * found['graph']:.2f} %"),
        (f"chip, {model}", f"{100 * found['chip']:.2f} %, {result['same_answers']} alike"),
    ]
