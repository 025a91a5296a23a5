"""Train a network that classifies questions: ``goldspike train truenorth --workload trec``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from goldspike.chip import Row
from goldspike.model.errors import InputError
from goldspike.training import TrainingRun
from goldspike.workloads.trainer_settings import made_by
from goldspike.workloads.truenorth.trec import HIDDEN, INPUTS, questions, save_network
from goldspike.workloads.truenorth.trec_params import parse_train_params
from goldspike.workloads.truenorth.trec_training import train

__all__ = ["train_network"]


def train_network(
    *, out: Path, data: str | None, seed: int, assignments: Sequence[str], resume: bool
) -> list[Row]:
    """Train, write the network to `out`, and return what there is to say about it.

    Equal data, seeds and settings give equal bytes, interrupted or not; only the training part of
    the data is read.

    Raises
    ------
    InputError
        If anything that was asked for cannot be had; an earlier network stays as it was.
    """
    params = parse_train_params(assignments, seed)
    if data is None:
        raise InputError("Training on questions needs --data, a folder with TREC's .label files.")
    part = questions(data, "train")
    run = TrainingRun(out, data, part.name)
    net, score = run.follow(
        lambda show, checkpoint: train(part, params, show, checkpoint), params.epochs, resume=resume
    )
    meta = {
        "chip": "truenorth",
        "made_by": made_by("truenorth --workload trec", params),
        "data": part.name,
    }
    save_network(out, replace(net, meta=meta))
    run.done()
    held = round(params.validation * len(part))
    rows = [
        ("network", f"{out}, {INPUTS}-{HIDDEN}, {len(net.hashes)} words"),
        ("data", f"{part.name}, {len(part)} questions, {held} of them held back"),
    ]
    if score is not None:
        rows.append(("on the core", f"{100 * score:.2f} % of the questions held back"))
    return rows
