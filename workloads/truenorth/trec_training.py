"""Quantisation-aware training of the network that classifies questions.

Back-propagation through time. Every forward pass has weights of -8..7 and levels of 0..15 from the
start: float shadows are rounded, and the gradient passes the rounding unchanged, but no level that
is at an end of its range. At first a window is one sum, of which whole thresholds become levels
(what is left is carried on, as in the neuron); in the last epochs the step model itself gives the
levels. Recurrent weights begin near the identity, so that levels are handed on.

Ref: straight-through gradient: Bengio et al., arXiv:1308.3432; identity at the start: Le et al.,
arXiv:1504.00941.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.epochs import Progress, held_back, run_epochs, softmax_error
from goldspike.workloads.truenorth.mapping import TOP_LEVEL, WINDOW, counts, spikes
from goldspike.workloads.truenorth.trec import (
    CLASSES,
    HIDDEN,
    INPUTS,
    Questions,
    TrecNet,
    image,
    tokens,
    word_hash,
)
from goldspike.workloads.truenorth.trec_params import TrainParams

__all__ = ["train"]

Floats = NDArray[np.float64]
Forward = Callable[["Weights", Floats], Floats]

PADDING, UNKNOWN = 0, 1
"""Words before the first of a question, which give no level; words without a row of their own."""
WEIGHT_RANGE, LEVEL_RANGE = 7.49, 15.49
"""Shadows are -1..1: times this they are just inside the rounding boundary of 7 or 15."""
SPREAD = {"inputs": 0.2, "recurrent": 0.06, "readout": 0.27, "levels": 0.2}
"""Standard deviation of the first shadows."""
_BUCKET = 16
"""Batches are cut from so many at once, by length, so that few words are padding."""


@dataclass(frozen=True)
class Weights:
    """Whole numbers of a forward pass, as floats."""

    inputs: Floats
    recurrent: Floats
    readout: Floats
    threshold: int


def train(
    data: Questions,
    params: TrainParams,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[TrecNet, float | None]:
    """Train a network from scratch; equal arguments give equal networks.

    Parameters
    ----------
    data : Questions
    params : TrainParams
    progress : callable, optional
        Called after every epoch with the epochs done and the accuracy on the questions held back.
    checkpoint : Checkpoint, optional
        Kept after the epochs; a run that goes on from it ends with the same network.

    Returns
    -------
    net : TrecNet
    held_back : float or None
        Its accuracy on the questions held back, through the step model; None without any.

    Raises
    ------
    ValueError
        If no questions are left to train on.
    InputError
        If the checkpoint cannot be gone on from.
    """
    rng = np.random.default_rng(params.seed)
    kept, used = held_back(len(data), params, rng, of="questions")
    texts = [tokens(text)[:: -1 if params.backwards else 1] for text in data.texts]
    often = Counter(word for k in used for word in texts[k])
    known = sorted(word for word, n in often.items() if n >= params.rare)
    rows = {word: k for k, word in enumerate(known, start=UNKNOWN + 1)}
    words = [np.array([rows.get(word, UNKNOWN) for word in text]) for text in texts]
    forget = params.forget / (params.forget + np.array([1, 1, *(often[word] for word in known)]))

    shadow = first_shadow(len(known) + 2, params, rng)

    def batch_gradients(index: NDArray[np.int64], epoch: int) -> list[Floats]:
        ids = padded([words[k] for k in index])
        ids[(rng.random(ids.shape) < forget[ids]) & (ids != PADDING)] = UNKNOWN
        keep = rng.random((len(index), INPUTS)) >= params.dropout
        forward = stepped if epoch >= params.epochs - params.exact_epochs else summed
        return gradients(shadow, ids, data.y[index], params, forward, keep)

    def score(epoch: int) -> float | None:
        if not kept.size or epoch < params.epochs - max(1, params.exact_epochs):
            return None
        return float((answers(shadow, words, kept, params) == data.y[kept]).mean())

    state = run_epochs(
        shadow,
        rng,
        params,
        bound=1,
        rate=params.learning_rate,
        data=(np.concatenate(words), data.y),
        used=used,
        batches=partial(batches, words),
        gradients=batch_gradients,
        score=score,
        progress=progress,
        checkpoint=checkpoint,
    )
    return network(state.best, known, params), state.score if kept.size else None


def first_shadow(rows: int, params: TrainParams, rng: np.random.Generator) -> list[Floats]:
    """Return the weights to begin with: levels, inputs, recurrent, read-out."""
    identity = min(params.threshold, 6) / WEIGHT_RANGE
    return [
        rng.normal(0, SPREAD["levels"], (rows, INPUTS)).clip(-1, 1),
        rng.normal(0, SPREAD["inputs"], (INPUTS, HIDDEN)).clip(-1, 1),
        (rng.normal(0, SPREAD["recurrent"], (HIDDEN, HIDDEN)) + identity * np.eye(HIDDEN)).clip(
            -1, 1
        ),
        rng.normal(0, SPREAD["readout"], (HIDDEN, len(CLASSES))).clip(-1, 1),
    ]


def batches(
    words: Sequence[NDArray[np.int64]], used: NDArray[np.int64], size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return all of `used` once, in batches of questions that are about as long."""
    shuffled, found = rng.permutation(used), []
    for start in range(0, len(used), _BUCKET * size):
        part = shuffled[start : start + _BUCKET * size]
        part = part[np.argsort([len(words[k]) for k in part], kind="stable")]
        found += [part[k : k + size] for k in range(0, len(part), size)]
    return [found[k] for k in rng.permutation(len(found))]


def padded(words: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the rows of words, (longest, n), with padding before the shorter ones."""
    ids = np.full((max(map(len, words)), len(words)), PADDING)
    for k, some in enumerate(words):
        ids[len(ids) - len(some) :, k] = some
    return ids


def weights_of(shadow: Sequence[Floats], threshold: int) -> Weights:
    """Return the whole numbers that a shadow stands for."""
    inputs, recurrent, readout = (np.rint(WEIGHT_RANGE * a) for a in shadow[1:])
    return Weights(inputs, recurrent, readout, threshold)


def levels_of(table: Floats, ids: NDArray[np.int64]) -> Floats:
    """Return the levels of words."""
    return np.rint(LEVEL_RANGE * table[ids]).clip(0, TOP_LEVEL) * (ids != PADDING)[..., None]


def summed(weights: Weights, levels: Floats) -> Floats:
    """Return the hidden levels, (words, n, 16), of windows that are one sum each."""
    driven = levels @ weights.inputs
    hidden, before = np.zeros_like(driven), np.zeros(driven.shape[1:])
    left = np.zeros_like(before)
    for word, drive in enumerate(driven):
        total = drive + before @ weights.recurrent + left
        before = hidden[word] = np.floor(total / weights.threshold).clip(0, TOP_LEVEL)
        left = (total - before * weights.threshold).clip(0, weights.threshold)
    return hidden


def stepped(weights: Weights, levels: Floats) -> Floats:
    """Return the hidden levels, (words, n, 16), that the step model gives."""
    windows, samples = levels.shape[:2]
    net = TrecNet(
        hashes=np.zeros(0, np.uint64),
        levels=np.zeros((1, INPUTS), np.uint8),
        inputs=weights.inputs.astype(np.int8),
        recurrent=weights.recurrent.astype(np.int8),
        readout=weights.readout.astype(np.int8),
        threshold=weights.threshold,
        backwards=False,
    )
    by_sample = levels.transpose(1, 0, 2).reshape(-1, INPUTS).astype(np.int64)
    index = np.arange(samples * windows)
    inputs = spikes(by_sample, index // windows, index % windows)
    core = image(net, neurons=5 * HIDDEN)
    run = Steps([core], params=CoreParams(neurons=core.size)).run(inputs, windows * WINDOW, samples)
    return counts(run.outputs, samples, windows, HIDDEN).transpose(1, 0, 2).astype(np.float64)


def gradients(
    shadow: Sequence[Floats],
    ids: NDArray[np.int64],
    y: NDArray[np.int64],
    params: TrainParams,
    forward: Forward,
    keep: NDArray[np.bool_],
) -> list[Floats]:
    """Return the gradient of the mean cross entropy for every array of the shadow.

    Parameters
    ----------
    shadow : list of arrays
    ids : int64 array (words, n)
        Rows of the table.
    y : int64 array (n,)
    params : TrainParams
    forward : callable
    keep : bool array (n, 48)
        Levels that are not dropped.
    """
    weights = weights_of(shadow, params.threshold)
    levels = levels_of(shadow[0], ids) * keep
    hidden = forward(weights, levels)
    found = backward(weights, levels, hidden, y, params.sharpness, params.quiet)
    raw = LEVEL_RANGE * shadow[0][ids]
    by_word = found[0] * keep * ((raw > 0) & (raw < LEVEL_RANGE)) * (ids != PADDING)[..., None]
    table = np.zeros_like(shadow[0])
    np.add.at(table, ids.ravel(), LEVEL_RANGE * by_word.reshape(-1, INPUTS))
    return [table, *(WEIGHT_RANGE * a for a in found[1:])]


def backward(
    weights: Weights,
    levels: Floats,
    hidden: Floats,
    y: NDArray[np.int64],
    sharpness: float,
    quiet: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the gradients for levels, inputs, recurrent and read-out, backwards through time."""
    quiet /= len(y)
    delta = softmax_error(hidden[-1] @ weights.readout, y, sharpness)
    readout = hidden[-1].T @ delta
    before = np.concatenate([np.zeros_like(hidden[:1]), hidden[:-1]])
    total = (levels @ weights.inputs + before @ weights.recurrent) / weights.threshold
    open_ = (total > 0) & (total < TOP_LEVEL + 1)
    carried, drive = delta @ weights.readout.T + quiet, np.zeros_like(hidden)
    for word in reversed(range(len(hidden))):
        drive[word] = carried * open_[word] / weights.threshold
        carried = drive[word] @ weights.recurrent.T + quiet
    flat = drive.reshape(-1, HIDDEN)
    return (
        drive @ weights.inputs.T + quiet,
        levels.reshape(-1, INPUTS).T @ flat,
        before.reshape(-1, HIDDEN).T @ flat,
        readout,
    )


def answers(
    shadow: Sequence[Floats],
    words: Sequence[NDArray[np.int64]],
    index: NDArray[np.int64],
    params: TrainParams,
) -> NDArray[np.int64]:
    """Return the classes of some questions, through the step model."""
    weights = weights_of(shadow, params.threshold)
    by_length = np.argsort([len(words[k]) for k in index], kind="stable")
    found = np.zeros(len(index), np.int64)
    for some in np.array_split(by_length, max(1, len(index) // params.batch)):
        ids = padded([words[k] for k in index[some]])
        found[some] = (stepped(weights, levels_of(shadow[0], ids))[-1] @ weights.readout).argmax(
            axis=1
        )
    return found


def network(shadow: Sequence[Floats], known: Sequence[str], params: TrainParams) -> TrecNet:
    """Return the network of a shadow, its rows in the order of their words' hashes."""
    hashes = np.array([word_hash(word) for word in known], np.uint64)
    order = np.argsort(hashes)
    table = levels_of(shadow[0], np.arange(UNKNOWN, len(known) + 2)).astype(np.uint8)
    weights = weights_of(shadow, params.threshold)
    return TrecNet(
        hashes=hashes[order],
        levels=np.concatenate([table[:1], table[1:][order]]),
        inputs=weights.inputs.astype(np.int8),
        recurrent=weights.recurrent.astype(np.int8),
        readout=weights.readout.astype(np.int8),
        threshold=params.threshold,
        backwards=bool(params.backwards),
    )
