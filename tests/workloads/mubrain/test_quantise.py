"""Rounding to the chip's weights: what is scaled, clipped, lost, and by how much."""

import numpy as np
import pytest

from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.workloads.mubrain.quantise import best_gain, quantise, scaled
from goldspike.workloads.nir_graph import Chain, FloatLayer

NEURON = NeuronParams()


def layer(weight: list[list[float]], threshold: list[float], tau: float = np.inf) -> FloatLayer:
    w, t = np.array(weight, float), np.array(threshold, float)
    return FloatLayer("test", w, t, np.full(t.size, tau))


def test_the_threshold_becomes_64_neuron_by_neuron() -> None:
    one = layer([[1 / 64, 1.0], [-0.05, -3.0]], [1.0, 32.0])
    np.testing.assert_allclose(scaled(one, NEURON), [[1, 2], [-3.2, -6]])
    (weights,), (report,) = quantise(Chain((one,)), [1.0], 1e-3)
    assert weights.tolist() == [[1, 2], [-3, -6]] and weights.dtype == np.int8
    assert (report.scale_min, report.scale_max) == (2.0, 64.0)
    assert (report.clipped, report.lost, report.weights) == (0, 0, 4)
    assert report.error_max == pytest.approx(0.2)
    assert report.error_rms == pytest.approx(0.1)
    assert report.relative_error == pytest.approx(0.2 / np.sqrt(1 + 4 + 3.2**2 + 36))
    assert report.leak == 0


def test_clipped_and_lost_weights_are_counted() -> None:
    one = layer([[7.4, 7.6, -100.0, 0.4, -0.5, 0.0]], [64.0] * 6)
    (weights,), (report,) = quantise(Chain((one,)), [1.0], 1e-3)
    assert weights.tolist() == [[7, 7, -7, 0, 0, 0]]  # halves go to even
    assert (report.clipped, report.lost) == (2, 2)
    assert report.error_max == pytest.approx(0.5)  # of those that were not clipped


def test_a_gain_scales_before_rounding() -> None:
    one = layer([[0.2, -0.1]], [64.0, 64.0])
    (weights,), (report,) = quantise(Chain((one,)), [20.0], 1e-3)
    assert weights.tolist() == [[4, -2]] and report.gain == 20 and report.scale_min == 20


@pytest.mark.parametrize("size", [0.01, 1.0, 40.0])
def test_the_best_gain_brings_weights_into_range(size: float) -> None:
    rng = np.random.default_rng(4)
    one = layer((size * rng.normal(0, 2, (60, 20))).tolist(), [64.0] * 20)
    gain = best_gain(one, NEURON)
    _, (fitted,) = quantise(Chain((one,)), [gain], 1e-3)
    for other in (gain / 2, gain * 2, 1.0):
        _, (worse,) = quantise(Chain((one,)), [other], 1e-3)
        assert fitted.relative_error <= worse.relative_error + 1e-12
    assert fitted.relative_error < 0.2


def test_silent_weights_need_no_gain() -> None:
    one = layer([[0.0, 0.0]], [1.0, 1.0])
    assert best_gain(one, NEURON) == 1.0
    _, (report,) = quantise(Chain((one,)), [1.0], 1e-3)
    assert report.relative_error == 0 and report.lost == 0


def test_the_leak_of_a_window_is_reported() -> None:
    one = layer([[1.0]], [64.0], tau=4e-3)
    _, (report,) = quantise(Chain((one,)), [1.0], 4e-3)
    assert report.leak == pytest.approx(1 - np.exp(-1))
