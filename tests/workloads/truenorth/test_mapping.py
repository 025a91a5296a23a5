"""Layers on a core: every weight, level and copy, against a plain layer, step by step."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldspike.model.errors import InputError
from goldspike.model.truenorth.shared.steps import Steps
from goldspike.workloads.truenorth.mapping import (
    WINDOW,
    Target,
    counts,
    layer,
    level_spikes,
    source,
    spikes,
)

OUT = [Target(0, dx=1)]


def plain_layer(weights: np.ndarray, levels: np.ndarray, threshold: int) -> np.ndarray:
    """Return the levels of a layer, (windows, n): ReLU with what is left carried on."""
    left = np.zeros(weights.shape[1], int)
    found = np.zeros((len(levels), weights.shape[1]), int)
    for window, row in enumerate(levels.tolist()):
        for t in range(WINDOW):
            on = [(t + 1) * n // WINDOW > t * n // WINDOW for n in row]
            left = np.maximum(left + np.array(on, int) @ weights, 0)
            fired = left >= threshold
            left = left - threshold * fired
            found[window] += fired
    return found


def test_a_level_is_as_many_spikes_spread_evenly() -> None:
    found = level_spikes(np.arange(16))
    np.testing.assert_array_equal(found.sum(axis=1), np.arange(16))
    for level in range(1, 16):
        gaps = np.diff(np.flatnonzero(found[level]))
        assert gaps.size == 0 or gaps.max() - gaps.min() <= 1
    assert np.flatnonzero(found[1]).tolist() == [14]
    with pytest.raises(ValueError, match=r"not 0\.\.16"):
        level_spikes(np.array([0, 16]))


def test_every_weight_is_the_sum_of_its_synapses() -> None:
    weights = np.arange(-8, 8)[None, :]
    image = layer(weights, 1000, [OUT] * 16)
    inputs = spikes(np.array([[15]]), np.zeros(1, int), np.zeros(1, int))
    run = Steps([image]).run(inputs, 1)
    np.testing.assert_array_equal(run.potentials[0, 0, :16], weights[0].clip(0))
    image.neurons["kappa"], image.neurons["beta"] = False, 100  # what is below 0 too
    run = Steps([image]).run(inputs, 1)
    np.testing.assert_array_equal(run.potentials[0, 0, :16], weights[0])


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 64), st.integers(1, 16), st.integers(1, 40), st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_core_gives_the_levels_of_the_plain_layer(
    sources: int, size: int, threshold: int, windows: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(-8, 8, (sources, size))
    levels = rng.integers(0, 16, (windows, sources))
    image = layer(weights, threshold, [[Target(n, dx=1)] for n in range(size)])
    inputs = spikes(levels, np.zeros(windows, int), np.arange(windows))
    run = Steps([image]).run(inputs, WINDOW * windows)
    found = counts(run.outputs, 1, windows, size)[0]
    np.testing.assert_array_equal(found, plain_layer(weights, levels, threshold))


def test_two_layers_on_two_cores_and_samples_side_by_side() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(-8, 8, (64, 64)), rng.integers(-8, 8, (64, 10))
    images = [
        layer(first, 40, [source(n, dx=1) for n in range(64)]),  # 256 copies: a full core
        layer(second, 30, [[Target(n, dx=1)] for n in range(10)]),
    ]
    levels = rng.integers(0, 16, (3, 64))
    run = Steps(images, columns=2).run(spikes(levels, np.arange(3), np.zeros(3, int)), WINDOW + 1)
    fields = images[0].neurons
    assert (fields["delay"] == 1).all()
    assert not run.merged.any()
    assert (run.fired[:, 0] % 4 == 0).all()  # copies fire together
    found = counts(run.outputs, 3, 1, 10, delay=2)[:, 0]
    for sample in range(3):
        left, hidden = np.zeros(10, int), np.zeros(64, int)
        sent, total = np.zeros(64, int), np.zeros(10, int)
        for t in range(WINDOW + 1):
            left = np.maximum(left + sent @ second, 0)
            fired = left >= 30
            left, total = left - 30 * fired, total + fired
            on = t < WINDOW and (t + 1) * levels[sample] // WINDOW > t * levels[sample] // WINDOW
            hidden = np.maximum(hidden + on * np.ones(64, int) @ first, 0)
            sent = (hidden >= 40).astype(int)
            hidden = hidden - 40 * sent
        np.testing.assert_array_equal(found[sample], total)


@pytest.mark.parametrize(
    ("weights", "threshold", "targets", "sentence"),
    [
        (np.full((2, 3), 8), 1, [OUT] * 3, "neuron 0: expected weights -8..7, not 8 from source 0"),
        (np.zeros((65, 1), int), 1, [OUT], "axon 256: a core has 256 axons, but 65 sources"),
        (np.zeros((1, 52), int), 1, [OUT * 5] * 52, "neuron 51: expected room for its 5 copies"),
        (np.zeros((1, 2), int), [1, 0], [OUT] * 2, "neuron 1: expected a threshold of 1.."),
        (np.zeros((1, 2), int), 1, [OUT, [Target(256)]], "neuron 1: expected axon 0..255"),
        (np.zeros((1, 1), int), 1, [[Target(0, delay=16)]], "neuron 0: expected delay 0..15"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    weights: np.ndarray, threshold: int, targets: list[list[Target]], sentence: str
) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        layer(weights, threshold, targets)
