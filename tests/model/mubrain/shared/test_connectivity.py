import re

import numpy as np
import pytest

from goldspike.model.mubrain.shared.connectivity import Connectivity


def test_the_published_pattern_has_19622_synapses_about_30_percent_of_all_pairs():
    mask = Connectivity().mask
    assert mask.shape == (256, 256) and mask.sum() == 19_622
    assert mask.mean() == pytest.approx(0.2994, abs=1e-4)


def test_the_pattern_is_even_over_rows_columns_and_the_diagonal():
    mask = Connectivity().mask
    for counts in (mask.sum(axis=0), mask.sum(axis=1)):
        deviation = np.sqrt(256 * 0.2994 * 0.7006)
        assert abs(counts - 76.6).max() < 4.5 * deviation
        assert counts.std() == pytest.approx(deviation, rel=0.2)
    assert 50 < mask.diagonal().sum() < 105


def test_a_seed_fixes_the_pattern_for_ever():
    assert np.argwhere(Connectivity(neurons=4, synapses=3, seed=1).mask).tolist() == [
        list(divmod(int(pair), 4))
        for pair in sorted(np.random.Philox(1).random_raw(16).argsort()[:3])
    ]
    first, second = (Connectivity(seed=seed).mask for seed in (1, 2))
    assert (first == Connectivity(seed=1).mask).all()
    assert (first != second).sum() > 20_000


@pytest.mark.parametrize("synapses", [0, 25])
def test_none_and_all_are_patterns_too(synapses):
    assert Connectivity(neurons=5, synapses=synapses).mask.sum() == synapses


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"neurons": 257}, "neurons must be in 1..256, not 257"),
        ({"neurons": 4, "synapses": 17}, "synapses must be in 0..16, not 17"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
    ],
)
def test_bad_parameters_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Connectivity(**change)
