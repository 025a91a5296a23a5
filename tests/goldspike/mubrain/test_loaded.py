"""The main job: digits on µBrain, the same figures from both engines."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.errors import InputError, LockstepError
from goldspike.model.files import load_npz
from goldspike.model.mubrain.shared.spikes import Room, Spikes
from goldspike.model.paths import ROOT
from goldspike.mubrain import loaded
from goldspike.workloads.mubrain.encoding import Coder

simulate = partial(simulation.simulate, "mubrain")

KEYS = {
    "chip", "net", "data", "engine", "samples", "seed", "accuracy", "no_answer", "counts",
    "ticks", "energy", "neurobench", "wall_seconds",
}  # fmt: skip


def test_digits_reach_97_percent_and_lose_nothing(tmp_path: Path) -> None:
    report = simulate(out=tmp_path / "mubrain.json")
    assert report["samples"] == 539
    assert report["accuracy"]["shortest_isi"] >= 0.97
    assert report["accuracy"]["count"] >= 0.97
    counts = report["counts"]
    assert counts["input"]["dropped"] == 0
    for part in ("layer1", "layer2", "output"):
        assert counts[part]["merged"] == 0
    assert counts["input"]["spikes"] == counts["layer1"]["grants"]
    assert counts["layer1"]["spikes"] == counts["layer2"]["grants"]
    assert counts["layer2"]["spikes"] == counts["output"]["spikes"]


SETTINGS = {
    "default": [],
    "merging": ["rate_max=400000", "rate_min=0", "window=20000"],
    "linear, scaled, slow": ["policy=linear", "scale=0,1", "delay_recover=9", "seed=7"],
    "registers": ["storage=registers", "window=100000"],
}


@pytest.mark.parametrize(
    "assignments",
    [*list(SETTINGS.values())[:-1], pytest.param(SETTINGS["registers"], marks=pytest.mark.slow)],
    ids=SETTINGS,
)
def test_engines_agree_to_the_last_figure(assignments: list[str], tmp_path: Path) -> None:
    reports, samples = {}, {}
    for engine in ("model", "rtl"):
        out = tmp_path / f"{engine}.json"
        simulate(engine=engine, samples=3, assignments=assignments, out=out)
        reports[engine] = json.loads(out.read_text())
        samples[engine] = load_npz(out.with_suffix(".npz"))
        assert reports[engine].keys() == KEYS
        for different in ("engine", "wall_seconds"):
            del reports[engine][different]
    assert reports["model"] == reports["rtl"]
    assert samples["model"].keys() == samples["rtl"].keys()
    for name, array in samples["model"].items():
        np.testing.assert_array_equal(array, samples["rtl"][name])
    if assignments and "rate_max" in assignments[0]:
        assert reports["model"]["counts"]["layer1"]["merged"] > 0


def test_mnist_runs(data_dir: Path, tmp_path: Path) -> None:
    if not (data_dir / "mnist").is_dir():
        pytest.skip(f"no mnist in {data_dir}")
    report = simulate(data=str(data_dir / "mnist"), samples=10, out=tmp_path / "mubrain.json")
    assert report["data"] == "mnist" and report["samples"] == 10


def test_mnist_reaches_97_percent_and_loses_nothing(data_dir: Path, tmp_path: Path) -> None:
    if not (data_dir / "mnist").is_dir():
        pytest.skip(f"no mnist in {data_dir}")
    net, data = str(ROOT / "nets" / "mnist.npz"), str(data_dir / "mnist")
    report = simulate(net=net, data=data, out=tmp_path / "mnist.json")
    assert report["samples"] == 10_000
    assert report["accuracy"]["shortest_isi"] == 0.98
    assert report["accuracy"]["count"] == 0.9814
    assert report["counts"]["input"]["dropped"] == 0
    assert [report["counts"][part]["merged"] for part in ("layer1", "layer2", "output")] == [0] * 3
    rtl = simulate(net=net, data=data, engine="rtl", samples=20, out=tmp_path / "rtl.json")
    model = simulate(net=net, data=data, samples=20, out=tmp_path / "model.json")
    assert rtl["counts"] == model["counts"]
    assert (tmp_path / "rtl.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()


def test_radar_gestures_run_on_the_chip(data_dir: Path, tmp_path: Path) -> None:
    source = data_dir / "radar" / "radar_36.npz"
    if not source.is_file():
        pytest.skip(f"no radar/radar_36.npz in {data_dir}")
    subprocess.run(
        [sys.executable, "-m", "data.make_radar", source, tmp_path / "radar.npz"],
        cwd=ROOT, check=True,
        timeout=600,
    )  # fmt: skip
    net, data = str(ROOT / "nets" / "radar.npz"), str(tmp_path / "radar.npz")
    report = simulate(net=net, data=data, out=tmp_path / "report.json")
    assert report["samples"] == 6
    assert report["accuracy"]["shortest_isi"] == pytest.approx(5 / 6)
    assert report["counts"]["layer1"]["merged"] == 0


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_weights_from_elsewhere_run_as_they_are(dtype: type, tmp_path: Path) -> None:
    own = load_npz(ROOT / "nets" / "digits.npz")
    np.savez_compressed(  # as anybody would: no coding, no chip, no format
        tmp_path / "theirs.npz", w1=own["w1"].astype(dtype), w2=own["w2"].astype(dtype), note="x"
    )
    theirs = simulate(net=str(tmp_path / "theirs.npz"), samples=5, out=tmp_path / "a.json")
    ours = simulate(samples=5, out=tmp_path / "b.json")
    assert theirs["counts"] == ours["counts"] and theirs["accuracy"] == ours["accuracy"]


def test_a_smaller_network_runs_on_the_same_chip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    w1, w2 = rng.integers(-7, 8, (256, 20)), rng.integers(-7, 8, (20, 10))
    np.savez(tmp_path / "small.npz", w1=w1.astype(np.int8), w2=w2.astype(np.int8))
    report = simulate(net=str(tmp_path / "small.npz"), samples=3, out=tmp_path / "out.json")
    assert report["counts"]["layer1"]["grants"] == report["counts"]["input"]["spikes"]


@pytest.mark.parametrize("which", ["net", "data"])
def test_what_is_read_is_not_written_over(which: str, tmp_path: Path) -> None:
    source = ROOT / ("nets" if which == "net" else "data") / "digits.npz"
    path = tmp_path / "mine.npz"
    path.write_bytes(source.read_bytes())
    with pytest.raises(InputError, match=r"mine\.npz: .* but this run reads it"):
        simulate(
            net=str(path) if which == "net" else None,
            data=str(path) if which == "data" else None,
            samples=3,
            out=tmp_path / "mine.json",
        )
    assert path.read_bytes() == source.read_bytes()


def test_lockstep_compares_every_word_and_reports_the_same(tmp_path: Path) -> None:
    one = simulate(engine="model", samples=4, out=tmp_path / "model.json")
    two = simulate(engine="lockstep", samples=4, out=tmp_path / "lockstep.json")
    for report in (one, two):
        del report["engine"], report["wall_seconds"]
    assert one == two


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_shows_in_lockstep_and_leaves_a_vcd(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful_chip: type[Chip]
) -> None:
    monkeypatch.setattr("goldspike.mubrain.circuit.Chip", forgetful_chip)
    out = tmp_path / "report.json"
    with pytest.raises(LockstepError) as caught:
        simulate(engine="lockstep", samples=2, out=out, jobs=jobs)
    message = str(caught.value)
    assert "field layer1.potential" in message and "sample 0 of digits.npz, seed 1" in message
    assert "reproduce with: goldspike sim mubrain --engine lockstep --samples 1" in message
    waves = Path(message.split("waves: ")[1].split(";", maxsplit=1)[0])
    assert 0 < waves.stat().st_size < 5_000_000
    assert not out.exists()


def test_several_jobs_change_nothing(tmp_path: Path) -> None:
    reports = [simulate(samples=40, jobs=n, out=tmp_path / f"{n}.json") for n in (1, 3)]
    for report in reports:
        del report["wall_seconds"]
    assert reports[0] == reports[1]
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "3.npz").read_bytes()


def test_the_size_of_a_batch_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    run_batch = Coder.run_batch

    def counted(self: Coder, grey: np.ndarray, first: int, room: Room) -> Spikes:
        sizes.append(len(grey))
        return run_batch(self, grey, first, room)

    monkeypatch.setattr(Coder, "run_batch", counted)
    whole = simulate(samples=40, jobs=1, out=tmp_path / "whole.json")
    assert sizes == [40]
    for name, most in (("MOST_EVENTS", 20_000), ("MOST_EVENTS", 1), ("MOST_SAMPLES", 7)):
        sizes.clear()
        with monkeypatch.context() as less:
            less.setattr(loaded, name, most)
            parts = simulate(samples=40, jobs=1, out=tmp_path / "parts.json")
        assert {**parts, "wall_seconds": 0} == {**whole, "wall_seconds": 0}
        assert sum(sizes) == 40 and len(set(sizes)) > (most != 1)
