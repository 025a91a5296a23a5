"""Train a sparseRec layer: ``goldspike train truenorth --workload sparse-recurrent``."""

from collections.abc import Mapping

from goldspike.training import Images, Show, Trainer, read_images
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.truenorth.network import levels
from goldspike.workloads.truenorth.sparse_recurrent import Layer, save_layer
from goldspike.workloads.truenorth.sparse_recurrent_training import SETTINGS, SparseParams, train

__all__ = ["TRAINER"]


def train_on(
    part: Images, params: SparseParams, show: Show, checkpoint: Checkpoint
) -> tuple[Layer, Mapping[str, float]]:
    """Train; the accuracy is that of the core's step model."""
    classes = int(part.y.max()) + 1
    layer, score = train(levels(part.x), part.y, classes, params, show, checkpoint)
    return layer, {} if score is None else {"on the core": score}


TRAINER = Trainer(
    command="truenorth --workload sparse-recurrent",
    make=SparseParams,
    settings=SETTINGS,
    read=read_images,
    train=train_on,
    save=save_layer,
    shape=lambda layer: "-".join(map(str, (*layer.inputs.shape, len(layer.outputs)))),
)
