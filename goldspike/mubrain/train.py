"""Train a network for µBrain: ``goldspike train mubrain``.

Only the training part of the data is read. Settings are chosen on images held back from it
(``--set validation=0.1``), whose accuracy is given by the mean-rate law and on the golden chip; the
test part is for ``goldspike sim``.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.mubrain.chip import ChipModel
from goldspike.training import Images, Show, Trainer, read_images
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import held_back
from goldspike.workloads.mubrain.encoding import encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.mubrain.training import rate_accuracy, train
from goldspike.workloads.mubrain.training_params import SETTINGS, TrainParams
from goldspike.workloads.network import Network, save_network

__all__ = ["TRAINER"]


def train_on(
    part: Images, params: TrainParams, show: Show, checkpoint: Checkpoint
) -> tuple[Network, Mapping[str, float]]:
    """Train, and ask the mean-rate law and the golden chip about the images held back."""
    net, _ = train(part.x, part.y, params, show, checkpoint)
    kept, _ = held_back(len(part), params)
    return net, accuracies(net, part.x[kept], part.y[kept], params) if kept.size else {}


def accuracies(net: Network, x: np.ndarray, y: np.ndarray, params: TrainParams) -> dict[str, float]:
    """Return the accuracies on some images, by what gave them."""
    found = {"mean-rate law": rate_accuracy(net.weights, x, y, params)}
    try:
        settings, weights = place(net, {})
    except InputError:  # a threshold that no register of the chip overflows at, or too many layers
        return found
    chip = ChipModel(settings.chip, weights)
    answers = [chip.run(*encode(image, settings.encoding, k)).answer for k, image in enumerate(x)]
    for name in ("shortest_isi", "count"):
        said = np.array([getattr(answer, name) for answer in answers])
        found[f"chip, {name}"] = float(np.mean(said == y))
    return found


def save(out: Path, net: Network, meta: Mapping[str, str]) -> None:
    """Write the network, with what it says about itself."""
    save_network(out, Network(net.weights, {**net.meta, **meta}))


TRAINER = Trainer(
    command="mubrain",
    make=TrainParams,
    settings=SETTINGS,
    read=read_images,
    train=train_on,
    save=save,
)
