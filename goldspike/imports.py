"""What imports of networks from other tools share: one procedure, and accuracy before and after."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from goldspike.chip import ImportJob
from goldspike.model.errors import InputError, RoomError
from goldspike.model.files import write_json
from goldspike.model.guard import guard_files
from goldspike.simulation import choose_count
from goldspike.workloads.dataset import Dataset, check_labels, load_dataset
from goldspike.workloads.network import FORMAT
from goldspike.workloads.nir.chain import Chain
from goldspike.workloads.nir_graph import Misfit, Misfits, read_graph, refuse_misfits

__all__ = [
    "Imported", "about", "accuracies", "accuracy_rows", "import_nir", "placed", "refuse_unsized",
]  # fmt: skip

L = TypeVar("L")

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


@dataclass(frozen=True)
class Imported:
    """A graph as a network on a chip.

    Parameters
    ----------
    loaded : Loaded
        The network on its chip.
    save : callable
        Takes a path and what the file says of itself; writes the network.
    graph, chip : callable
        Take inputs, return the answers of the graph in floats and of the golden chip.
    said : mapping
        What the report says of it.
    """

    loaded: Loaded
    save: Callable[[Path, Mapping[str, Any]], None]
    graph: Answers
    chip: Answers
    said: Mapping[str, Any]


def import_nir(
    job: ImportJob, chip: str, fit: Callable[[Chain, Misfits, bool], Imported]
) -> dict[str, Any]:
    """Read a NIR graph, write it as a network of whole numbers, return what became of it.

    Parameters
    ----------
    job : ImportJob
        Its option ``gain`` is ``fit``, which rounds what does not fit exactly, or not given; ``dt``
        and ``time_step``: see :func:`~goldspike.workloads.nir_graph.read_graph`.
    chip : str
        Its name.
    fit : callable
        Takes the chain of layers, what does not fit it already, and whether weights may be rounded;
        puts the chain on the chip, or raises :class:`InputError` naming all that does not fit.

    Raises
    ------
    InputError
        If the graph does not fit, which is said of everything at once, naming nodes, or anything
        asked for cannot be had; nothing written earlier is touched.
    """
    path, out = Path(job.path), Path(job.out)
    guard_files(reads=[path, job.data], writes=[out, job.report])
    gain, dt, time_step = (job.options.get(name) for name in ("gain", "dt", "time_step"))
    if gain not in (None, "fit"):
        raise InputError(f"The gain for {chip} must be 'fit', not {gain!r}.")
    chain, misfits = read_graph(path, dt, time_step)
    found = fit(chain, misfits, gain == "fit")
    result = {"chip": chip, "nir": path.name, "net": out.name, **found.said}
    if job.data is not None:
        result |= accuracies(
            found.loaded, job.data, job.samples, graph=found.graph, chip=found.chip
        )
    found.save(out, {"format": FORMAT, "chip": chip, "made_by": f"goldspike import {path.name}"})
    if job.report:
        write_json(job.report, result)
    return result


def refuse_unsized(chain: Chain, misfits: Misfits, wrong: Misfits) -> None:
    """Refuse a chain that cannot be put on a chip to see if it has room, with all that is wrong.

    Parameters
    ----------
    chain : Chain
    misfits : list of (Misfit, str)
        What was found as the graph was read.
    wrong : list of (Misfit, str)
        All that does not fit.
    """
    broken = any(rank <= Misfit.VALUE for rank, _ in misfits)
    if broken or not all(layer.weight.any(axis=0).all() for layer in chain.layers):
        refuse_misfits(wrong)


def placed(path: Path, wrong: Misfits, place: Callable[[], L]) -> L:
    """Put a network on its chip, or say everything that does not fit, its size among it.

    Parameters
    ----------
    path : path
        The graph's file.
    wrong : list of (Misfit, str)
        What does not fit already.
    place : callable
        Returns the network on its chip, or raises InputError, of which a RoomError joins
        what does not fit.
    """
    try:
        loaded = place()
    except InputError as error:
        size = [(Misfit.SIZE, error.reason)] if isinstance(error, RoomError) else []
        with about(path):
            refuse_misfits([*size, *wrong])
        raise
    with about(path):
        refuse_misfits(wrong)
    return loaded


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
