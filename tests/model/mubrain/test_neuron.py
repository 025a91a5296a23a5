import re

import numpy as np
import pytest

from goldspike.model.jit import njit
from goldspike.model.mubrain.neuron import (
    NeuronModel,
    NeuronParams,
    fires,
    make_neurons,
    scaled_words,
)


def run(weights, **ports):
    """Return potential and fire after each weight."""
    model = NeuronModel(NeuronParams())
    return [(model.tick(w, strobe=True, **ports), int(model.potential[0]))[::-1] for w in weights]


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("weight", range(1, 8))
def test_n_spikes_of_a_weight_fire_as_often_as_the_law_says(weight, scale):
    model, fires = NeuronModel(NeuronParams()), 0
    added = weight * 8 if scale else weight
    for n in range(1, 400):
        fires += model.tick(weight, strobe=True, scale=scale)
        assert fires == n * added // 64
        assert model.potential[0] == n * added % 64


def test_the_threshold_itself_fires_and_leaves_nothing():
    assert run([7] * 9)[-1] == (63, False)
    assert run([7] * 9 + [1])[-1] == (0, True)
    assert run([7] * 9 + [2])[-1] == (1, True)


def test_underflow_stays_at_zero():
    assert run([3, -7, 5]) == [(3, False), (0, False), (5, False)]


def test_scale_multiplies_by_eight():
    assert run([3, 3, -1, 3], scale=True) == [(24, False), (48, False), (40, False), (0, True)]


def test_without_a_strobe_nothing_happens():
    model = NeuronModel(NeuronParams())
    model.tick(5, strobe=True)
    assert not model.tick(7, strobe=False, scale=True)
    assert model.potential[0] == 5


def test_clear_wins_over_a_strobe():
    model = NeuronModel(NeuronParams())
    for _ in range(9):
        model.tick(7, strobe=True)
    assert not model.tick(7, strobe=True, clear=True)
    assert model.potential[0] == 0


def test_widths():
    params = NeuronParams(weight_bits=8, potential_bits=13, scale_shift=6)
    assert (params.threshold, params.largest_weight) == (8192, 127)
    model = NeuronModel(params)
    assert not model.tick(127, strobe=True, scale=True)  # 8128
    assert model.tick(127, strobe=True, scale=True)
    assert model.potential[0] == 2 * 8128 - 8192


TOO_LARGE = "a scaled weight must not exceed the threshold 64, not 112"  # 7 << 4


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weight_bits": 1}, ValueError, "weight_bits must be in 2..8, not 1"),
        ({"weight_bits": 9}, ValueError, "weight_bits must be in 2..8, not 9"),
        ({"weight_bits": None}, TypeError, "weight_bits must be an integer in 2..8, not None"),
        ({"potential_bits": 0}, ValueError, "potential_bits must be in 1..13, not 0"),
        ({"potential_bits": 14}, ValueError, "potential_bits must be in 1..13, not 14"),
        ({"scale_shift": -1}, ValueError, "scale_shift must be in 0..12, not -1"),
        ({"scale_shift": 13}, ValueError, "scale_shift must be in 0..12, not 13"),
        (
            {"scale_shift": 4},
            ValueError,
            TOO_LARGE,
        ),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        NeuronParams(**change)


@pytest.mark.parametrize(
    ("weights", "params", "dtype"),
    [
        ([[7, -7]], NeuronParams(), np.int8),
        ([[7, -7]], NeuronParams(potential_bits=7), np.int16),
        ([[0, -7]], NeuronParams(potential_bits=7), np.int16),  # the threshold itself, 128
        ([[-17]], NeuronParams(), np.int16),  # scaled, -136
        ([[127]], NeuronParams(weight_bits=8, potential_bits=13, scale_shift=6), np.int16),
    ],
)
def test_potentials_are_as_narrow_as_their_sums(weights, params, dtype):
    words = scaled_words(np.array(weights, np.int8), params)
    assert words.dtype == dtype
    assert words[1, 0, 0] == weights[0][0] << params.scale_shift
    assert not words[:, :, len(weights[0]) :].any()  # what fills a block never fires


@njit
def fire(neurons, threshold):
    return fires(neurons, threshold)


@pytest.mark.parametrize(("dtype", "threshold"), [(np.int8, 64), (np.int16, 8192)])
@pytest.mark.parametrize("size", [1, 16, 300])
def test_any_number_of_neurons_fire_in_order(size, dtype, threshold):
    rng = np.random.default_rng(size)
    neurons = make_neurons(size, np.dtype(dtype))
    for share in (0, 1 / size, 2 / size, 0.5, 1):
        before = rng.integers(0, threshold, neurons.potential.size)
        before += np.where(rng.random(before.size) < share, rng.integers(1, 48, before.size), 0)
        for last in (before, np.where(np.arange(before.size) == size - 1, threshold, before)):
            neurons.potential[:] = last
            over = np.flatnonzero(last >= threshold)
            assert fire(neurons, threshold) == over.size
            assert neurons.fired[: over.size].tolist() == over.tolist()
            assert neurons.potential.tolist() == (last % threshold).tolist()
