"""Train a network for cores: ``goldspike train truenorth``."""

from collections.abc import Sequence
from pathlib import Path

from goldspike.chip import Row
from goldspike.training import Training
from goldspike.workloads.trainer_settings import made_by
from goldspike.workloads.truenorth.network import save_network
from goldspike.workloads.truenorth.training import train
from goldspike.workloads.truenorth.training_params import parse_train_params

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
    training = Training(out, data, params.sizes[0])
    net, score = training.run(
        lambda x, y, show, checkpoint: train(x, y, params, show, checkpoint),
        params.epochs,
        resume=resume,
    )
    meta = {"chip": "truenorth", "made_by": made_by("truenorth", params), "data": training.name}
    save_network(out, net, meta)
    training.done()
    rows = training.rows(net.sizes, round(params.validation * len(training.x)))
    if score is not None:
        rows.append(("on cores", f"{100 * score:.2f} % of the images held back"))
    return rows
