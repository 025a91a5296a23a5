"""Labelled recordings: every layout gives the accuracy that the digits themselves have."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.cli import main
from goldspike.model.files import load_npz, save_npz
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipModel
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.events import find_labelled, write_events
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.network import load_network

COUNT = 5
LABELS = digits("test").y[:COUNT].tolist()


@pytest.fixture(scope="module")
def coded() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the first digits as events."""
    images = prepare(digits("test").x[:COUNT], 16)
    return [encode(image, EncodingParams(), k) for k, image in enumerate(images)]


@pytest.fixture(scope="module")
def answers(coded: list[tuple[np.ndarray, np.ndarray]]) -> list[int]:
    """Return what the golden chip says of them."""
    net = load_network(ROOT / "nets" / "digits.npz")
    chip = ChipModel(MUBRAIN_MNIST, list(net.weights))
    return [chip.run(*sample).answer.count for sample in coded]


def folder(path: Path, coded: Any, labels: list[Any]) -> Path:
    for k, (tick, address) in enumerate(coded):
        place = path / str(labels[k])
        place.mkdir(parents=True, exist_ok=True)
        write_events(place / f"{k}.npz", 10 * tick, address)
    (path / ".hidden").mkdir(exist_ok=True)
    return path


def sim(path: Path, tmp_path: Path, *options: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    out = tmp_path / "set.json"
    assert main(["sim", "mubrain", "--events", str(path), "--json", str(out), *options]) == 0
    return json.loads(out.read_text()), load_npz(out.with_suffix(".npz"))


def test_a_folder_of_classes(
    coded: Any, answers: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, arrays = sim(folder(tmp_path / "set", coded, LABELS), tmp_path)
    order = sorted(range(COUNT), key=lambda k: (str(LABELS[k]), k))
    assert arrays["label"].tolist() == [LABELS[k] for k in order]
    assert arrays["count"].tolist() == [answers[k] for k in order]
    assert report["accuracy"]["count"] == np.mean(np.array(answers) == LABELS)
    grants = report["counts"]["layer1"]["grants"]
    assert report["neurobench"]["operations"]["layer1"]["synaptic"] == 64 * grants / COUNT
    assert report["samples"] == COUNT and report["classes"] == {}
    assert report["sender"]["sent"] == sum(tick.size for tick, _ in coded)
    shown = capsys.readouterr().out
    assert f"accuracy, count         {100 * report['accuracy']['count']:.2f} %" in shown


@pytest.mark.parametrize("header", ["file,label", "label;path", "Name, Class"])
def test_a_list_of_names_and_labels(
    header: str, coded: Any, answers: list[int], tmp_path: Path
) -> None:
    folder(tmp_path / "set", coded, ["all"] * COUNT)
    mark = ";" if ";" in header else ","
    cells = [(f"set/all/{k}.npz", str(LABELS[k])) for k in range(COUNT)]
    rows = [mark.join(cell[::-1] if header.startswith("label") else cell) for cell in cells]
    (tmp_path / "list.csv").write_text("\n".join([header, *rows, ""]))
    report, arrays = sim(tmp_path / "list.csv", tmp_path, "--samples", "4")
    assert arrays["count"].tolist() == answers[:4] and arrays["label"].tolist() == LABELS[:4]
    assert report["samples"] == 4


def test_names_of_classes_are_numbered_by_the_alphabet(coded: Any, tmp_path: Path) -> None:
    names = ["pear", "apple", "pear", "cherry", "apple"]
    path = folder(tmp_path / "set", coded, names)
    found = find_labelled(path)
    assert found is not None and found.classes == {"apple": 0, "cherry": 1, "pear": 2}
    assert found.labels.tolist() == [0, 0, 1, 2, 2]
    report, _ = sim(path, tmp_path, "--samples", "1")
    assert report["classes"] == found.classes


def write_shd(path: Path, coded: Any, labels: list[int]) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, kind, column in (("times", np.float64, 0), ("units", np.uint16, 1)):
            held = file.create_dataset(f"spikes/{name}", len(coded), h5py.vlen_dtype(kind))
            for k, sample in enumerate(coded):
                held[k] = sample[column] * (1e-8 if name == "times" else 1)  # ticks of 10 ns
        file["labels"] = np.array(labels, np.uint8)


def test_the_layout_of_shd(coded: Any, answers: list[int], tmp_path: Path) -> None:
    write_shd(tmp_path / "digits.h5", coded, LABELS)
    report, arrays = sim(tmp_path / "digits.h5", tmp_path)
    assert arrays["count"].tolist() == answers and arrays["label"].tolist() == LABELS
    assert report["events"] == "digits.h5"


def test_700_channels_run_on_a_network_of_as_many_inputs(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    spoken = [(np.sort(rng.integers(1, 200_000, 400)), rng.integers(0, 700, 400)) for _ in "ab"]
    write_shd(tmp_path / "shd.h5", spoken, [19, 0])
    weights = rng.integers(-7, 8, (700, 40)), rng.integers(-7, 8, (40, 20))
    np.savez(tmp_path / "net.npz", w1=weights[0], w2=weights[1])
    report, arrays = sim(tmp_path / "shd.h5", tmp_path, "--net", str(tmp_path / "net.npz"))
    assert report["sender"]["sent"] == report["counts"]["input"]["spikes"] == 800
    assert report["counts"]["input"]["dropped"] == 0 and arrays["label"].tolist() == [19, 0]
    refused = ["--net", str(ROOT / "nets" / "digits.npz")]
    out = str(tmp_path / "r.json")
    assert (
        main(["sim", "mubrain", "--events", str(tmp_path / "shd.h5"), "--json", out, *refused]) == 2
    )


def test_options_of_reading_hold_for_every_recording(coded: Any, tmp_path: Path) -> None:
    path = folder(tmp_path / "set", coded, LABELS)
    whole, _ = sim(path, tmp_path)
    half, _ = sim(path, tmp_path, "--to", "+2ms")
    first = [np.count_nonzero(tick - tick[0] < 200_000) for tick, _ in coded]
    assert half["sender"]["sent"] == sum(first) < whole["sender"]["sent"]


@pytest.mark.slow
def test_engines_agree_on_a_set(coded: Any, tmp_path: Path) -> None:
    path = folder(tmp_path / "set", coded[:2], LABELS)
    reports = [sim(path, tmp_path, "--engine", name)[0] for name in ("model", "rtl", "lockstep")]
    for report in reports:
        del report["engine"], report["wall_seconds"]
    assert reports[0] == reports[1] == reports[2]


def refuse(capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path, *options: str) -> str:
    out = tmp_path / "set.json"
    assert main(["sim", "mubrain", "--events", str(path), "--json", str(out), *options]) == 2
    assert not out.exists()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_bad_sets(coded: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "a folder of recordings per class, but it holds nothing" in refuse(
        capsys, tmp_path / "empty", tmp_path
    )
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "a.csv").write_text("t,address\n1,2\n")
    assert "it holds 1 files; a CSV with the columns" in refuse(capsys, tmp_path / "flat", tmp_path)
    (tmp_path / "hollow" / "3").mkdir(parents=True)
    assert "expected recordings in its 1 folders" in refuse(capsys, tmp_path / "hollow", tmp_path)
    path = folder(tmp_path / "letters", coded, [*LABELS[:-1], 10])
    assert "labels span" in (said := refuse(capsys, path, tmp_path))
    assert "..10, but the network answers 0..9" in said
    path = folder(tmp_path / "set", coded, LABELS)
    for options, words in (
        (["--raster", "r.png"], "--raster is for one recording"),
        (["--out-events", "o.csv"], "--out-events is for one recording"),
        (["--samples", "6"], "in 1..5 for this set, not 6"),
        (["--samples", "x"], "in 1..5 for this set, not x"),
        (["--from", "1h"], "--from must be a time"),
        (["--from", "9s"], "No event is left".lower()),
    ):
        assert words in refuse(capsys, path, tmp_path, *options)
    damaged = path / str(LABELS[2]) / "2.npz"
    damaged.write_bytes(b"PK")
    assert "2.npz: expected an .npz file" in refuse(capsys, path, tmp_path)
    (tmp_path / "list.csv").write_text("file,label\nnone.npz,3\n")
    assert "none.npz: expected an event file, but there is no such file" in refuse(
        capsys, tmp_path / "list.csv", tmp_path
    )
    (tmp_path / "list.csv").write_text("file,label\n")
    assert "at least one recording" in refuse(capsys, tmp_path / "list.csv", tmp_path)
    (tmp_path / "list.csv").write_text("file,label\na,1,2\n")
    assert "in line 2, not 'a,1,2'" in refuse(capsys, tmp_path / "list.csv", tmp_path)


def test_samples_of_a_single_recording_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_npz(tmp_path / "a.npz", t=np.arange(3), address=np.arange(3))
    assert "--samples and --events exclude each other" in refuse(
        capsys, tmp_path / "a.npz", tmp_path, "--samples", "1"
    )


def test_options_need_events(capsys: pytest.CaptureFixture[str]) -> None:
    for option, value in (("--from", "1s"), ("--to", "1s"), ("--columns", "t,x,y")):
        assert main(["sim", "mubrain", option, value]) == 2
        assert f"{option} needs --events." in capsys.readouterr().err
    assert main(["sim", "mubrain", "--sort"]) == 2
    assert "--sort needs --events." in capsys.readouterr().err
