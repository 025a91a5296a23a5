"""Train a network of binary weights: ``goldspike train alwayson``."""

from goldspike.training import Images, Trainer, scored
from goldspike.workloads.alwayson.network import save_network
from goldspike.workloads.alwayson.training import train
from goldspike.workloads.alwayson.training_params import SETTINGS, TrainParams
from goldspike.workloads.dataset import digits, load_dataset

__all__ = ["TRAINER"]


def read_training(data: str | None, _params: TrainParams) -> Images:
    """Read a data set (folder of IDX files or .npz), unscaled; the shipped digits without a path.

    Raises
    ------
    InputError
        If it cannot be had.
    """
    part = load_dataset(data, "train") if data else digits("train")
    return Images(part.name, part.x, part.y)


TRAINER = Trainer(
    command="alwayson",
    make=TrainParams,
    settings=SETTINGS,
    read=read_training,
    train=scored(train, "plain sums"),
    save=save_network,
)
