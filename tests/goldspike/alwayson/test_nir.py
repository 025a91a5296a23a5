"""NIR graphs on the always-on chip: what fits is exact, all else is one sentence with a node."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import save_npz
from goldspike.workloads.alwayson.network import load_network
from goldspike.workloads.alwayson.nir import graph_potentials
from goldspike.workloads.nir_graph import read_graph

nir = pytest.importorskip("nir")

SIZES = (16, 9, 5, 4)
CHIP = ("--set", "layers=16,9,5,4")


def neurons(count: int, threshold: Any, **changes: Any) -> Any:
    """Return IF neurons."""
    return nir.IF(np.ones(count), np.broadcast_to(threshold, count), np.zeros(count), **changes)


def matrices() -> list[np.ndarray]:
    """Return signs by chance, (inputs, outputs)."""
    rng = np.random.default_rng(3)
    return [np.where(rng.random(shape) < 0.7, 1, -1) for shape in pairwise(SIZES)]


def graph(path: Path, **changes: Any) -> Path:
    """Write a graph that fits: thresholds of 3 and 2 steps, each neuron with its own magnitude."""
    a, b, c = (w.T.astype(float) for w in matrices())
    each = np.linspace(0.25, 1.5, 9)
    nodes = {
        "in": nir.Input(np.array([16])),
        "first": nir.Linear(a * each[:, None]), "if": neurons(9, 3 * each),
        "second": nir.Linear(0.1 * b), "if2": neurons(5, 0.2),
        "third": nir.Linear(0.5 * c), "sum": nir.I(np.ones(4)),
        "out": nir.Output(np.array([4])), **changes,
    }  # fmt: skip
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes)), type_check=False))
    return path


def read(path: Path, out: Path, *words: object) -> int:
    """Import for the always-on chip."""
    return main(["import", str(path), "--chip", "alwayson", "--out", str(out), *map(str, words)])


def test_a_graph_that_fits_is_exact(tmp_path: Path) -> None:
    out, report, images = (tmp_path / name for name in ("net.npz", "r.json", "images.npz"))
    rng = np.random.default_rng(5)
    save_npz(images, x=rng.integers(0, 256, (40, 4, 4)).astype(np.uint8), y=np.arange(40) % 4)
    assert read(graph(tmp_path / "g.nir"), out, *CHIP, "--data", images, "--json", report) == 0
    net, found = load_network(out), json.loads(report.read_text())
    assert all(np.array_equal(a, b) for a, b in zip(net.weights, matrices(), strict=True))
    assert net.thresholds == (1, 3, 2)
    assert [layer["relative_error"] for layer in found["layers"]] == [0, 0, 0]
    assert found["same_answers"] >= 36  # spikes of one moment may come in another order
    assert found["notes"] == []


def test_potentials_of_a_graph_by_hand(tmp_path: Path) -> None:
    """All weights +1: five neurons fire with every sixth spike, and each adds half a step."""
    nodes = {
        "in": nir.Input(np.array([2])),
        "first": nir.Linear(np.ones((5, 2))), "if": neurons(5, 6.0),
        "second": nir.Linear(np.full((3, 5), 0.5)), "sum": nir.I(np.ones(3)),
        "out": nir.Output(np.array([3])),
    }  # fmt: skip
    nir.write(tmp_path / "g.nir", nir.NIRGraph(nodes, list(pairwise(nodes)), type_check=False))
    chain, _ = read_graph(tmp_path / "g.nir")
    found = graph_potentials(chain.layers, np.arange(31) % 2, np.array([0, 13, 13, 31]))
    assert found.tolist() == [[2 * 5 * 0.5] * 3, [0.0] * 3, [3 * 5 * 0.5] * 3]


MIXED = np.ones((9, 16))
MIXED[2, 3] = 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": nir.Linear(MIXED)}, "expected weights of one magnitude in 'first, if', and"),
        ({"if": neurons(9, np.arange(1, 10))}, "expected weights of one magnitude in 'first, if'"),
        ({"first": nir.Affine(np.ones((9, 16)), np.ones(9))}, "'first, if' has one"),
        ({"first": nir.Linear(np.zeros((9, 16)))}, "a neuron of 'first, if' is 0"),
        ({"if2": neurons(5, 30.0)}, "expected a threshold of 1..255 steps in 'second, if2'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.npz"
    assert read(graph(tmp_path / "g.nir", **changes), out, *CHIP) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not out.exists()


def test_a_graph_too_large_for_the_chip_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = graph(tmp_path / "g.nir")
    assert read(path, tmp_path / "net.npz", "--set", "layers=16,8,5,4") == 2
    assert "expected at most 16-8-5-4 neurons" in capsys.readouterr().err
    path = graph(tmp_path / "g.nir", first=nir.Affine(MIXED, np.ones(9)))
    assert read(path, tmp_path / "net.npz", "--set", "layers=16,8,5,4") == 2
    said = capsys.readouterr().err
    words = ["3 things do not fit: (1) expected at most 16-8-5-4", "(2) expected no bias", "(3)"]
    assert [word for word in words if word in said] == words and said.count("\n") == 1


def test_signs_are_taken_if_asked_for(tmp_path: Path) -> None:
    changed = {"first": nir.Linear(MIXED), "if": neurons(9, 3.0)}
    out = tmp_path / "net.npz"
    assert read(graph(tmp_path / "g.nir", **changed), out, *CHIP, "--gain", "fit") == 0
    net = load_network(out)
    assert (net.weights[0] == 1).all() and net.thresholds == (1, 3, 2)
