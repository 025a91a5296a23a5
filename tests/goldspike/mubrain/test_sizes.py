"""Networks of any size: a file brings its own, and all engines report the same."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.mubrain.chip import MUBRAIN_40NM, ChipModel
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.paths import ROOT
from goldspike.mubrain.chip import MuBrain
from goldspike.simulation import simulate
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.network import Network, load_network

SHOWN = {"window": 4000, "rate_max": 2e5}


def draw(seed: int, path: Path, largest: int = 12) -> tuple[int, ...]:
    """Write a random network: one to six layers, some with biases, perhaps one recurrent."""
    rng = np.random.default_rng(seed)
    layers = int(rng.integers(1, 7))
    side = int(rng.integers(1, 5))
    sizes = [side * side, *rng.integers(1, largest + 1, layers).tolist()]
    bias = rng.integers(0, 2, layers).tolist()
    lateral = [0] * layers
    if rng.random() < 0.5:
        k = int(rng.integers(layers))
        sizes[k + 1], bias[k] = sizes[k], 0
        lateral[k] = int(rng.integers(1, sizes[k] ** 2 + 1))
    arrays: dict[str, Any] = {}
    for k, (inputs, neurons) in enumerate(itertools.pairwise(sizes)):
        rows = inputs + (neurons if lateral[k] else bias[k])
        matrix = rng.integers(-3, 8, (rows, neurons))
        if lateral[k]:
            mask = Connectivity(neurons=neurons, synapses=lateral[k]).mask
            matrix[:inputs] = 7 * np.eye(neurons)
            matrix[inputs:] = np.where(mask, rng.integers(-5, 1, mask.shape), 0)
        arrays[f"w{k + 1}"] = matrix.astype(np.int8)
    save_npz(
        path, **arrays, bias=np.array(bias), lateral=np.array(lateral),
        bias_period=int(rng.integers(50, 400)), scale=1, **SHOWN,
    )  # fmt: skip
    return tuple(sizes)


def images(path: Path, classes: int, count: int = 6) -> str:
    rng = np.random.default_rng(1)
    save_npz(path, x=rng.integers(0, 256, (count, 8, 8)).astype(np.uint8),
             y=rng.integers(0, classes, count))  # fmt: skip
    return str(path)


def assert_engines_agree(seed: int, folder: Path, largest: int = 12) -> None:
    sizes = draw(seed, folder / "net.npz", largest)
    data = images(folder / "data.npz", sizes[-1])
    found = []
    for engine in ("model", "rtl", "lockstep"):
        out = folder / f"{engine}.json"
        report = simulate("mubrain", net=str(folder / "net.npz"), data=data, engine=engine, out=out)
        for key in ("engine", "wall_seconds"):
            del report[key]
        found.append((report, out.with_suffix(".npz").read_bytes()))
    assert found[0] == found[1] == found[2]
    counts = found[0][0]["counts"]
    assert len(counts) == len(sizes) + 1  # input, layers, output
    assert counts["input"]["spikes"] > 0


def test_engines_agree_on_a_network_with_a_bias_and_recurrence(tmp_path: Path) -> None:
    assert draw(1, tmp_path / "net.npz", 4) == (9, 4, 4, 4)
    drawn = load_npz(tmp_path / "net.npz")
    assert drawn["bias"].any() and drawn["lateral"].any()
    assert_engines_agree(1, tmp_path, 4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, *range(20, 30)])
def test_engines_agree_on_many_networks(seed: int, tmp_path: Path) -> None:
    assert_engines_agree(seed, tmp_path, 40)


def test_the_chip_in_40_nm_is_a_configuration(tmp_path: Path) -> None:
    choices = MuBrain().choose("40nm", ["bias_period=5000"])
    net = load_network(ROOT / "nets" / "mubrain_40nm.npz")
    settings, weights = place(net, choices.values, choices.assignments)
    assert settings.chip == MUBRAIN_40NM
    for ours, theirs in zip(weights, net.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    report = simulate("mubrain", config="40nm", samples=5, out=tmp_path / "run.json",
                      assignments=["bias_period=5000"])  # fmt: skip
    assert report["net"] == "mubrain_40nm.npz"
    assert report["accuracy"]["count"] == 1
    assert report["counts"]["input"]["bias"] == 5 * 2 * 83  # strobes within 4.2 ms, two layers


def test_784_inputs_with_biases_are_taken(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    w1, w2 = rng.integers(-3, 5, (785, 20)), rng.integers(-7, 8, (21, 10))
    save_npz(tmp_path / "net.npz", w1=w1.astype(np.int8), w2=w2.astype(np.int8),
             bias=np.array([1, 1]), bias_period=1000)  # fmt: skip
    report = simulate("mubrain", net=str(tmp_path / "net.npz"), samples=2, out=tmp_path / "r.json")
    assert report["counts"]["input"]["bias"] == 2 * 2 * 419
    assert report["counts"]["layer1"]["grants"] > 419


def test_biases_act_as_in_the_model(tmp_path: Path) -> None:
    """By hand: a bias of 7 every 100 ticks, scaled to 56, makes a neuron fire by itself."""
    save_npz(tmp_path / "net.npz", w1=np.array([[0], [7]], np.int8), bias=np.array([1]),
             bias_period=100, scale=1, window=1001, rate_min=0.0, rate_max=1.0)  # fmt: skip
    save_npz(tmp_path / "data.npz", x=np.full((1, 8, 8), 255, np.uint8), y=np.zeros(1, int))
    report = simulate("mubrain", net=str(tmp_path / "net.npz"), data=str(tmp_path / "data.npz"),
                      out=tmp_path / "run.json")  # fmt: skip
    assert report["counts"]["input"]["bias"] == 10
    assert report["counts"]["output"]["spikes"] == 10 * 56 // 64


def test_chosen_sizes_leave_room_and_change_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    w1, w2 = rng.integers(-7, 8, (256, 20)), rng.integers(-7, 8, (21, 4))
    net = tmp_path / "net.npz"
    save_npz(net, w1=w1.astype(np.int8), w2=w2.astype(np.int8), bias_period=2000)
    data = images(tmp_path / "data.npz", 4, 3)
    runs = [
        simulate("mubrain", net=str(net), data=data, out=tmp_path / f"{k}.json", assignments=words)
        for k, words in enumerate(([], ["sizes=256,64,10"]))
    ]
    assert runs[0]["counts"] == runs[1]["counts"]
    assert runs[0]["accuracy"] == runs[1]["accuracy"]
    assert runs[0]["counts"]["input"]["bias"] > 0


def test_images_of_as_many_pixels_are_taken_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(0, 256, (2, 4, 6)).astype(np.uint8)
    w1 = rng.integers(0, 8, (24, 3)).astype(np.int8)
    save_npz(tmp_path / "net.npz", w1=w1)
    save_npz(tmp_path / "data.npz", x=x, y=np.zeros(2, int))
    report = simulate("mubrain", net=str(tmp_path / "net.npz"), data=str(tmp_path / "data.npz"),
                      out=tmp_path / "run.json")  # fmt: skip
    settings, weights = place(Network((w1,)), {})
    model = ChipModel(settings.chip, weights)
    runs = [model.run(*encode(x[k].ravel(), EncodingParams(), k)) for k in range(2)]
    assert report["counts"]["layer1"]["spikes"] == sum(run.layers[0].tick.size for run in runs)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.int8)


BAD: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "seven layers": ({f"w{k}": ones(4, 4) for k in range(1, 8)}, [], "1 to 6 layers"),
    "inputs": ({"w1": ones(1025, 3)}, [], "size must be in 1..1024, not 1025"),
    "neurons": ({"w1": ones(9, 513)}, [], "size must be in 1..512, not 513"),
    "too small": ({"w1": ones(9, 3)}, ["sizes=9,2"], "at most 9-2 neurons, but it has 9-3"),
    "layers": ({"w1": ones(9, 3)}, ["sizes=9,3,2"], "2 layers of weights for a chip of 9-3-2"),
    "bits": ({"w1": 2 * ones(9, 3)}, ["weight_bits=2"], "weights of 2 bits (-1..1), but w1 spans"),
    "threshold": ({"w1": ones(9, 3), "threshold": 100}, [], "a power of two"),
    "bias": ({"w1": ones(9, 3), "bias": np.array([1, 0])}, [], "one value of bias or 1"),
    "synapses": ({"w1": ones(6, 3), "lateral": np.array([1])}, [], "zeros in w1"),
    "recurrent": ({"w1": ones(7, 3), "lateral": np.array([9])}, [], "must have 3 inputs"),
    "set": ({"w1": ones(9, 3)}, ["sizes=9,x"], "a whole number expected"),
    "inputs of images": ({"w1": ones(10, 3)}, [], "make a square"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_one_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays, settings, word = BAD[name]
    net, out = tmp_path / "net.npz", tmp_path / "run.json"
    save_npz(net, **arrays)
    words = [word for setting in settings for word in ("--set", setting)]
    data = images(tmp_path / "data.npz", 1)
    command = ["sim", "mubrain", "--net", str(net), "--data", data, "--json", str(out), *words]
    assert main(command) == 2
    shown = capsys.readouterr()
    assert word in shown.err and shown.err.count("\n") == 1 and not out.exists()
    if name != "set":
        assert "net.npz" in shown.err


def test_a_report_that_is_written_holds_the_layers(tmp_path: Path) -> None:
    draw(1, tmp_path / "net.npz", 4)
    data = images(tmp_path / "data.npz", 4)
    out = tmp_path / "run.json"
    with pytest.raises(InputError, match="labels span"):
        simulate("mubrain", net=str(tmp_path / "net.npz"), out=out)
    simulate("mubrain", net=str(tmp_path / "net.npz"), data=data, out=out)
    assert [*json.loads(out.read_text())["counts"]] == [
        "input", "layer1", "layer2", "layer3", "output",
    ]  # fmt: skip
