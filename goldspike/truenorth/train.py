"""Train a network for cores: ``goldspike train truenorth``."""

from goldspike.training import Trainer, read_images, scored
from goldspike.workloads.truenorth.network import save_network
from goldspike.workloads.truenorth.training import train
from goldspike.workloads.truenorth.training_params import SETTINGS, TrainParams

__all__ = ["TRAINER"]

TRAINER = Trainer(
    command="truenorth",
    make=TrainParams,
    settings=SETTINGS,
    read=read_images,
    train=scored(train, "on cores"),
    save=save_network,
)
