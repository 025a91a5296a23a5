"""Training for questions: reproducible, resumable, and its gradients are those of its cost."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.trainer_settings import made_by, parse_params
from goldspike.workloads.truenorth import trec, trec_training
from goldspike.workloads.truenorth.trec import HIDDEN, INPUTS, Questions, TrecNet
from goldspike.workloads.truenorth.trec_params import SETTINGS, TrainParams
from goldspike.workloads.truenorth.trec_training import Weights, train

SHORT = TrainParams(epochs=4, exact_epochs=1, batch=8, rare=1)


def made_up(n: int) -> Questions:
    """Return questions whose class is the first word's, with words between that say nothing."""
    rng = np.random.default_rng(1)
    firsts = ("letters", "why", "thing", "who", "where", "when")
    y = rng.integers(0, 6, n)
    fill = [
        " ".join(f"word{c}" for c in rng.choice(list("abcdef"), k)) for k in rng.integers(1, 6, n)
    ]
    return Questions(tuple(f"{firsts[k]} {f}" for k, f in zip(y, fill, strict=True)), y, "made up")


def numbers(net: TrecNet) -> bytes:
    return b"".join(
        a.tobytes() for a in (net.hashes, net.levels, net.inputs, net.recurrent, net.readout)
    )


@pytest.mark.parametrize("backwards", [0, 1])
def test_it_learns_what_the_first_word_says(backwards: int) -> None:
    data = made_up(240)
    params = replace(SHORT, epochs=25, exact_epochs=3, backwards=backwards, validation=0.25)
    _, score = train(data, params)
    assert score is not None
    assert score > 0.9


def test_equal_seeds_give_equal_networks_and_a_resumed_run_ends_alike(
    ends_alike: Callable[..., None],
) -> None:
    ends_alike(train, (made_up(40),), SHORT, numbers, 2)


def test_the_gradients_are_those_of_the_cost() -> None:
    rng = np.random.default_rng(3)
    weights = Weights(
        rng.normal(0, 0.6, (INPUTS, HIDDEN)), rng.normal(0, 1, (HIDDEN, HIDDEN)),
        rng.normal(0, 2, (HIDDEN, 6)), 7,
    )  # fmt: skip
    levels = rng.uniform(0, 3, (4, 3, INPUTS))
    y = np.array([0, 5, 2])
    sharpness, quiet = 0.3, 0.01

    def hidden() -> np.ndarray:
        found, before = [], np.zeros((3, HIDDEN))
        for row in levels:  # the neuron without its rounding
            total = row @ weights.inputs + before @ weights.recurrent
            before = (total / weights.threshold).clip(0, 16)
            found.append(before)
        return np.array(found)

    def cost() -> float:
        fired = hidden()
        logits = sharpness * fired[-1] @ weights.readout
        log = np.log(np.exp(logits).sum(axis=1))
        spikes = quiet * (fired.sum() + levels.sum()) / 3
        return float(np.mean(log - logits[np.arange(3), y]) + spikes)

    found = trec_training.backward(weights, levels, hidden(), y, sharpness, quiet)
    for array, gradient in zip(
        (levels, weights.inputs, weights.recurrent, weights.readout), found, strict=True
    ):
        for place in rng.choice(array.size, 12, replace=False):
            index = np.unravel_index(place, array.shape)
            step = 1e-5
            array[index] += step
            above = cost()
            array[index] -= 2 * step
            below = cost()
            array[index] += step
            assert gradient[index] == pytest.approx(
                (above - below) / (2 * step), rel=1e-4, abs=1e-8
            )


def test_the_last_epochs_go_through_the_step_model() -> None:
    """A shadow's levels by the step model are those that its network's questions have."""
    params = replace(SHORT, exact_epochs=5)
    data = made_up(30)
    net, _ = train(data, params)
    weights = Weights(
        net.inputs.astype(float), net.recurrent.astype(float), net.readout.astype(float), 7
    )
    rows = [trec.word_levels(net, text) for text in data.texts[:5]]
    longest = max(map(len, rows))
    levels = np.zeros((longest, 5, INPUTS))
    for k, row in enumerate(rows):
        levels[longest - len(row) :, k] = row
    inputs, steps = trec.encode(net, data.texts[:5])
    run = Steps([trec.image(net)]).run(inputs, steps)
    expected = trec.decode(net, run.outputs, steps)
    hidden = trec_training.stepped(weights, levels)[-1]
    assert hidden.any()
    np.testing.assert_array_equal((hidden @ weights.readout).argmax(axis=1), expected)


@pytest.mark.parametrize(
    "assignment",
    ["epochs=0", "exact_epochs=-1", "learning_rate=0", "validation=1", "sharpness=nan",
     "dropout=-1", "backwards=2", "threshold=0", "quiet=-1", "rare=0", "forget=0"],
)  # fmt: skip
def test_settings_out_of_range_are_one_sentence(assignment: str) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        parse_params(TrainParams, SETTINGS, [assignment], 0)


def test_the_command_that_is_kept_gives_the_same_parameters() -> None:
    params = TrainParams(quiet=0.001, epochs=9, backwards=0, seed=7)
    words = made_by("truenorth", params).split()
    settings = [words[k + 1] for k, word in enumerate(words) if word == "--set"]
    assert parse_params(TrainParams, SETTINGS, settings, 7) == params


def test_no_questions_left_to_train_on_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="all 1 are held back"):
        train(made_up(1), TrainParams(validation=0.9))
