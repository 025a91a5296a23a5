"""Train a network for µBrain: ``goldspike train mubrain``.

Only the training part of the data is read. Settings are chosen on images held back from it
(``--set validation=0.1``), whose accuracy is given by the mean-rate law and on the golden chip; the
test part is for ``goldspike sim``.
"""

from pathlib import Path

import numpy as np

from goldspike.chip import Row
from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import ChipModel
from goldspike.training import Training
from goldspike.workloads.mubrain.encoding import encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.mubrain.training import rate_accuracy, split_images, train
from goldspike.workloads.mubrain.training_params import TrainParams, parse_train_params
from goldspike.workloads.network import Network, save_network

__all__ = ["train_network"]


def train_network(
    *, out: Path, data: str | None, seed: int, assignments: list[str], resume: bool
) -> list[Row]:
    """Train, write the network to `out`, and return what there is to say about it.

    While the run lasts, ``<out>.checkpoint`` holds its state.

    Parameters
    ----------
    out : Path
    data : str, optional
        Data set (folder of IDX files or .npz); the shipped digits by default.
    seed : int
        Equal data, seeds and settings give equal bytes, interrupted or not.
    assignments : list of str
        ``NAME=VALUE`` settings of
        :class:`~goldspike.workloads.mubrain.training_params.TrainParams`.
    resume : bool
        Go on from the checkpoint.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; an earlier network stays as it was.
    """
    params = parse_train_params(assignments, seed)
    training = Training(out, data, params.sizes[0])
    net = training.run(
        lambda x, y, show, checkpoint: train(x, y, params, show, checkpoint),
        params.epochs,
        resume=resume,
    )
    save_network(out, Network(net.weights, {**net.meta, "data": training.name}))
    training.done()
    kept, _ = split_images(len(training.x), params)
    return [
        *training.rows(net.sizes, kept.size),
        *held_back(net, training.x[kept], training.y[kept], params),
    ]


def held_back(net: Network, x: np.ndarray, y: np.ndarray, params: TrainParams) -> list[Row]:
    """Return the accuracies on images that were held back, as rows of a table."""
    if not len(x):
        return []
    rows = [("mean-rate law", rate_accuracy(net.weights, x, y, params))]
    try:
        settings, weights = place(net, {})
    except InputError:  # a threshold that no register of the chip overflows at, or too many layers
        return shown(rows)
    chip = ChipModel(settings.chip, weights)
    answers = [chip.run(*encode(image, settings.encoding, k)).answer for k, image in enumerate(x)]
    for name in ("shortest_isi", "count"):
        said = np.array([getattr(answer, name) for answer in answers])
        rows.append((f"chip, {name}", float(np.mean(said == y))))
    return shown(rows)


def shown(rows: list[tuple[str, float]]) -> list[Row]:
    """Return accuracies as rows of a table."""
    return [(name, f"{100 * value:.2f} % of the images held back") for name, value in rows]
