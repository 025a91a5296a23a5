from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits
from goldspike.workloads.imc.network import images, load_cnn, save_cnn
from goldspike.workloads.imc.training import float_accuracy

NET = ROOT / "nets" / "imc_digits.npz"


def test_a_network_survives_the_file(tmp_path: Path) -> None:
    net, meta = load_cnn(NET)
    path = tmp_path / "net.npz"
    save_cnn(path, net, meta)
    assert load_npz(path).keys() == load_npz(NET).keys()
    assert path.read_bytes() == NET.read_bytes()


def test_the_float_network_that_ships_reaches_98_percent() -> None:
    _, meta = load_cnn(NET)
    weights = [meta[f"float_{k}"].astype(np.float64) for k in range(10)]
    test = digits("test")
    assert float_accuracy(weights, images(test.x, 8) / 127.0, test.y) > 0.98


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel_1": None}, "expected the array kernel_1, but it is missing"),
        ({"last": np.zeros((5, 10), np.int8)}, "expected integers of the shape"),
        ({"bias_1": np.zeros(8)}, "expected integers of the shape"),
        ({"multiplier_2": np.full(16, 1 << 15)}, r"expected -32768\.\.32767 in multiplier_2"),
    ],
)
def test_bad_files_are_refused(change: dict, message: str, tmp_path: Path) -> None:
    arrays = {**load_npz(NET), **change}
    path = tmp_path / "bad.npz"
    save_npz(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(InputError, match=rf"bad\.npz: {message}"):
        load_cnn(path)


def test_padding_and_relu_of_ones_own_survive_the_file(tmp_path: Path) -> None:
    net, _ = load_cnn(NET)
    relus = (True, False, True, False)
    save_cnn(tmp_path / "net.npz", replace(net, paddings=(0, 1, 1, 1), relus=relus), {})
    back, _ = load_cnn(tmp_path / "net.npz")
    params = back.chain(10)
    assert [core.relu for core in params.cores] == [*relus]
    assert [layer.padding for layer in params.layers] == [0, 1, 1, 1]
    with pytest.raises(ValueError, match="relus must have one entry per layer"):
        replace(params, relus=(True,))
