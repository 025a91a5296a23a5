"""Train a network for the RRAM macro: ``goldspike train rram``."""

from goldspike.training import Trainer, read_images, scored
from goldspike.workloads.rram.network import save_network
from goldspike.workloads.rram.training import train
from goldspike.workloads.rram.training_params import SETTINGS, TrainParams

__all__ = ["TRAINER"]

TRAINER = Trainer(
    command="rram",
    make=TrainParams,
    settings=SETTINGS,
    read=read_images,
    train=scored(train, "whole numbers"),
    save=save_network,
)
