"""ResNets with float scales: what is read, what integers make of it, and what is refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from goldspike.imc.chip import Imc
from goldspike.model.errors import InputError
from goldspike.model.files import save_npz
from goldspike.model.imc.shared.dataflow import ArrayDataflow
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.dataset import digits
from goldspike.workloads.imc.network import load_cnn, save_cnn
from goldspike.workloads.imc.resnet import CIFAR, forward, load_resnet, quantise

SHARED = Path(os.environ.get("GOLDSPIKE_DATA", ROOT.parent / "shared" / "data"))


def small(**change):
    """Return the arrays of a network of two groups, 2 and 4 channels."""
    rng, arrays = np.random.default_rng(1), {}
    shapes = {"conv1": (2, 3), "layer1.0.conv1": (2, 2), "layer1.0.conv2": (2, 2),
              "layer2.0.conv1": (4, 2), "layer2.0.conv2": (4, 4)}  # fmt: skip
    for name, (outputs, inputs) in shapes.items():
        arrays[f"{name}.w"] = rng.integers(-127, 128, (outputs, inputs, 3, 3)).astype(np.int8)
        arrays[f"{name}.scale"] = rng.uniform(0.002, 0.004, outputs).astype(np.float32)
        arrays[f"{name}.bias"] = rng.normal(0, 0.3, outputs).astype(np.float32)
    arrays["linear.w"] = rng.integers(-127, 128, (3, 4)).astype(np.int8)
    arrays["linear.scale"] = np.full(3, 0.01, np.float32)
    arrays["linear.bias"] = rng.normal(0, 0.1, 3).astype(np.float32)
    return {name: array for name, array in (arrays | change).items() if array is not None}


@pytest.fixture
def net(tmp_path):
    save_npz(tmp_path / "net.npz", **small())
    return tmp_path / "net.npz"


def noise(count):
    rng = np.random.default_rng(2)
    blocks = rng.integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)
    return blocks.repeat(4, axis=1).repeat(4, axis=2)


def test_blocks_and_their_shortcuts(net):
    layers = load_resnet(net).layers
    found = [(layer.name, layer.source, layer.added, layer.stride) for layer in layers]
    assert found == [
        ("conv1", -1, -1, 1),
        ("layer1.0.conv1", 0, -1, 1),
        ("layer1.0.conv2", 1, 0, 1),
        ("layer2.0.conv1", 2, -1, 2),
        ("layer2.0.shortcut", 2, -1, 2),
        ("layer2.0.conv2", 3, 4, 1),
    ]
    assert layers[4].weights[0, 0].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]  # zeros around it


def test_integers_are_near_the_floats(net):
    resnet, x = load_resnet(net), noise(12)
    cnn = quantise(resnet, x)
    assert cnn.residuals[0][:2] == (1, 2) and cnn.residuals[1][:2] == (4, 5)
    array = cnn.array(32, 256)
    model = ArrayDataflow(array, cnn.weights, most_answers=12)
    pixels = CIFAR.activations(x).transpose(0, 2, 1, 3).reshape(-1, 3)
    model.run(pixels, 1 << 40)
    scores, _ = forward(resnet, CIFAR.floats(x))
    ours = np.array([found for _, _, found in model.answers])
    wanted = scores - scores.mean(axis=0)  # the scale is left open
    got = ours - ours.mean(axis=0)
    assert np.corrcoef(wanted.ravel(), got.ravel())[0, 1] > 0.99


def test_an_integer_network_survives_its_file(net, tmp_path):
    cnn = quantise(load_resnet(net), noise(3))
    save_cnn(tmp_path / "cnn.npz", cnn, {"side": 32})
    back, meta = load_cnn(tmp_path / "cnn.npz")
    assert (back.sources, back.relus, back.image) == (cnn.sources, cnn.relus, cnn.image)
    assert meta["side"] == 32
    assert back.array(32, 9) == cnn.array(32, 9)  # split over cores of one channel each
    save_npz(tmp_path / "x.npz", x=noise(2), y=np.array([0, 2]))
    report = simulate(
        "imc", net=str(tmp_path / "cnn.npz"), data=str(tmp_path / "x.npz"),
        out=tmp_path / "run.json",
    )  # fmt: skip
    assert report["cores"] == 7 and report["layers"] == 7 and "calibration" not in report


def test_the_data_or_other_images_set_the_scales(net, tmp_path, monkeypatch):
    data, other = tmp_path / "x.npz", tmp_path / "other.npz"
    save_npz(data, x=noise(2), y=np.array([0, 2]))
    save_npz(other, x=noise(120).transpose(0, 3, 1, 2), y=np.zeros(120, int))
    run = {"net": str(net), "data": str(data), "out": tmp_path / "run.json"}
    assert simulate("imc", **run)["calibration"] == "the first 2 images of x.npz"
    report = simulate("imc", assignments=[f"calibration={other}"], **run)
    assert report["calibration"] == "the first 100 images of other.npz"
    monkeypatch.setattr("goldspike.imc.loaded.MOST_CORES", 5)
    with pytest.raises(InputError, match="The engine rtl takes split layers"):
        simulate("imc", engine="rtl", **run)
    with pytest.raises(InputError, match=r"expected images of 32 x 32 x 3 .* not 8 x 8\."):
        Imc().load(net, Imc().choose()).inputs(digits())
    with pytest.raises(InputError, match=r"x\.npz: expected images of 8 x 8 .* not 32 x 32 x 3"):
        simulate("imc", data=str(data), out=tmp_path / "run.json")
    with pytest.raises(InputError, match=r"the pixels of stage .* carries 8 in a"):
        simulate("imc", assignments=["link_bits=8"], **run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv1.scale": None}, r"expected the array conv1\.scale, but it is missing"),
        ({"linear.w": np.zeros((3, 5), np.int8)}, r"expected integers .* \(None, 4\) in linear\.w"),
        ({"conv1.bias": np.full(2, np.nan)}, r"expected finite numbers, .* in conv1\.bias"),
        ({"layer2.0.conv2.w": np.zeros((2, 4, 3, 3), np.int8)}, r"layer2\.0\.conv2\.scale"),
    ],
)
def test_bad_files_are_refused(change, message, tmp_path):
    save_npz(tmp_path / "bad.npz", **small(**change))
    with pytest.raises(InputError, match=rf"bad\.npz: .*{message}"):
        Imc().load(tmp_path / "bad.npz", Imc().choose())


@pytest.mark.slow
def test_resnet_32_loses_at_most_half_a_point(tmp_path):
    data = SHARED / "cifar10" / "test_first1000.npz"
    if not data.is_file():
        pytest.skip("needs CIFAR-10 and the ResNet-32 in GOLDSPIKE_DATA")
    net = SHARED / "nets" / "resnet32_16_28_56_int8.npz"
    report = simulate("imc", net=str(net), data=str(data), out=tmp_path / "run.json")
    assert report["accuracy"]["score"] >= 0.904 - 0.005
    assert report["cores"] == 43
    assert (report["latency_timesteps"], report["interval_timesteps"]) == (1662, 1024)
