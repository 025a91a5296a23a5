"""A sparseRec layer that ships: its answers are the layer's, its training, its sentences."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.cli import main
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.truenorth.train_sparse_recurrent import TRAINER
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.truenorth.network import levels
from goldspike.workloads.truenorth.sparse_recurrent import load_layer, scores
from goldspike.workloads.truenorth.sparse_recurrent_training import windows_of_spikes

NET = ROOT / "nets" / "truenorth_sparse_recurrent.npz"


def test_digits_on_the_core_are_digits_by_plain_sums(tmp_path: Path) -> None:
    chip = find_chip("truenorth", RunsNetworks, "sparse-recurrent")
    report = simulate(chip, samples=100, out=tmp_path / "run.json")
    assert report["accuracy"]["answer"] >= 0.93
    layer, data = load_layer(NET), digits()
    seen, _ = windows_of_spikes(layer, levels(prepare(data.x[:100], 8)))
    kept = load_npz(tmp_path / "run.npz")
    np.testing.assert_array_equal(kept["spikes"], seen[-1])
    np.testing.assert_array_equal(kept["answer"], scores(layer, seen[-1]).argmax(axis=1))
    assert np.trace(kept["confusion"]) == round(100 * report["accuracy"]["answer"])
    assert report["steps"] == 30


def test_training_writes_the_layer_that_is_read(tmp_path: Path) -> None:
    def trained(name: str, *assignments: str) -> dict[str, str]:
        words = ("epochs=1", "k=9", *assignments)
        return dict(
            TRAINER.run(out=tmp_path / name, data=None, seed=1, assignments=words, resume=False)
        )

    rows = trained("a.npz", "validation=0.5", "tmax=2")
    assert rows["network"].endswith("a.npz, 64-9-128")
    assert "% of the images held back" in rows["on the core"]
    layer = load_layer(tmp_path / "a.npz")
    assert layer.inputs.shape == (64, 9) and layer.tmax == 2 and layer.recurrent
    held = load_npz(tmp_path / "a.npz")
    assert held["made_by"].item() == (
        "goldspike train truenorth --workload sparse-recurrent --seed 1 --set epochs=1 "
        "--set validation=0.5 --set k=9 --set tmax=2"
    )
    trained("b.npz", "validation=0.5", "tmax=2")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    trained("c.npz", "recurrent=0")
    assert not load_layer(tmp_path / "c.npz").recurrent


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("outputs", None, "sparseRec layer, but outputs is missing"),
        ("inputs", np.ones((65, 4), np.int8), r"inputs as whole numbers of the shape at most \(64"),
        ("inputs", np.full((64, 4), 2, np.int8), r"expected -2\.\.1 in inputs, not 2\.\.2"),
        ("connected", np.ones((128, 127), np.int8), r"connected as .* not int8 of \(128, 127\)"),
        ("weights", np.ones((128, 2), np.int8), "below 0 in the second column"),
        ("connected", np.triu(np.ones((128, 128), np.int8), 1), "a recurrence with loops"),
        ("tmax", 1000, "tmax"),
        ("tmax", 0.5, "expected a whole number in tmax"),
    ],
)
def test_files_that_are_no_layer_are_one_sentence(
    tmp_path: Path, name: str, value: Any, message: str
) -> None:
    arrays = load_npz(NET)
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    save_npz(tmp_path / "net.npz", **arrays)
    with pytest.raises(InputError, match=rf"net\.npz: .*{message}"):
        load_layer(tmp_path / "net.npz")


def test_what_cannot_be_had_is_refused(capsys: Any, tmp_path: Path) -> None:
    words = ["sim", "truenorth", "--workload", "sparse-recurrent", "--json", f"{tmp_path}/r.json"]
    assert main([*words, "--set", "neurons=128"]) == 2
    assert "unknown setting" in capsys.readouterr().err
    words = ["train", "truenorth", "--workload", "sparse-recurrent", "--out", f"{tmp_path}/n.npz"]
    assert main([*words, "--set", "k=129"]) == 2
    assert "k must be in 1..128" in capsys.readouterr().err
