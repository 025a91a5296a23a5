"""Operations, memory and sparsity of runs that can be followed by hand."""

from pathlib import Path

import numpy as np
import pytest

from goldspike.model.files import save_npz
from goldspike.model.mubrain.chip import MUBRAIN_40NM, MUBRAIN_MNIST, ChipModel, ChipParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.paths import ROOT
from goldspike.mubrain.metrics import footprint, measure
from goldspike.simulation import simulate
from goldspike.workloads.mubrain.encoding import EncodingParams, encode
from goldspike.workloads.mubrain.placing import place
from goldspike.workloads.network import Network, load_network

W1 = np.array([[1, 0], [0, 2], [3, 4], [5, 5]], np.int8)
"""Three inputs and a bias, two neurons; two of six weights are zero."""
W2 = np.array([[1], [0]], np.int8)
COUNTS = {
    "input": {"spikes": 40},
    "layer1": {"grants": 50, "spikes": 6},
    "layer2": {"grants": 6, "spikes": 4},
}


def test_by_hand() -> None:
    """Two samples of 100 ticks: ten steps each, three neurons."""
    chip = ChipParams(sizes=(3, 2, 1), bias=(True, False))
    found = measure(chip, Network((W1, W2), {}), COUNTS, ticks=100.0, samples=2)
    assert found["step_ticks"] == 10
    assert found["connection_sparsity"] == pytest.approx(3 / 8)
    assert found["activation_sparsity"] == pytest.approx(1 - 5 / 30)
    assert found["operations"] == {
        "layer1": {"synaptic": 50.0, "dense": 60.0},  # 25 grants, 2 neurons; 6 weights, 10 steps
        "layer2": {"synaptic": 3.0, "dense": 20.0},
    }
    # 8 + 2 weights of 4 bits; 3 potentials of 6 bits, 4 + 2 + 1 spikes that wait
    assert found["footprint"] == {"weight_bytes": 5, "state_bytes": 4}


def test_what_fills_the_chip_up_is_memory_but_no_connection() -> None:
    small = ChipParams(sizes=(3, 2, 1), bias=(True, False))
    large = ChipParams(sizes=(9, 8, 5), bias=(True, False))
    found = [measure(chip, Network((W1, W2)), COUNTS, 100.0, 2) for chip in (small, large)]
    memory = [metrics.pop("footprint")["weight_bytes"] for metrics in found]
    assert found[0] == found[1]
    assert memory == [5, 60]


def test_a_recurrent_layer_lacks_synapses() -> None:
    """Two inputs with one synapse each, a lateral one from the first neuron to the second."""
    lateral = Connectivity(neurons=2, synapses=1)
    chip = ChipParams(sizes=(2, 2), lateral=(lateral,))
    weights = np.vstack([7 * np.eye(2), 3 * lateral.mask]).astype(np.int8)
    counts = {
        "input": {"spikes": 30}, "layer1": {"grants": 40, "spikes": 10, "operations": 36},
    }  # fmt: skip
    found = measure(chip, Network((weights,)), counts, ticks=100.0, samples=1)
    assert found["connection_sparsity"] == 5 / 8
    assert found["operations"]["layer1"]["synaptic"] == 36


def test_a_recurrent_layers_operations_are_those_of_each_grant(tmp_path: Path) -> None:
    """An input's grant adds one weight, a neuron's as many as its row of the mask has."""
    lateral = Connectivity(neurons=4, synapses=7, seed=3)
    rows = lateral.mask.sum(axis=1)
    assert len(set(rows.tolist())) > 1  # neurons that reach different numbers of others
    weights = np.vstack([7 * np.eye(4), 3 * lateral.mask]).astype(np.int8)
    save_npz(tmp_path / "net.npz", w1=weights, lateral=np.array([7]), lateral_seed=3)
    x = np.random.default_rng(0).integers(0, 256, (3, 2, 2)).astype(np.uint8)
    save_npz(tmp_path / "data.npz", x=x, y=np.zeros(3, int))
    report = simulate(
        "mubrain", net=str(tmp_path / "net.npz"), data=str(tmp_path / "data.npz"),
        out=tmp_path / "run.json",
    )  # fmt: skip
    settings, placed = place(Network((weights,), {"lateral": (7,), "lateral_seed": 3}), {})
    chip, added = ChipModel(settings.chip, placed), 0
    for k, image in enumerate(x):
        served = chip.run(*encode(image.ravel(), EncodingParams(), k)).layers[0].arbiter.line
        added += sum(1 if line < 4 else int(rows[line - 4]) for line in served.tolist())
    assert report["counts"]["layer1"]["operations"] == added > report["counts"]["layer1"]["grants"]
    assert report["neurobench"]["operations"]["layer1"]["synaptic"] == added / 3


def test_the_networks_that_ship() -> None:
    digits = load_network(ROOT / "nets" / "digits.npz")
    found = measure(MUBRAIN_MNIST, digits, {
        "input": {"spikes": 1}, "layer1": {"grants": 1, "spikes": 0},
        "layer2": {"grants": 0, "spikes": 0},
    }, 10.0, 1)  # fmt: skip
    zeros = sum(int((w == 0).sum()) for w in digits.weights)
    assert found["connection_sparsity"] == zeros / 17_024
    assert round(found["connection_sparsity"], 4) == 0.1279
    assert found["footprint"]["weight_bytes"] == 8512
    assert footprint(MUBRAIN_40NM)["weight_bytes"] == 149_464 // 8


def test_a_run_reports_them(tmp_path: Path) -> None:
    report = simulate("mubrain", samples=3, out=tmp_path / "run.json")
    found, counts = report["neurobench"], report["counts"]
    operations = {name: layer["synaptic"] * 3 for name, layer in found["operations"].items()}
    assert operations == {
        "layer1": counts["layer1"]["grants"] * 64, "layer2": counts["layer2"]["grants"] * 10,
    }  # fmt: skip
    assert 0.99 < found["activation_sparsity"] < 1
