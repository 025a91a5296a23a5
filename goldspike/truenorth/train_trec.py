"""Train a network that classifies questions: ``goldspike train truenorth --workload trec``."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from goldspike.model.errors import InputError
from goldspike.training import Show, Trainer
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.truenorth.trec import (
    HIDDEN,
    INPUTS,
    Questions,
    TrecNet,
    questions,
    save_network,
)
from goldspike.workloads.truenorth.trec_params import SETTINGS, TrainParams
from goldspike.workloads.truenorth.trec_training import train

__all__ = ["TRAINER"]


def read(data: str | None, _params: TrainParams) -> Questions:
    """Read the questions to train on: none ship."""
    if data is None:
        raise InputError("Training on questions needs --data, a folder with TREC's .label files.")
    return questions(data, "train")


def train_on(
    part: Questions, params: TrainParams, show: Show, checkpoint: Checkpoint
) -> tuple[TrecNet, Mapping[str, float]]:
    """Train; the accuracy is that of the core's step model."""
    net, score = train(part, params, show, checkpoint)
    return net, {} if score is None else {"on the core": score}


def save(out: Path, net: TrecNet, meta: Mapping[str, str]) -> None:
    """Write the network."""
    save_network(out, replace(net, meta=meta))


TRAINER = Trainer(
    command="truenorth --workload trec",
    make=TrainParams,
    settings=SETTINGS,
    read=read,
    train=train_on,
    save=save,
    shape=lambda net: f"{INPUTS}-{HIDDEN}, {len(net.hashes)} words",
    of="questions",
)
