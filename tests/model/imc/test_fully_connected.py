import numpy as np
import pytest

from goldspike.model.imc.fully_connected import FullyConnectedModel, FullyConnectedParams


def test_scores_are_the_product_and_ties_go_down():
    params = FullyConnectedParams(channels=20, classes=4)
    rng = np.random.default_rng(1)
    weights = rng.integers(-128, 128, (20, 4)).astype(np.int8)
    weights[:, 3] = weights[:, 1]
    bias = np.array([0, 10**6, -5, 10**6])
    model = FullyConnectedModel(params, weights, bias)
    for _ in range(20):
        pixel = rng.integers(-128, 128, 32).astype(np.int8)
        pixel[20:] = 0
        scores, answer = model.run(pixel.view(np.uint8).reshape(2, 16))
        expected = pixel[:20].astype(np.int64) @ weights.astype(np.int64) + bias
        assert np.array_equal(scores, expected) and answer == 1


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"^classes must be in 2\.\.4096, not 1$"):
        FullyConnectedParams(channels=1, classes=1)


def test_what_its_crossbar_refuses_is_refused():
    with pytest.raises(ValueError, match=r"^weight_bits must be in 2\.\.8, not 9$"):
        FullyConnectedParams(channels=1, classes=2, weight_bits=9)
