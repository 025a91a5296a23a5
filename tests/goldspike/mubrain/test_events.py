"""Recorded events through the chip: every engine writes the same spikes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.chip import Recording
from goldspike.cli import main
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.errors import InputError, LockstepError
from goldspike.model.files import save_npz
from goldspike.model.mubrain.chip import MUBRAIN_MNIST, ChipModel
from goldspike.model.paths import ROOT
from goldspike.mubrain import events as recorded
from goldspike.mubrain.chip import MuBrain
from goldspike.workloads.dataset import digits, prepare
from goldspike.workloads.events import read_events, write_events
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.network import load_network

START = 1_700_000_000_000_000_000  # nanoseconds: times of day come back as such


def digit(path: Path, sample: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Write one coded digit as an event file; return its ticks and addresses."""
    image = prepare(digits("test").x, 16)[sample]
    tick, address = encode(image, EncodingParams(), sample)
    write_events(path, START + tick * 10, address)
    return tick, address


def simulate_events(events: str, polarity: str = "both", **further: Any) -> dict[str, Any]:
    """Run a recording on µBrain."""
    return MuBrain().run_events(Recording(path=events, options={"polarity": polarity}), **further)


def noise(path: Path, seed: int = 5) -> None:
    """Write a camera's burst: events on equal microseconds, many of them in one cell."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(64, 12, (2, 3000)).astype(int).clip(0, 127)
    save_npz(path, t=np.sort(rng.integers(0, 800, x.size)), x=x, y=y, p=rng.integers(0, 2, x.size),
             width=np.array(128), height=np.array(128))  # fmt: skip


def test_a_digit_from_a_file_is_the_digit_of_the_data_set(tmp_path: Path) -> None:
    tick, address = digit(tmp_path / "digit.csv")
    report = simulate_events(events=str(tmp_path / "digit.csv"), out=tmp_path / "run.json")
    net = load_network(ROOT / "nets" / "digits.npz")
    golden = ChipModel(MUBRAIN_MNIST, list(net.weights)).run(tick, address)
    assert report["answers"]["shortest_isi"] == golden.answer.shortest_isi == digits("test").y[0]
    assert report["sender"]["delayed"] == 0
    found = read_events(tmp_path / "run.csv")
    assert found.address is not None
    np.testing.assert_array_equal(found.t, START + golden.output.tick * 10)
    np.testing.assert_array_equal(found.address, golden.output.line)
    assert json.loads((tmp_path / "run.json").read_text()) == report


@pytest.mark.parametrize("kind", ["digit", "camera"])
def test_engines_write_the_same_spikes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "events.npz"
    if kind == "digit":
        digit(path)
    else:
        noise(path)
    written, reports = {}, {}
    for engine in ("model", "rtl", "lockstep"):
        out = tmp_path / f"{engine}.json"
        reports[engine] = simulate_events(
            events=str(path), engine=engine, out=out, out_events=tmp_path / f"{engine}.csv",
            polarity="both" if kind == "digit" else "on",
        )  # fmt: skip
        written[engine] = (tmp_path / f"{engine}.csv").read_bytes()
        for key in ("engine", "wall_seconds", "out_events", "raster"):
            del reports[engine][key]
    assert written["model"] == written["rtl"] == written["lockstep"]
    assert reports["model"] == reports["rtl"] == reports["lockstep"]
    assert written["model"].count(b"\n") > 5
    if kind == "camera":
        sender, counts = reports["model"]["sender"], reports["model"]["counts"]
        assert sender["delayed"] > 0 and sender["deselected"] > 0
        assert counts["layer1"]["merged"] > 0
        assert counts["layer1"]["grants"] + counts["layer1"]["merged"] == sender["sent"]


def test_the_trace_shows_every_layers_spikes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise(tmp_path / "events.npz")
    drawn = {}
    monkeypatch.setattr(
        recorded, "draw_raster", lambda parts, title, _: drawn.update({title: parts})
    )
    for engine in ("model", "rtl"):
        simulate_events(
            events=str(tmp_path / "events.npz"), engine=engine, out=tmp_path / "run.json"
        )
    one, two = drawn.values()
    assert list(one) == list(two) == ["input", "layer1", "layer2", "output"]
    for name, ((tick, line), lines) in one.items():
        (seen_tick, seen_line), _ = two[name]
        np.testing.assert_array_equal(tick, seen_tick)
        np.testing.assert_array_equal(line, seen_line)
        assert tick.size > 5 and line.max() < lines


@pytest.mark.slow  # two builds of a whole chip; test_simulate.py has the same for images
def test_a_bug_in_the_circuit_shows_in_lockstep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful_chip: type[Chip]
) -> None:
    monkeypatch.setattr("goldspike.mubrain.circuit.Chip", forgetful_chip)
    digit(tmp_path / "digit.csv")
    with pytest.raises(LockstepError, match=r"field layer1\.potential.*events of .*digit\.csv"):
        simulate_events(
            events=str(tmp_path / "digit.csv"), engine="lockstep", out=tmp_path / "run.json"
        )
    assert not (tmp_path / "run.json").exists() and not (tmp_path / "run.csv").exists()


def test_the_command_writes_report_spikes_and_raster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digit(tmp_path / "digit.npz")
    names = {"--json": "a.json", "--out-events": "b.npz", "--raster": "c.png"}
    options = [word for key, name in names.items() for word in (key, str(tmp_path / name))]
    assert main(["sim", "mubrain", "--events", str(tmp_path / "digit.npz"), *options]) == 0
    assert "class 1" in capsys.readouterr().out
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert read_events(tmp_path / "b.npz").t[0] > START


def test_a_long_recording_draws_pixels(tmp_path: Path) -> None:
    t = np.arange(30_000) * 500
    write_events(tmp_path / "long.npz", t, np.arange(30_000) % 256)
    report = simulate_events(events=str(tmp_path / "long.npz"), out=tmp_path / "run.json")
    assert report["counts"]["input"]["spikes"] == 30_000
    assert (tmp_path / "run.png").exists()


def test_without_matplotlib_the_raster_is_left_out_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digit(tmp_path / "digit.csv")
    monkeypatch.setattr(recorded, "find_spec", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    arguments = ["sim", "mubrain", "--events", str(tmp_path / "digit.csv")]
    arguments += ["--json", str(tmp_path / "run.json")]
    assert main(arguments) == 0
    assert "needs matplotlib" in capsys.readouterr().out
    assert not (tmp_path / "run.png").exists()
    assert main([*arguments, "--raster", str(tmp_path / "run.png")]) == 2
    assert "'plots'" in capsys.readouterr().err


BAD = {
    "missing": ([], "nowhere.csv: expected an event file, but there is no such file"),
    "engine": (["--engine", "paper"], "unknown engine 'paper'"),
    "data": (["--data", "x"], "--data and --events exclude each other"),
    "samples": (["--samples", "3"], "--samples and --events exclude each other"),
    "sensor": (["--sensor", "128"], "WIDTHxHEIGHT"),
    "out": (["--out-events", "spikes.txt"], "ends in .csv or .npz"),
    "unit": (["--unit", "h"], "unit of time"),
    "net": (["--net", "nowhere.npz"], "nowhere.npz"),
    "set": (["--set", "speed=1"], "speed"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_one_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options, word = BAD[name]
    report = tmp_path / "run.json"
    arguments = ["sim", "mubrain", "--events", str(tmp_path / "nowhere.csv"), *options]
    assert main([*arguments, "--json", str(report)]) == 2
    shown = capsys.readouterr()
    assert word in shown.err and shown.err.count("\n") == 1 and not report.exists()


@pytest.mark.parametrize("option", ["unit", "sensor", "polarity", "out-events", "raster"])
def test_options_of_events_need_events(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sim", "mubrain", f"--{option}", "x"]) == 2
    assert f"--{option} needs --events" in capsys.readouterr().err


def test_what_the_sender_refuses_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("t,address\n0,3\n1,300\n")
    out = ["--json", str(tmp_path / "run.json")]
    assert main(["sim", "mubrain", "--events", str(path), *out]) == 2
    assert "events.csv: event 1 (counted from 0) has the address 300" in capsys.readouterr().err


def test_more_spikes_than_the_read_out_counts_are_refused() -> None:
    chip = MUBRAIN_MNIST
    many = np.zeros(1 << 16, np.int64)
    with pytest.raises(ValueError, match=r"counts to 65535 spikes .* has 65536; cut"):
        recorded.check_counts((many, many), chip, "long.csv")
    recorded.check_counts((many[1:], many[1:]), chip, "long.csv")


def test_the_recording_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "digit.csv"
    digit(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"digit\.csv: .* but this run reads it"):
        simulate_events(events=str(path), out=tmp_path / "digit.json")
    assert path.read_bytes() == before
