"""NIR graphs on cores: what fits is exact, there and back; all else is one sentence with a node."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import save_npz
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.dataset import DIGITS
from goldspike.workloads.truenorth.network import LOWEST, load_network

nir = pytest.importorskip("nir")

NET = ROOT / "nets" / "truenorth_digits.npz"


def neurons(count: int, **changes: Any) -> Any:
    """Return IF neurons."""
    given = {"r": np.ones(count), "v_threshold": np.ones(count), "v_reset": np.zeros(count)}
    return nir.IF(**{**given, **changes})


def leaky(count: int, tau: float) -> Any:
    """Return LIF neurons; an infinite `tau` is snnTorch's beta = 1."""
    ones, zeros = np.ones(count), np.zeros(count)
    return nir.LIF(np.full(count, tau), np.full(count, tau), zeros, 2 * ones, zeros)


def write(path: Path, **nodes: Any) -> Path:
    """Write the nodes as a chain."""
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes)), type_check=False))
    return path


def foreign(path: Path, **changes: Any) -> Path:
    """Write a graph of floats that fits: thresholds 1 (12 steps) and 2 (5 steps), biases."""
    rng = np.random.default_rng(3)
    first, second = rng.integers(-8, 8, (9, 16)) / 12, rng.integers(-8, 8, (4, 9)) * 2 / 5
    return write(path, **{
        "in": nir.Input(np.array([16])),
        "first": nir.Affine(first, rng.integers(-3, 4, 9) / 12), "if": neurons(9),
        "second": nir.Affine(second, rng.integers(-1, 2, 4) * 2 / 5), "lif": leaky(4, np.inf),
        "out": nir.Output(np.array([4])), **changes,
    })  # fmt: skip


@pytest.fixture
def images(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    path = tmp_path / "images.npz"
    save_npz(path, x=rng.integers(0, 256, (60, 4, 4)).astype(np.uint8), y=np.arange(60) % 4)
    return path


def read(*words: object) -> int:
    """Import for truenorth."""
    return main(["import", "--chip", "truenorth", *map(str, words)])


def test_digits_go_out_and_come_back(tmp_path: Path) -> None:
    graph, back, report = (tmp_path / name for name in ("digits.nir", "back.npz", "r.json"))
    assert main(["export", "--chip", "truenorth", "--out", str(graph)]) == 0
    assert read(graph, "--out", back, "--data", DIGITS, "--samples", 200, "--json", report) == 0
    (ours, _), (theirs, _) = load_network(NET), load_network(back)
    assert all(np.array_equal(a, b) for a, b in zip(ours.weights, theirs.weights, strict=True))
    assert (theirs.thresholds, theirs.floor, theirs.biases) == (ours.thresholds, 0, ())
    found = json.loads(report.read_text())
    assert found["same_answers"] == 200
    assert found["accuracy"]["graph"] == found["accuracy"]["chip"] >= 0.97


def test_a_graph_of_others_that_fits_is_exact(tmp_path: Path, images: Path) -> None:
    out, report = tmp_path / "net.npz", tmp_path / "r.json"
    words = ("--out", out, "--data", images, "--json", report, "--time-step", "1")
    assert read(foreign(tmp_path / "g.nir"), *words) == 0
    found = json.loads(report.read_text())
    assert [layer["threshold"] for layer in found["layers"]] == [12, 5]
    assert [layer["relative_error"] for layer in found["layers"]] == [0, 0]
    assert found["same_answers"] == 60
    net, _ = load_network(out)
    assert net.floor == LOWEST and len(net.biases) == 2 and any(b.any() for b in net.biases)
    run = simulate("truenorth", net=str(out), data=str(images), out=tmp_path / "run.json")
    assert run["accuracy"]["answer"] == found["accuracy"]["chip"]
    graph, back = tmp_path / "again.nir", tmp_path / "back.npz"
    assert main(["export", str(out), "--chip", "truenorth", "--out", str(graph)]) == 0
    assert read(graph, "--out", back) == 0
    theirs, _ = load_network(back)
    for name in ("weights", "biases"):
        pairs = zip(getattr(net, name), getattr(theirs, name), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)
    assert (theirs.thresholds, theirs.floor) == (net.thresholds, net.floor)


WIDE = nir.Linear(np.ones((9, 65)) / 12)
FAR = np.full((9, 16), 0.1)
FAR[0, 0] = 1.3


@pytest.mark.parametrize(
    ("changes", "words", "message"),
    [
        ({"lif": leaky(4, 0.02)}, (), "'second, lif' does; --drop-leak"),
        ({"lif": nir.I(np.ones(4))}, (), "but 'second, lif' is read by its potential"),
        ({"first": nir.Linear(FAR)}, (), "a threshold of 'first, if' that makes its weights whole"),
        (
            {"first": nir.Linear(np.full((9, 16), 1e-7))}, (),
            "a threshold of 'first, if' that makes its weights whole",
        ),
        ({"first": nir.Linear(np.zeros((9, 16)))}, (), "every weight of 'first, if' is 0"),
        (
            {"in": nir.Input(np.array([65])), "first": WIDE}, (),
            "at most 64 inputs of 'first, if', not 65",
        ),
        ({}, ("--set", "neurons=3"), "A neuron of 'first, if' would need"),
        ({}, ("--set", "axons=32"), "at most 8 inputs of 'second, lif', not 9"),
        ({}, ("--gain", "2,2"), "the gain for truenorth must be 'fit', not '2,2'"),
        ({"if": nir.Threshold(np.ones(9))}, (), "'if' is a Threshold node, which the chip"),
        ({"if": neurons(9, v_reset=np.ones(9))}, (), "v_reset = 0 in 'if'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence_and_writes_nothing(
    tmp_path: Path, capsys: Any, changes: dict[str, Any], words: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "net.npz"
    graph = foreign(tmp_path / "g.nir", **changes)
    assert read(graph, "--out", out, "--time-step", "1", *words) == 2
    said = capsys.readouterr().err
    assert message.lower() in said.lower()
    assert said.count("\n") == 1
    assert not out.exists()


def test_rounding_is_asked_for_and_reported(tmp_path: Path, images: Path) -> None:
    rng = np.random.default_rng(1)
    graph = foreign(tmp_path / "g.nir", first=nir.Linear(rng.normal(0, 0.3, (9, 16))))
    out, report = tmp_path / "net.npz", tmp_path / "r.json"
    words = ("--gain", "fit", "--time-step", 1, "--data", images, "--json", report)
    assert read(graph, "--out", out, *words) == 0
    first, second = json.loads(report.read_text())["layers"]
    assert 0.01 < first["relative_error"] < 0.15 and second["relative_error"] == 0
    weights = load_network(out)[0].weights[0]
    wanted = nir.read(graph).nodes["first"].weight.T * first["threshold"]
    error = np.linalg.norm(weights - wanted) / np.linalg.norm(wanted)
    assert first["relative_error"] == pytest.approx(error, rel=1e-6)
    assert first["clipped"] == np.sum(np.rint(wanted) != weights)


def test_a_leak_is_dropped_if_asked_to(tmp_path: Path, capsys: Any) -> None:
    graph = foreign(tmp_path / "g.nir", lif=leaky(4, 0.5))
    assert read(graph, "--out", tmp_path / "net.npz", "--time-step", 1, "--drop-leak") == 0
    assert "second, lif: its leak is dropped" in capsys.readouterr().out


def test_sizes_come_first_and_everything_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = np.random.default_rng(1).normal(0, 0.1, (9, 65))
    graph = foreign(
        tmp_path / "large.nir",
        **{"in": nir.Input(np.array([65])), "first": nir.Linear(weights), "if": leaky(9, 1e-3)},
    )
    out = tmp_path / "net.npz"
    assert read(graph, "--out", out) == 2 and not out.exists()
    said = capsys.readouterr().err
    words = ["3 things do not fit: (1) expected at most 64 inputs of 'first, if', not 65",
             "(2) expected neurons that do not leak", "(3) expected a threshold"]  # fmt: skip
    places = [said.index(word) for word in words]
    assert places == sorted(places) and said.count("\n") == 1
