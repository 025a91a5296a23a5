"""Images on the always-on chip: figures that can be worked out by hand, and bad input."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
from goldspike.alwayson.chip import AlwaysOn
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz
from goldspike.workloads.alwayson.encoding import OPERATING_POINTS, EncodingParams

simulate = partial(simulation.simulate, "alwayson")

Write = Callable[..., str]


@pytest.fixture
def images(tmp_path: Path) -> str:
    """Write three images of 2 x 2 pixels: dark, some grey, and one bright pixel."""
    path = tmp_path / "images.npz"
    x = np.array([[0, 0, 0, 0], [4, 8, 12, 255], [0, 0, 255, 0]], np.uint8).reshape(3, 2, 2)
    save_npz(path, x=x, y=np.array([0, 0, 1]))
    return str(path)


SPIKES = np.array([0, 1 + 2 + 3 + 63, 63])
"""Of the three images, 6 bits each."""


def test_weights_of_one_count_spikes(network: Write, images: str, tmp_path: Path) -> None:
    """Every spike makes every hidden neuron fire, and each of them adds one to every output."""
    out = tmp_path / "a.json"
    report = simulate(
        net=network((4, 3, 2), (1, 1), ones=1.1), data=images, assignments=["layers=4,3,2"], out=out
    )
    arrays = load_npz(out.with_suffix(".npz"))
    assert arrays["potentials"].tolist() == [[3 * n, 3 * n] for n in SPIKES]
    assert report["accuracy"] == {"potential": 2 / 3}  # of equals, the first
    total, counts = int(SPIKES.sum()), report["counts"]
    assert counts["input"]["spikes"] == counts["input_synapses"]["served"] == total
    assert counts["hidden1"]["spikes"] == counts["hidden1"]["requests"] == 3 * total
    assert counts["output"]["spikes"] == 2 * 3 * total
    assert report["starved"] == {
        "samples": 0,
        "dropped": {"input": 0, "hidden1": 0, "output": 0},
        "lost": {"input": 0, "hidden1": 0, "output": 0},
    }


def test_a_frame_that_is_too_short_starves_and_says_how_often(
    network: Write, images: str, tmp_path: Path
) -> None:
    """A request takes 24 ticks, a spike of the brightest pixel comes every other one."""
    out = tmp_path / "a.json"
    short = ("layers=4,3,2", "frame=126", "settle=0")
    report = simulate(net=network((4, 3, 2), (1, 1)), data=images, assignments=short, out=out)
    missed, arrays = report["starved"], load_npz(out.with_suffix(".npz"))
    requests, lost, dropped = (arrays[name][:, 0] for name in ("requests", "lost", "dropped"))
    assert missed["samples"] == (lost > 0).sum() == 2
    assert (requests + lost).tolist() == SPIKES.tolist()
    assert (24 * requests <= arrays["ticks"]).all() and (dropped <= lost).all()
    assert missed["lost"]["input"] == lost.sum()
    said = simulation.table(AlwaysOn(), report)
    assert f"2 of 3 samples: {sum(missed['dropped'].values())} requests dropped" in said


def test_power_without_spikes_is_that_of_sleep(published: str, tmp_path: Path) -> None:
    dark = tmp_path / "dark.npz"
    save_npz(dark, x=np.zeros((2, 8, 8), np.uint8), y=np.zeros(2, np.int64))
    energy = simulate(net=published, data=str(dark), out=tmp_path / "a.json")["energy"]
    assert energy["nW"] == pytest.approx(650 * 0.2425, rel=1e-4)
    assert energy["chip"]["nW"] == 75
    assert energy["ms_per_sample"] == pytest.approx(2000)  # 280,000 ticks of 1/140 ms
    for block in energy["blocks"].values():
        assert block["powered_ms"] == block["clocked_ms"] == 0


def test_the_published_chip_at_both_operating_points(published: str, tmp_path: Path) -> None:
    run = partial(simulate, net=published, samples=4, out=tmp_path / "a.json")
    lossless, paper = run(), run(config="paper", report=True)
    assert lossless["starved"]["samples"] == 0 < paper["starved"]["samples"]
    for report in (lossless, paper):
        counts = report["counts"]
        for name, after in pairwise(("input", "hidden1", "hidden2", "hidden3", "output")):
            assert counts[name]["requests"] == counts[f"{name}_synapses"]["served"]
            if after != "output":  # which is frozen when the frame ends
                size = 128 * counts[name]["requests"]
                assert counts[after]["spikes"] == size
            assert counts[name]["clocked_ticks"] <= counts[name]["powered_ticks"]
    assert paper["energy"]["nW"] > lossless["energy"]["nW"] > 650 * 0.2425
    written = {path.name for path in (tmp_path / "a_report").iterdir()}
    assert {"confusion.csv", "requests.svg", "times.png"} <= written
    again = json.loads((tmp_path / "a.json").read_text())
    assert again["starved"] == paper["starved"]


def test_digits_reach_97_percent_and_nothing_is_dropped(tmp_path: Path) -> None:
    report = simulate(out=tmp_path / "a.json")
    assert report["samples"] == 539 and report["thresholds"] == [1, 32, 16, 14]
    assert report["accuracy"]["potential"] >= 0.97
    assert report["starved"]["samples"] == 0


def test_configurations_are_the_operating_points() -> None:
    chip = AlwaysOn()
    assert list(chip.configurations) == list(OPERATING_POINTS)
    for name, point in OPERATING_POINTS.items():
        assert EncodingParams(**chip.choose(name).values) == point
    for name, default in asdict(EncodingParams()).items():
        assert int(chip.settings[name].default) == default


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["layers=4,3"], "expected a network of 2 layers for a chip of 4-3, not 4-3-2"),
        (["layers=4,2,2"], "expected at most 4-2-2 neurons, but the network has 4-3-2"),
        (["layers=4,3,2", "thresholds=1,256"], "threshold"),
        (["layers=4,3,2", "thresholds=1,2,3"], "thresholds must be one per layer but the last"),
        (["layers=4,3,2", "synapse_clock=0"], "synapse_clock must be in 1..127, not 0"),
        (["layers=4,3,2", "neuron_clock=128"], "neuron_clock must be in 1..127, not 128"),
        (["layers=4,3,2", "output_bits=70"], "output_bits must be in 2..16, not 70"),
        (["layers=4,3,2", "frame=0"], "frame must be in"),
        (["layers=4,3,2", "bits=9"], "bits must be in 1..8, not 9"),
        (["policy=fair"], "fixed or round_robin expected"),
    ],
)
def test_bad_settings_are_one_sentence(
    settings: list[str], message: str, network: Write, images: str, tmp_path: Path
) -> None:
    net = network((4, 3, 2), (1, 1))
    with pytest.raises(InputError, match=message) as told:
        simulate(net=net, data=images, assignments=settings, out=tmp_path / "a.json")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "a.json").exists()


def test_weights_that_are_not_binary_are_refused(tmp_path: Path) -> None:
    net = tmp_path / "net.npz"
    save_npz(net, w1=np.full((4, 2), 2, np.int8), thresholds=np.ones(1, np.int64))
    with pytest.raises(InputError, match=r"net.npz: expected weights of -1 and \+1 in w1"):
        simulate(net=str(net), assignments=["layers=4,2"], out=tmp_path / "a.json")
