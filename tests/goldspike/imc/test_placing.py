"""Placements that ``sim`` runs: what the mapper promised, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.imc.chip import Imc
from goldspike.model.files import load_npz, write_json
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.imc.mapper import fastest
from goldspike.workloads.imc.options import Limits
from goldspike.workloads.imc.placing import write_placement

NET = ROOT / "nets" / "imc_digits.npz"
SMALL = ["cores=10", "crossbar=128"]


def run(folder: Path, *words: str) -> dict[str, Any]:
    return simulate("imc", samples=4, out=folder / "run.json", assignments=words)


def as_promised(report: dict[str, Any]) -> None:
    promise = report["placement"]
    assert report["first_latency_timesteps"] == promise["latency_timesteps"]
    assert report["interval_timesteps"] == pytest.approx(promise["interval_timesteps"], abs=1)
    assert report["cores"] == promise["cores"]


def test_a_run_keeps_what_the_mapper_promised(tmp_path: Path) -> None:
    plain = run(tmp_path)
    answers = load_npz(tmp_path / "run.npz")["score"].tolist()
    quick = run(tmp_path, *SMALL)
    as_promised(quick)
    assert load_npz(tmp_path / "run.npz")["score"].tolist() == answers
    assert quick["cores"] <= 10
    assert quick["latency_timesteps"] < plain["latency_timesteps"]
    loaded = Imc().load(NET, Imc().choose(None, SMALL))
    stages = loaded.params.stages
    layers = [(core.words, stages[core.stage].layer) for core in loaded.params.cores]
    used = [words * layer.height * layer.kernel * 16 for words, layer in layers]
    assert quick["placement"]["memory_bytes"] == max(used)

    limits = Limits(cores=10, rows=128, columns=128)
    write_placement(tmp_path / "mine.json", fastest(loaded.params, limits, stored=False), limits)
    again = run(tmp_path, f"placement={tmp_path / 'mine.json'}", *SMALL[1:])
    kept = json.loads((tmp_path / "mine.json").read_text())["promised"]
    assert again["placement"] == kept == quick["placement"]
    assert again["energy"] == quick["energy"]


def test_outputs_per_timestep_by_size_of_image(tmp_path: Path) -> None:
    report = run(tmp_path, "replicas=4/2")
    as_promised(report)
    assert report["interval_timesteps"] == 16  # 64 pixels, four at a time
    with pytest.raises(ValueError, match=r"images of 8/4 pixels a side in replicas, not 4/2/1"):
        run(tmp_path, "replicas=4/2/1")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cores=4"], "The network needs 5 cores of 256 x 256, but the array has 4."),
        (["cores=4", "replicas=1/1"], "The placement takes 5 cores, but the array has 4."),
        (["crossbar=8"], "layer 1: an array needs at least 9 rows for this kernel, not 8."),
        (
            ["cores=9", "crossbar=8"],
            "layer 1: an array needs at least 9 rows for this kernel, not 8.",
        ),
        (["link_bits=16"], "the pixels of stage 1 are 64 bits each, and a link carries 16"),
        (["link_bits=-1"], "link_bits must be in 1.."),
        (["cores=9", "link_bits=16"], "makes pixels of 64 bits, but a link carries 16"),
        (["cores=9", "depth=2"], "words must fit in 2 words, in stage 1"),
        (["replicas=200/1"], "Layer 1 cannot make 200 outputs per timestep"),
        (["replicas=4/x"], "a whole number expected"),
        (["placement=none.json"], "none.json"),
    ],
)
def test_an_array_that_cannot_be(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(words, sentence, tmp_path, capsys)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: p.update(layers=1), "expected a placement with a list of layers."),
        (lambda p: p["layers"].pop(), "expected 4 layers, as the network has, not 3."),
        (lambda p: p["layers"][1].pop("cores"), "layer 2: expected whole numbers as cores,"),
        (
            lambda p: p["layers"][1].update(replicas=0),
            "layer 2: expected 1..16 as replicas, not 0.",
        ),
        (lambda p: p["layers"][2].update(row_parts=99), "layer 3: expected 1.."),
        (lambda p: p["layers"][2].update(row_parts=2), "layer 3: expected a multiple of 2 cores"),
        (lambda p: p["layers"][0].update(replicas=16), "devices of a core, but a crossbar has"),
    ],
)
def test_a_placement_that_does_not_fit(
    change: Change, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"cores": 1, "replicas": 1, "row_parts": 1, "column_parts": 1}
    content = {"layers": [dict(one) for _ in range(4)]}
    change(content)
    write_json(tmp_path / "mine.json", content)
    words = [f"placement={tmp_path / 'mine.json'}", "crossbar=100"]
    refused(words, sentence, tmp_path, capsys)


def refused(
    words: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Make sure that a run ends with exit code 2 and one sentence, and writes nothing."""
    out = folder / "run.json"
    given = [part for word in words for part in ("--set", word)]
    assert main(["sim", "imc", "--samples", "1", "--json", str(out), *given]) == 2
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not said.endswith("..")
    assert not out.exists()


def test_an_image_of_the_wrong_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data.npz"
    np.savez(data, x=np.zeros((2, 5, 8, 8, 3), np.uint8), y=np.zeros(2, np.int64))
    refused_with = ["sim", "imc", "--data", str(data), "--json", str(tmp_path / "run.json")]
    assert main(refused_with) == 2
    assert str(data) in capsys.readouterr().err
