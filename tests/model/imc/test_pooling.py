import numpy as np
import pytest

from goldspike.model.imc.pooling import PoolingModel, PoolingParams


def test_means_are_rounded_half_up():
    params = PoolingParams(pixels=4, channels=3, word_bits=24)
    model = PoolingModel(params)
    rng = np.random.default_rng(1)
    for _ in range(50):
        pixels = rng.integers(-128, 128, (4, 3)).astype(np.int8)
        sent = [model.take(pixel.view(np.uint8))[1] for pixel in pixels]
        assert sent[:3] == [None, None, None] and sent[3] is not None
        exact = np.floor(pixels.astype(float).mean(axis=0) + 0.5)
        assert np.array_equal(sent[3].view(np.int8), exact)


def test_only_powers_of_two():
    with pytest.raises(ValueError, match=r"^pixels must be a power of two, not 6$"):
        PoolingParams(pixels=6, channels=1)
