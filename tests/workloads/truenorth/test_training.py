"""Training for TrueNorth-like cores: reproducible, resumable, and better than chance by far."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.trainer_settings import made_by, parse_params
from goldspike.workloads.truenorth.network import Layers, levels
from goldspike.workloads.truenorth.training import accuracy, forward, gradients, train
from goldspike.workloads.truenorth.training_params import SETTINGS, TrainParams

SHORT = TrainParams(epochs=6, sizes=(64, 16, 10))


def numbers(net: Layers) -> bytes:
    return b"".join(w.tobytes() for w in net.weights)


@pytest.mark.parametrize("stepped", [0.0, 1.0])
def test_both_ways_of_counting_learn(stepped: float) -> None:
    data = digits("train")
    params = replace(SHORT, epochs=20, stepped=stepped, validation=0.25)
    net, score = train(prepare(data.x, 8), data.y, params)
    assert score is not None
    assert score > 0.85
    assert {w.dtype for w in net.weights} == {np.dtype(np.int8)}
    assert max(abs(w).max() for w in net.weights) <= 7


def test_equal_seeds_give_equal_networks_and_a_resumed_run_ends_alike(
    ends_alike: Callable[..., None],
) -> None:
    data = digits("train")
    ends_alike(train, (prepare(data.x, 8)[:300], data.y[:300]), SHORT, numbers, 4)


def test_the_gradient_is_that_of_the_cost_of_an_undisturbed_drive() -> None:
    # one layer whose outputs are neither silent nor saturated: counts are drives but for rounding
    params = TrainParams(sizes=(4, 3), threshold=1)
    shadow = [np.array([[1.0, 2, 0], [0, 1, 2], [2, 0, 1], [1, 1, 0]])]
    inputs, y = np.array([[1.0, 2, 1, 3], [2, 0, 1, 1]]), np.array([0, 2])
    rng = np.random.default_rng(0)
    seen, drives = forward(shadow, inputs, params, rng, stepped=False)
    np.testing.assert_array_equal(drives[0], inputs @ shadow[0])
    np.testing.assert_array_equal(seen[1], drives[0])
    found = gradients(shadow, seen, drives, y, params)[0]

    def cost(weights: np.ndarray) -> float:
        logits = params.sharpness * inputs @ weights
        return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(2), y]))

    for place in np.ndindex(4, 3):
        step = np.zeros((4, 3))
        step[place] = 1e-5
        slope = (cost(shadow[0] + step) - cost(shadow[0] - step)) / 2e-5
        assert found[place] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_a_level_is_rounded_and_limited_where_spikes_are_counted() -> None:
    params = TrainParams(sizes=(4, 3), threshold=1)
    rng = np.random.default_rng(0)
    seen, _ = forward(
        [np.ones((4, 3))], np.array([[-3.0, 99, 2.6, 2.4]]), params, rng, stepped=True
    )
    np.testing.assert_array_equal(seen[0], [[0, 15, 3, 2]])


def test_labels_and_held_back_images_are_checked() -> None:
    x, y = np.zeros((4, 64), np.uint8), np.array([0, 1, 2, 3])
    with pytest.raises(ValueError, match=r"only 0\.\.2"):
        train(x, y, replace(SHORT, sizes=(64, 3)))
    with pytest.raises(ValueError, match="all 4 are held back"):
        train(x, y, replace(SHORT, validation=0.95))
    assert accuracy(Layers(weights=(np.eye(64, 4, dtype=np.int8),), thresholds=(1,)),
                    levels(np.eye(4, 64, dtype=np.uint8) * 255), y) == 1.0  # fmt: skip


def test_settings_are_read_and_written() -> None:
    params = parse_params(TrainParams, SETTINGS, ["sizes=64,32,10", "stepped=0.25"], seed=3)
    assert params == TrainParams(sizes=(64, 32, 10), stepped=0.25, seed=3)
    wanted = "goldspike train truenorth --seed 3 --set sizes=64,32,10 --set stepped=0.25"
    assert made_by("truenorth", params) == wanted
    for wrong in ("sizes=64", "sizes=60,10", "threshold=0", "stepped=2", "input_noise=-1",
                  "sharpness=0", "batch=0", "validation=1"):  # fmt: skip
        with pytest.raises(InputError, match=f"The settings cannot be used: .*{wrong[:5]}|inputs"):
            parse_params(TrainParams, SETTINGS, [wrong], seed=0)
