"""``goldspike train alwayson``, and the networks that ship."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.alwayson.train import TRAINER
from goldspike.model.alwayson.chip import ALWAYSON_65NM, FAST_COUNTS, ChipModel
from goldspike.model.errors import InputError
from goldspike.model.paths import ROOT
from goldspike.workloads.alwayson.encoding import OPERATING_POINTS, encode
from goldspike.workloads.alwayson.network import load_network, network_images
from goldspike.workloads.dataset import digits

TINY = ("sizes=64,12,10", "thresholds=1,32", "epochs=2", "teacher=8", "teacher_epochs=1")


def test_a_network_is_trained_and_written_byte_for_byte_alike(tmp_path: Path) -> None:
    files = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path in files:
        rows = dict(
            TRAINER.run(
                out=path, data=None, seed=2, assignments=(*TINY, "validation=0.1"), resume=False
            )
        )
        assert rows["network"] == f"{path}, 64-12-10"
        assert rows["data"] == "digits.npz, 1258 images, 126 of them held back"
        assert "plain sums" in rows
    assert files[0].read_bytes() == files[1].read_bytes()
    net = load_network(files[0])
    assert net.thresholds == (1, 32)
    assert net.meta["made_by"].startswith("goldspike train alwayson --seed 2 --set ")
    assert "--set sizes=64,12,10" in net.meta["made_by"]
    with pytest.raises(InputError, match="thresholds must be one per layer but the last"):
        TRAINER.run(out=files[0], data=None, seed=0, assignments=("sizes=64,10",), resume=False)


def test_the_digits_that_ship_reach_what_they_must_with_nothing_dropped() -> None:
    path = ROOT / "nets" / "alwayson_digits.npz"
    net, test, coding = load_network(path), digits("test"), OPERATING_POINTS["lossless"]
    run = ChipModel(ALWAYSON_65NM, net.weights, net.thresholds).run(
        *encode(network_images(test, net.sizes[0], path), coding), coding.frame
    )
    assert (run.winners == test.y).mean() >= 0.97
    missed = [FAST_COUNTS.index("lost"), FAST_COUNTS.index("dropped")]
    assert not run.counts[:, :, missed].any()
    assert run.ticks.max() < coding.frame  # so that no spike met a frozen core


def test_the_network_for_mnist_is_the_published_one() -> None:
    net = load_network(ROOT / "nets" / "alwayson_mnist.npz")
    assert net.sizes == ALWAYSON_65NM.layers
    assert net.thresholds == ALWAYSON_65NM.thresholds == (1, 32, 16, 14)
    assert sum(np.abs(w).sum() for w in net.weights) == ALWAYSON_65NM.synapses
