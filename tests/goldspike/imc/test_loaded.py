"""The main job: digits on the chain of cores, the same figures from all engines."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from goldspike import simulation
from goldspike.model.errors import InputError
from goldspike.model.files import write_json
from goldspike.model.paths import ROOT
from goldspike.workloads.dataset import digits
from goldspike.workloads.imc.network import images, load_cnn, save_cnn
from goldspike.workloads.imc.training import float_accuracy, quantise

simulate = partial(simulation.simulate, "imc")


def test_digits_lose_at_most_half_a_point(tmp_path: Path) -> None:
    report = simulate(out=tmp_path / "imc.json")
    _, meta = load_cnn(ROOT / "nets" / "imc_digits.npz")
    weights = [meta[f"float_{k}"].astype(np.float64) for k in range(10)]
    test = digits("test")
    expected = float_accuracy(weights, images(test.x, 8) / 127.0, test.y)
    assert report["samples"] == 539
    assert report["accuracy"]["score"] >= expected - 0.005
    assert report["interval_timesteps"] == 64
    assert report["link_use"]["core1"] == 1


@pytest.fixture
def small(tmp_path: Path) -> str:
    """Return the path of a network with a residual for images of 4 x 4."""
    rng = np.random.default_rng(1)
    weights = []
    for inputs, outputs in pairwise((1, 2, 3, 3, 3)):
        weights += [rng.normal(0, 0.5, (9 * inputs, outputs)), rng.normal(0, 0.1, outputs)]
    weights += [rng.normal(0, 1, (3, 10)), rng.normal(0, 1, 10)]
    net = tmp_path / "small.npz"
    drawn = quantise(weights, rng.random((20, 4, 4, 1)))
    save_cnn(net, replace(drawn, relus=(True, False, True, False)), {"side": 4})
    return str(net)


def test_engines_agree_to_the_last_figure(small: str, engines_agree: Callable[..., None]) -> None:
    settings = ["rows_per_tick=4", "depth=12", "word_bits=16"]
    engines_agree("imc", 3, net=small, assignments=settings)


def layer(cores: int, replicas: int, row_parts: int, column_parts: int) -> dict[str, int]:
    return {
        "cores": cores, "replicas": replicas, "row_parts": row_parts, "column_parts": column_parts
    }  # fmt: skip


PLACED = [layer(2, 2, 1, 2), layer(2, 1, 2, 1), layer(1, 1, 1, 1), layer(6, 1, 3, 2)]
"""Copies, row parts, column parts and both."""


@pytest.mark.slow
def test_engines_agree_on_a_placement(
    small: str, tmp_path: Path, engines_agree: Callable[..., None]
) -> None:
    write_json(tmp_path / "placed.json", {"layers": PLACED})
    engines_agree("imc", 2, net=small, assignments=[f"placement={tmp_path / 'placed.json'}"])


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["cores=8", "replicas=2/1", "replicas=2"])
def test_engines_agree_on_what_the_mapper_chose(
    wanted: str, small: str, engines_agree: Callable[..., None]
) -> None:
    engines_agree("imc", 2, net=small, assignments=[wanted])


@pytest.mark.slow
def test_engines_agree_on_the_network_that_ships(engines_agree: Callable[..., None]) -> None:
    engines_agree("imc", 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine": "paper"}, "unknown engine 'paper'; choose from model, rtl, lockstep"),
        ({"samples": 0}, r"must be in 1\.\.539"),
        ({"assignments": ["speed=3"]}, "unknown setting of imc 'speed'"),
        ({"assignments": ["depth"]}, "NAME=VALUE"),
        ({"assignments": ["depth=10"]}, "must fit in 10 words"),
        ({"net": "nets/digits.npz"}, "kernel_1"),
    ],
)
def test_bad_input_is_one_sentence(change: dict, message: str, tmp_path: Path) -> None:
    net = change.pop("net", None)
    path = str(ROOT / net) if net else None
    with pytest.raises(InputError, match=message):
        simulate(net=path, out=tmp_path / "imc.json", **change)
    assert not (tmp_path / "imc.json").exists()


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    net, source = tmp_path / "mine.npz", ROOT / "nets" / "imc_digits.npz"
    net.write_bytes(source.read_bytes())
    with pytest.raises(InputError, match=r"mine\.npz: .* but this run reads it"):
        simulate(net=str(net), samples=1, out=tmp_path / "mine.json")
    assert net.read_bytes() == source.read_bytes()


def test_a_placement_of_the_mapper_runs_as_it_promised(tmp_path: Path) -> None:
    report = simulate(assignments=["cores=9"], samples=30, out=tmp_path / "run.json")
    alone = simulate(samples=30, out=tmp_path / "alone.json")
    promised, found = report["placement"], np.load(tmp_path / "run.npz")
    assert report["accuracy"] == alone["accuracy"] and report["cores"] == 9
    assert found["timestep"][0] + 1 == promised["latency_timesteps"]
    assert np.diff(found["timestep"])[1] == promised["interval_timesteps"]
    assert report["interval_timesteps"] < alone["interval_timesteps"]
    assert len(promised["places"]) == 9
    assert max(report["link_use"].values()) <= 1


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["cores=3"], "needs 5 cores"),
        (["cores=4", "replicas=2"], "takes 5 cores, but the array has 4"),
        (["cores=0"], "cores must be"),
        (["cores=9", "link_bits=8"], "link"),
    ],
)
def test_what_cannot_be_placed_is_refused(assignments: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        simulate(assignments=assignments, samples=1)
    assert not str(caught.value).endswith("..")
