"""Training for the macro: reproducible, resumable, and its whole numbers as good as its floats."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.rram.network import MultiLayer, scores
from goldspike.workloads.rram.training import forward, gradients, train
from goldspike.workloads.rram.training_params import SETTINGS, TrainParams
from goldspike.workloads.trainer_settings import made_by, parse_params

SHORT = TrainParams(epochs=6, sizes=(64, 16, 10))


def numbers(net: MultiLayer) -> bytes:
    """Return all numbers of a network."""
    return b"".join(a.tobytes() for a in (*net.weights, *net.biases, *net.multipliers))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_every_precision_learns_and_keeps_to_its_range(bits: int) -> None:
    data = digits("train")
    x = prepare(data.x, 8)
    params = replace(SHORT, epochs=25, weight_bits=bits, validation=0.25)
    net, score = train(x, data.y, params)
    assert score is not None
    assert score > 0.8
    half = 1 << (bits - 1)
    for weights in net.weights:
        assert weights.min() >= -half
        assert weights.max() <= max(1, half - 1)
    assert bits > 1 or set(np.unique(net.weights[0])) == {-1, 1}


def test_equal_seeds_give_equal_networks_and_a_resumed_run_ends_alike(
    ends_alike: Callable[..., None],
) -> None:
    data = digits("train")
    ends_alike(train, (prepare(data.x, 8)[:300], data.y[:300]), SHORT, numbers, 3)


def test_the_gradient_is_that_of_the_cost() -> None:
    rng = np.random.default_rng(2)
    params = TrainParams(sizes=(4, 5, 3), input_noise=0.0, batch=2)
    shadow = [rng.normal(0, 30, (4, 5)), rng.normal(0, 5, 5), rng.normal(0, 30, (5, 3)),
              rng.normal(0, 5, 3)]  # fmt: skip
    x, y = rng.integers(0, 256, (2, 4), dtype=np.uint8), np.array([0, 2])

    def cost() -> float:
        logits = params.sharpness * forward(shadow, x, params)[-1]
        log = np.log(np.exp(logits).sum(axis=1))
        return float(np.mean(log - logits[np.arange(2), y]))

    found = gradients(shadow, x, y, params, rng)
    for k in (1, 3):  # weights are rounded; biases are not
        for n in range(shadow[k].size):
            step = 1e-4
            shadow[k][n] += step
            above = cost()
            shadow[k][n] -= 2 * step
            below = cost()
            shadow[k][n] += step
            assert found[k][n] == pytest.approx((above - below) / (2 * step), rel=1e-4, abs=1e-9)


def test_whole_numbers_lose_little() -> None:
    data = digits("train")
    x = prepare(data.x, 8)
    net, _ = train(x, data.y, TrainParams(epochs=20))
    assert (scores(net, x).argmax(axis=1) == data.y).mean() > 0.98


@pytest.mark.parametrize(
    "assignment",
    ["sizes=64", "sizes=63,10", "weight_bits=3", "epochs=0", "learning_rate=0", "validation=1",
     "sharpness=nan", "input_noise=-1", "sizes=64,99999999,10"],
)  # fmt: skip
def test_settings_out_of_range_are_one_sentence(assignment: str) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        parse_params(TrainParams, SETTINGS, [assignment], 0)


def test_the_command_that_is_kept_gives_the_same_parameters() -> None:
    params = TrainParams(sizes=(256, 128, 10), weight_bits=2, input_noise=0.25, seed=7)
    words = made_by("rram", params).split()
    settings = [words[k + 1] for k, word in enumerate(words) if word == "--set"]
    assert parse_params(TrainParams, SETTINGS, settings, 7) == params
