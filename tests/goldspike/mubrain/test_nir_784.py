"""784-128-10 with biases from snnTorch: the chip answers as often right as snnTorch itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.mubrain.nir import import_nir
from goldspike.simulation import simulate
from goldspike.workloads.dataset import digits
from goldspike.workloads.network import load_network

pytest.importorskip("nir")

SNNTORCH = 530, 525
"""Test images of 539 that snnTorch got right, with a margin and scaled: nets/make_nir.py."""


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("net") / "net.npz"
    import_nir(ROOT / "nets" / "digits_784_snntorch.nir", out, assignments=["rate_max=7e3"])
    return str(out)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    test = digits("test")
    x = np.repeat(np.repeat(test.x, 3, axis=1), 3, axis=2)
    path = tmp_path_factory.mktemp("data") / "large.npz"
    save_npz(path, x=np.pad(x, ((0, 0), (2, 2), (2, 2))), y=test.y)
    return str(path)


def test_the_file_brings_sizes_and_biases(net: str) -> None:
    found = load_network(net)
    assert [w.shape for w in found.weights] == [(785, 128), (129, 10)]
    assert all(np.abs(w[-1]).max() == 7 for w in found.weights[:1])
    assert found.meta["bias_period"] <= 420_000 / 16


@pytest.mark.parametrize("form", ["large", "scaled"])
def test_the_chip_is_within_a_point_of_snntorch(
    form: str, net: str, large: str, tmp_path: Path
) -> None:
    data = large if form == "large" else None
    report = simulate("mubrain", net=net, data=data, out=tmp_path / "run.json")
    assert report["samples"] == 539
    expected = SNNTORCH[form == "scaled"] / 539
    assert abs(report["accuracy"]["count"] - expected) <= 0.01
    assert report["counts"]["input"]["bias"] > 0


@pytest.mark.slow
def test_engines_agree(net: str, large: str, tmp_path: Path) -> None:
    reports: list[dict[str, Any]] = []
    for engine in ("model", "rtl", "lockstep"):
        out = tmp_path / f"{engine}.json"
        simulate("mubrain", net=net, data=large, engine=engine, samples=5, out=out)
        reports.append(json.loads(out.read_text()))
        for different in ("engine", "wall_seconds"):
            del reports[-1][different]
    assert reports[0] == reports[1] == reports[2]
