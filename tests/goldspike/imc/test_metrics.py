"""Operations, memory and sparsity: counted one by one, and in a report."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from goldspike.imc.metrics import macs
from goldspike.model.files import load_npz
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.dataset import digits
from goldspike.workloads.imc.convolution import convolve
from goldspike.workloads.imc.network import images, load_cnn


@pytest.mark.parametrize(
    ("height", "width", "kernel", "stride", "padding"),
    [(8, 8, 3, 1, 1), (5, 7, 3, 2, 1), (4, 4, 1, 1, 0), (6, 5, 5, 3, 2), (3, 3, 3, 1, 0)],
)
def test_every_multiplication(height: int, width: int, kernel: int, stride: int, padding: int):
    layer = LayerParams(
        height=height, width=width, channels=2, outputs=3, kernel=kernel, stride=stride,
        padding=padding,
    )  # fmt: skip
    image = np.pad(np.ones((height, width), int), padding)
    places = product(
        range(0, height + 2 * padding - kernel + 1, stride),
        range(0, width + 2 * padding - kernel + 1, stride),
    )
    pixels = sum(int(image[y : y + kernel, x : x + kernel].sum()) for y, x in places)
    assert macs(layer) == pixels * 2 * 3


def test_a_report(tmp_path: Path) -> None:
    found = simulate("imc", samples=2, out=tmp_path / "run.json")["neurobench"]
    net = load_npz(ROOT / "nets" / "imc_digits.npz")
    weights = [net[name] for name in net if name.startswith("kernel_") or name == "last"]
    size = sum(w.size for w in weights)
    assert found["footprint"] == {"weight_bytes": size, "state_bytes": 4 * 512 * 128 // 8}
    assert found["connection_sparsity"] == sum(int((w == 0).sum()) for w in weights) / size
    dense = {name: layer["dense"] for name, layer in found["operations"].items()}
    assert dense["core1"] == 22 * 22 * 8  # 3 x 3 on 8 x 8 pixels, padded by 1; 8 outputs
    assert dense["fully_connected"] == 160
    assert dense.keys() == {"core1", "core2", "core3", "core4", "fully_connected"}


def test_zeros_are_those_of_a_convolution(tmp_path: Path) -> None:
    found = simulate("imc", samples=3, out=tmp_path / "run.json")["neurobench"]
    network, _ = load_cnn(ROOT / "nets" / "imc_digits.npz")
    params, weights = network.chain(8), network.weights
    maps: list[list[np.ndarray]] = [[] for _ in params.layers]
    for image in images(digits("test").x[:3], 8):
        inputs = [image]
        for k, (layer, w) in enumerate(zip(params.layers, weights.cores, strict=True)):
            sums = convolve(inputs[-1], network.kernels[k], layer) * w.multiplier + w.bias
            for source, sink, gain in params.residuals:
                if sink == k:
                    sums += gain * inputs[source].astype(np.int64)
            half = 1 << params.shifts[k] >> 1
            inputs.append(np.clip(sums + half >> params.shifts[k], 0, 127).astype(np.int8))
            maps[k].append(inputs[-1])
    zeros = {f"core{k}": float(np.mean(np.stack(made) == 0)) for k, made in enumerate(maps, 1)}
    assert found["activation_sparsity_by_layer"] == pytest.approx(zeros)
    every = sum(np.stack(made).size for made in maps)
    mean = sum(zeros[f"core{k}"] * np.stack(made).size for k, made in enumerate(maps, 1)) / every
    assert found["activation_sparsity"] == pytest.approx(mean)
