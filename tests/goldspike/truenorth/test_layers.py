"""Fully connected networks on an array: the answers of plain sums, counts, settings, sentences."""

import json
from pathlib import Path

import numpy as np
import pytest

from goldspike.chip import RunsNetworks, Trains
from goldspike.chips import find_chip, load_chip
from goldspike.model.errors import InputError
from goldspike.model.files import load_npz
from goldspike.model.paths import ROOT
from goldspike.simulation import simulate
from goldspike.workloads.dataset import digits, network_inputs
from goldspike.workloads.truenorth.network import levels, load_network, spike_counts

NET = ROOT / "nets" / "truenorth_digits.npz"


def test_digits_by_cores_are_digits_by_sums(tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    report = simulate("truenorth", out=out)
    assert report["accuracy"]["answer"] >= 0.97
    assert report == json.loads(out.read_text())
    net, _ = load_network(NET)
    data = digits()
    inputs = levels(network_inputs(data, 64, NET))
    hidden, last = spike_counts(net, inputs)[1:]
    kept = load_npz(out.with_suffix(".npz"))
    assert kept["spikes"].tolist() == last.astype(int).tolist()
    assert kept["confusion"].sum() == len(data)
    counts = report["counts"]
    assert counts["core1"]["fired"] == last.sum()
    assert counts["core0"]["fired"] >= 4 * hidden.sum()  # a copy per axon; and after the window
    reached = np.bitwise_count((net.weights[1] & 15).astype(np.uint8)).sum(axis=1)
    assert counts["core1"]["events"] == (hidden @ reached).sum()
    assert report["row_reads"] == len(data) * 16 * 2 * 256
    synapses = [(w & 15).astype(np.uint8) for w in net.weights]
    by_hand = (inputs @ np.bitwise_count(synapses[0]).astype(np.int64) * 4).sum()
    assert counts["core0"]["events"] == by_hand


def test_time_and_energy_are_of_the_events(tmp_path: Path) -> None:
    report = simulate("truenorth", samples=20, out=tmp_path / "run.json", report=True)
    busiest = report["counts"][f"core{report['busiest_core']}"]["events"] / 20
    assert 16 * 513 + busiest <= report["ticks"] <= 16 * 520 + 1.1 * busiest
    events = sum(members["events"] for members in report["counts"].values())
    energy = report["energy"]
    assert energy["nJ_per_sample"] == pytest.approx(events / 20 * 70e-3 / (2**20 * 2560) * 1e9)
    assert energy["nJ_per_sample_by_cores"] == pytest.approx(16 * 2 * 70e-3 / 4096 * 1e-3 * 1e9)
    assert (tmp_path / "run_report" / "activity.png").stat().st_size > 5000


@pytest.mark.parametrize("words", [["columns=3", "rows=2"], ["columns=1", "rows=2"], ["depth=1"]])
def test_figures_do_not_depend_on_the_array(tmp_path: Path, words: list[str]) -> None:
    kept = []
    for name, assignments in (("a", []), ("b", words)):
        simulate("truenorth", samples=30, assignments=assignments, out=tmp_path / f"{name}.json")
        kept.append(load_npz(tmp_path / f"{name}.npz"))
    assert kept[0]["spikes"].tolist() == kept[1]["spikes"].tolist()
    assert kept[0]["events"].tolist() == kept[1]["events"].tolist()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["columns=-1"], "columns and rows must be 0 or more"),
        (["axons=600"], "axons must be in 1..512, not 600"),
        (["axons=128"], "Expected at most 32 inputs of layer 2, not 64"),
        (["depth=0"], "depth must be in 1..64, not 0"),
        (["columns=1", "rows=1"], "cores"),
    ],
)
def test_what_cannot_be_had_is_refused(words: list[str], sentence: str) -> None:
    chip = find_chip("truenorth", RunsNetworks)
    with pytest.raises(InputError, match=sentence):
        chip.load(NET, chip.choose(None, words))


def test_workloads_are_named() -> None:
    chip = load_chip("truenorth")
    assert next(iter(chip.workloads)) == chip.workload
    for name, kind in chip.workloads.items():
        assert kind().workload == name
    with pytest.raises(InputError, match=r"unknown workload of truenorth 'trek'; .*"):
        find_chip("truenorth", RunsNetworks, "trek")
    with pytest.raises(InputError, match="rram has one kind of work only; leave out --workload"):
        find_chip("rram", RunsNetworks, "trec")
    with pytest.raises(InputError, match="truenorth's planner has no trainer; choose from"):
        find_chip("truenorth", Trains, "planner")
