"""Training for the always-on chip: reproducible, resumable, and better than chance by far."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from goldspike.model.alwayson.chip import ALWAYSON_65NM, ChipModel
from goldspike.model.errors import InputError
from goldspike.workloads.alwayson.encoding import EncodingParams, encode
from goldspike.workloads.alwayson.network import BinaryNetwork, arrange
from goldspike.workloads.alwayson.teacher import taught
from goldspike.workloads.alwayson.training import SHIFTS, gradients, moved, one_hot, train
from goldspike.workloads.alwayson.training_params import SETTINGS, TrainParams
from goldspike.workloads.dataset import digits
from goldspike.workloads.trainer_settings import made_by, parse_params

SHORT = TrainParams(epochs=5, sizes=(64, 16, 10), thresholds=(1, 32))
TAUGHT = replace(SHORT, teacher=12, teacher_epochs=3)


def numbers(net: BinaryNetwork) -> bytes:
    return b"".join(w.tobytes() for w in net.weights)


def test_it_learns_and_the_chip_agrees() -> None:
    data = digits("train")
    params = TrainParams(
        epochs=25, shifted=0.0, batch=16, sizes=(64, 48, 48, 48, 10), validation=0.2
    )
    net, score = train(data.x, data.y, params)
    assert score is not None
    assert score > 0.8
    assert {w.dtype for w in net.weights} == {np.dtype(np.int8)}
    assert {abs(n) for w in net.weights for n in w.ravel().tolist()} == {1}
    test = digits("test")
    coding = EncodingParams()
    found = ChipModel(ALWAYSON_65NM, net.weights, net.thresholds).run(
        *encode(arrange(test.x[:100], 8).reshape(100, 64), coding), coding.frame
    )
    assert (found.winners == test.y[:100]).mean() > 0.75


@pytest.mark.parametrize("params", [SHORT, TAUGHT])
def test_equal_seeds_give_equal_networks_and_a_resumed_run_ends_alike(
    params: TrainParams, ends_alike: Callable[..., None]
) -> None:
    data = digits("train")
    ends_alike(train, (data.x[:300], data.y[:300]), params, numbers, 4)


def test_the_gradient_is_that_of_the_cost_where_nothing_is_rounded() -> None:
    # thresholds of 1: sums above 0 are counts, so that only the rectifier is left
    params = TrainParams(sizes=(4, 5, 3), thresholds=(1, 1), sharpness=0.1)
    rng = np.random.default_rng(0)
    weights = [rng.choice([-1, 1], shape).astype(np.int8) for shape in ((4, 5), (5, 3))]
    inputs = np.array([[9, 2, 1, 4], [3, 0, 7, 1]], np.uint8)
    targets = np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]], np.float32)
    net = BinaryNetwork(weights=tuple(weights), thresholds=(1, 1))
    found = gradients(net, inputs, targets, params)

    def cost(first: np.ndarray, second: np.ndarray) -> float:
        logits = params.sharpness * np.maximum(inputs @ first, 0) @ second
        odds = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return float(-(targets * np.log(odds)).sum(axis=1).mean())

    for k in range(2):
        for place in np.ndindex(*weights[k].shape):
            either = []
            for step in (1e-5, -1e-5):
                own = [w.astype(float) for w in weights]
                own[k][place] += step
                either.append(cost(own[0], own[1]))
            slope = (either[0] - either[1]) / 2e-5
            assert found[k][place] == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_images_are_moved_before_they_are_pooled() -> None:
    x = np.zeros((1, 4, 4), np.uint8)
    x[0, 1, 1] = 255
    found = moved(x, 2, SHIFTS)
    assert found.shape == (9, 1, 4)
    places = {shift: found[k, 0].nonzero()[0].tolist() for k, shift in enumerate(SHIFTS)}
    assert places[0, 0] == places[-1, -1] == [0]
    assert (places[1, 0], places[0, 1], places[1, 1]) == ([2], [1], [3])
    assert found.max() == 63
    x[0, 1, 1], x[0, 3, 3] = 0, 255
    assert not moved(x, 2, [(1, 0)]).any()  # moved out of the image


def test_a_teacher_knows_the_classes_of_moved_images() -> None:
    data = digits("train")
    inputs = moved(data.x[:600], 8, SHIFTS)
    params = replace(SHORT, batch=16, teacher=64, teacher_epochs=80)
    found = taught(inputs, data.y[:600], np.arange(500), params)
    np.testing.assert_allclose(found.sum(axis=2), 1, rtol=1e-5)
    assert (found[0, 500:].argmax(axis=1) == data.y[500:600]).mean() > 0.75


def test_labels_and_held_back_images_are_checked() -> None:
    x, y = np.zeros((4, 8, 8), np.uint8), np.array([0, 1, 2, 3])
    with pytest.raises(ValueError, match=r"only 0\.\.2"):
        train(x, y, replace(SHORT, sizes=(64, 3), thresholds=(1,)))
    with pytest.raises(ValueError, match="all 4 are held back"):
        train(x, y, replace(SHORT, validation=0.95))
    with pytest.raises(InputError, match="at most 16 x 16 pixels for 64 inputs, not 28 x 28"):
        train(np.zeros((4, 28, 28), np.uint8), y, SHORT)
    assert one_hot(y, 4).tolist() == np.eye(4).tolist()


def test_settings_are_read_and_written() -> None:
    params = parse_params(
        TrainParams, SETTINGS, ["sizes=64,32,10", "thresholds=1,20", "shifted=0.25"], seed=3
    )
    assert params == TrainParams(sizes=(64, 32, 10), thresholds=(1, 20), shifted=0.25, seed=3)
    assert made_by("alwayson", params) == (
        "goldspike train alwayson --seed 3 --set sizes=64,32,10 --set thresholds=1,20 "
        "--set shifted=0.25"
    )
    for wrong in ("sizes=64,10", "thresholds=1,2", "thresholds=1,2,3,0", "shifted=2",
                  "sharpness=0", "batch=0", "validation=1", "teacher=-1",
                  "teacher_epochs=0"):  # fmt: skip
        with pytest.raises(InputError, match=r"The settings cannot be used: .*must be"):
            parse_params(TrainParams, SETTINGS, [wrong], seed=0)
