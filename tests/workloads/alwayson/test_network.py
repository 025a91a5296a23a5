"""The network file of the always-on chip, its images, and its sums."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.alwayson.chip import ALWAYSON_65NM, ChipModel, ChipParams
from goldspike.model.errors import InputError
from goldspike.workloads.alwayson.encoding import EncodingParams, encode, levels
from goldspike.workloads.alwayson.network import (
    BinaryNetwork,
    arrange,
    load_network,
    network_images,
    save_network,
    spike_counts,
)
from goldspike.workloads.dataset import Dataset, digits


def small(rng: np.random.Generator, sizes: tuple[int, ...] = (9, 6, 5, 4, 3)) -> BinaryNetwork:
    weights = tuple(rng.choice([-1, 1], shape).astype(np.int8) for shape in pairwise(sizes))
    return BinaryNetwork(weights=weights, thresholds=(1, 24, 6, 4), meta={"chip": "alwayson"})


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    net = small(np.random.default_rng(0))
    save_network(tmp_path / "a.npz", net, {"data": "x"})
    read = load_network(tmp_path / "a.npz")
    assert read.sizes == (9, 6, 5, 4, 3)
    assert read.thresholds == net.thresholds
    assert dict(read.meta) == {"chip": "alwayson", "data": "x", "format": "goldspike-network-1"}
    assert all((a == b).all() for a, b in zip(read.weights, net.weights, strict=True))
    save_network(tmp_path / "b.npz", read)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


ONES = np.ones((4, 3), np.int8)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"w1": ONES * 0, "thresholds": [1]}, "expected weights of -1 and +1 in w1, but found 0."),
        ({"w1": ONES * -2, "thresholds": [1]}, "expected weights of -1 and +1 in w1, but found -2"),
        ({"w1": ONES, "w2": ONES, "thresholds": [1, 1]}, "expected w2 to have 3 rows"),
        ({"w1": ONES}, "expected thresholds, one per layer of weights."),
        ({"w1": ONES, "thresholds": [1, 2]}, "expected 1 numbers in thresholds"),
        ({"w1": ONES, "thresholds": [0]}, "expected 1..32767 in thresholds, not 0."),
        ({"w1": ONES, "thresholds": [1.5]}, "expected a whole number in thresholds"),
    ],
)
def test_a_file_that_is_no_network_is_refused(
    arrays: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=rf"^{re.escape(f'{path}: {sentence}')}"):
        load_network(path)


def test_what_the_chip_refuses_of_a_network() -> None:
    net = small(np.random.default_rng(1))
    with pytest.raises(ValueError, match="layer 2 has 6 neurons, the chip 5"):
        ChipModel(ChipParams(layers=(9, 5, 5, 4, 3)), net.weights, net.thresholds)
    with pytest.raises(ValueError, match="the chip has 3 weight matrices, not 4"):
        chip = ChipParams(layers=(9, 6, 5, 3), thresholds=(1, 1, 1))
        ChipModel(chip, net.weights, net.thresholds)
    with pytest.raises(ValueError, match="thresholds"):
        ChipModel(ALWAYSON_65NM, net.weights, (1, 256, 4, 3))


def test_images_are_pooled_and_get_a_border() -> None:
    x = np.zeros((1, 28, 28), np.uint8)
    x[0, 0, 1], x[0, 1, 0], x[0, 27, 27] = 7, 9, 5
    square = arrange(x, 16)
    assert square.shape == (1, 16, 16)
    assert sorted(zip(*np.nonzero(square[0]), strict=True)) == [(1, 1), (14, 14)]
    assert (square[0, 1, 1], square[0, 14, 14]) == (9, 5)
    shipped = digits("test").x
    assert (arrange(shipped, 8) == shipped).all()
    assert (arrange(shipped, 16)[:, 4:12, 4:12] == shipped).all()
    odd = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)
    assert arrange(odd, 2).tolist() == [[[4, 5], [7, 8]]]


def test_images_that_do_not_fit_are_refused() -> None:
    data = Dataset(np.zeros((2, 33, 33), np.uint8), np.zeros(2, np.int64), "some")
    with pytest.raises(InputError, match="at most 32 x 32 pixels for 256 inputs, not 33 x 33"):
        network_images(data, 256, "net.npz")
    with pytest.raises(InputError, match=r"net.npz: expected a square number of inputs .* not 60"):
        network_images(data, 60, "net.npz")


def test_plain_sums_are_nearly_what_a_smaller_network_does_on_the_published_chip() -> None:
    # A sum is that at the end of the frame; on the way there it may have been higher for a while.
    rng = np.random.default_rng(5)
    net = small(rng, (64, 32, 32, 32, 4))
    grey = rng.integers(0, 256, (20, 64)).astype(np.uint8)
    params = EncodingParams()
    found = ChipModel(ALWAYSON_65NM, net.weights, net.thresholds).run(
        *encode(grey, params), params.frame, keep=True
    )
    assert not found.counts[:, :, [1, 2]].any()  # lost, dropped
    expected, _ = spike_counts(net, levels(grey, 6))
    for k, launches in enumerate(found.launches):
        image = np.repeat(np.arange(20), np.diff(launches.bounds))
        counts = np.zeros((20, net.sizes[k]), int)
        np.add.at(counts, (image, launches.row), 1)
        if k == 0:
            np.testing.assert_array_equal(counts, expected[0])
        assert expected[k].mean() > 2
        assert np.abs(counts - expected[k]).mean() < 0.3, k
