from itertools import pairwise

import numpy as np

from goldspike.workloads.imc.training import STRIDES, forward, gradients, quantise


def network(rng: np.random.Generator) -> list:
    sizes, weights = (1, 3, 4, 4, 4), []
    for inputs, outputs in pairwise(sizes):
        weights += [rng.normal(0, 0.5, (9 * inputs, outputs)), rng.normal(0, 0.1, outputs)]
    return [*weights, rng.normal(0, 1, (4, 10)), rng.normal(0, 1, 10)]


def test_gradients_are_those_of_small_differences() -> None:
    rng = np.random.default_rng(1)
    weights = network(rng)
    x, y = rng.random((5, 8, 8, 1)), rng.integers(0, 10, 5)

    def loss() -> float:
        logits = forward(weights, x)[0]
        return float((np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(5), y]).mean())

    for array, gradient in zip(weights, gradients(weights, x, y), strict=True):
        place = tuple(int(rng.integers(size)) for size in array.shape)
        kept, step = array[place], 1e-6
        array[place] = kept + step
        above = loss()
        array[place] = kept - step
        below = loss()
        array[place] = kept
        assert abs((above - below) / (2 * step) - gradient[place]) < 1e-6


def test_quantised_numbers_are_in_range() -> None:
    rng = np.random.default_rng(2)
    net = quantise(network(rng), rng.random((20, 8, 8, 1)))
    assert net.strides == STRIDES
    assert all(np.abs(kernel).max() == 127 for kernel in net.kernels)
    assert all(m.max() < 1 << 15 for m in net.multipliers)
    assert all(np.abs(b).max() < 1 << 31 for b in net.biases)
    params = net.chain(8)
    assert params.residuals[0][:2] == (2, 3)
