"""Networks for TrueNorth-like cores: the file, and spikes by plain sums."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.truenorth.network import (
    Layers,
    levels,
    load_network,
    save_network,
    spike_counts,
)

NET = ROOT / "nets" / "truenorth_digits.npz"


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_a_network_survives_the_file(name: str, tmp_path: Path) -> None:
    shipped = ROOT / "nets" / f"truenorth_{name}.npz"
    net, meta = load_network(shipped)
    assert net.sizes == (64, 64, 10)
    assert meta["chip"] == "truenorth"
    path = tmp_path / "net.npz"
    save_network(path, net, meta)
    assert path.read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w1": np.full((64, 64), 8)}, r"expected weights -8\.\.7 in w1, but they span 8\.\.8"),
        ({"w2": np.zeros((65, 10), int)}, "expected w2 to have 64 rows, .* not 65"),
        ({"thresholds": None}, "expected a threshold per layer"),
        ({"thresholds": [20]}, "expected 2 numbers in thresholds, one per layer, not 1"),
        ({"thresholds": [20, 0]}, r"expected 1\.\.262143 in thresholds, not 0"),
    ],
)
def test_bad_files_are_refused(change: dict, message: str, tmp_path: Path) -> None:
    arrays = {**load_npz(NET), **change}
    path = tmp_path / "net.npz"
    save_npz(path, **{name: value for name, value in arrays.items() if value is not None})
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert str(path) in str(caught.value)


def test_grey_levels_round_half_up() -> None:
    grey = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(levels(grey), np.floor(grey / 17 + 0.5))


def test_a_neuron_fires_once_per_step_and_forgets_what_is_below_0() -> None:
    one = Layers(weights=(np.array([[1, 7, -3], [0, 0, 7]], np.int8),), thresholds=(2,))
    # a spike in every step: 15 halves round down; 7 per step is a spike per step
    np.testing.assert_array_equal(spike_counts(one, np.array([[15, 0]]))[1], [[7, 15, 0]])
    # the second input, a spike in the last step, is worth 3 spikes, and one can be sent;
    # the first one's -3 in every step before has not been kept
    np.testing.assert_array_equal(spike_counts(one, np.array([[15, 1]]))[1][0, 2], 1)
