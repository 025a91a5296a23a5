"""The main job: digits on RRAM macros, the same figures from all engines."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.paths import ROOT
from goldspike.rram.chip import Rram
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.rram.network import MultiLayer, load_network, save_network, scores

simulate = partial(simulation.simulate, "rram")


@pytest.mark.parametrize(("config", "least"), [("8-bit", 0.97), ("4-bit", 0.97), ("2-bit", 0.96),
                                               ("1-bit", 0.96)])  # fmt: skip
def test_digits_are_what_plain_arithmetic_says(config: str, least: float, tmp_path: Path) -> None:
    report = simulate(config=config, out=tmp_path / "rram.json")
    net, _ = load_network(simulation.net_path(Rram(), None, config))
    data = digits("test")
    wanted = scores(net, prepare(data.x, 8))
    np.testing.assert_array_equal(load_npz(tmp_path / "rram.npz")["scores"], wanted)
    assert report["accuracy"]["score"] == (wanted.argmax(axis=1) == data.y).mean() >= least


def test_mnist_reaches_97_percent(data_dir: Path, tmp_path: Path) -> None:
    if not (data_dir / "mnist").is_dir():
        pytest.skip(f"no mnist in {data_dir}")
    report = simulate(
        net=str(ROOT / "nets" / "rram_mnist.npz"), data=str(data_dir / "mnist"),
        out=tmp_path / "rram.json",
    )  # fmt: skip
    assert report["samples"] == 10_000
    assert report["accuracy"]["score"] >= 0.97


def test_fewer_macros_take_longer_and_answer_alike(tmp_path: Path) -> None:
    found = [
        simulate(assignments=[f"macros={n}"], samples=5, out=tmp_path / "a.json") for n in (0, 5, 2)
    ]
    assert found[0]["ticks"] == found[1]["ticks"] < found[2]["ticks"]
    assert found[0]["accuracy"] == found[2]["accuracy"]
    # layer 1 has 4 tiles on 2 macros, layer 2 one: two vectors in turn, each after 128 rows
    assert found[2]["macros"] == 2
    assert found[2]["ticks"] > found[0]["ticks"] + 3 * 128


def test_devices_that_are_not_ideal_cost_accuracy(tmp_path: Path) -> None:
    run = partial(simulate, samples=60, out=tmp_path / "a.json")
    ideal, noisy = run(), run(assignments=["noise=0.8"])
    assert noisy["accuracy"]["score"] < ideal["accuracy"]["score"] - 0.2
    assert noisy["counts"]["layer1"] == ideal["counts"]["layer1"]
    assert run(assignments=["noise=0.8"])["accuracy"] == noisy["accuracy"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"assignments": ["rows=0"]}, "rows must be in 1..1024, not 0"),
        ({"assignments": ["share=3"]}, r"share must be one of \(1, 2, 4, 8\), not 3"),
        ({"assignments": ["share=4"]}, "weights of 8 bits need an ADC for at least as many"),
        ({"assignments": ["macros=-1"]}, "macros must be in"),
        ({"assignments": ["on_off=0.5"]}, r"on_off must be 0 \(infinite\) or at least 1"),
        ({"assignments": ["noise=0.1"], "engine": "rtl"}, "in the model only"),
        ({"net": str(ROOT / "nets" / "mnist.npz")}, "expected the first layer as weights_1"),
    ],
)
def test_bad_input_is_one_sentence(change: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        simulate(out=tmp_path / "a.json", **change)
    assert not list(tmp_path.iterdir())


def test_inputs_must_be_a_square(tmp_path: Path) -> None:
    net = str(tmp_path / "net.npz")
    layer = np.zeros((12, 10), np.int8)
    save_network(
        net,
        MultiLayer(weights=(layer,), biases=(layer[0],), multipliers=(), shifts=(), weight_bits=2),
        {},
    )
    with pytest.raises(
        InputError,
        match="expected a network whose inputs make a square",
    ):
        simulate(net=net, out=tmp_path / "a.json")


def test_sweep_takes_the_chip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from goldspike.cli import main

    out = tmp_path / "sweep.json"
    words = ["sweep", "rram", "--set", "noise=0,0.5", "--samples", "20", "--json", str(out)]
    assert main(words) == 0
    runs = json.loads(out.read_text())["runs"]
    assert len(runs) == 2
    assert runs[0]["accuracy"]["score"] > runs[1]["accuracy"]["score"]
    assert "noise" in capsys.readouterr().out
