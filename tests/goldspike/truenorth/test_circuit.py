"""All engines of an array report the same; and a wrong circuit is seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.array import Array
from goldspike.model.errors import LockstepError
from goldspike.simulation import simulate
from goldspike.truenorth import circuit
from goldspike.workloads.truenorth.network import Layers, save_network

SMALL = ["axons=16", "neurons=12"]


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Any]:
    """Return a network of 4-3-2 for small cores, with biases, and images on which it spikes."""
    rng = np.random.default_rng(4)
    weights = (rng.integers(-3, 8, (4, 3)), rng.integers(-3, 8, (3, 2)))
    net = Layers(
        weights=tuple(w.astype(np.int8) for w in weights),
        thresholds=(5, 4),
        biases=(np.array([1, -3, 0]), np.array([-1, 2])),
        floor=-9,
    )
    save_network(tmp_path / "net.npz", net, {})
    x = rng.integers(0, 256, (12, 2, 2)).astype(np.uint8)
    np.savez(tmp_path / "data.npz", x=x, y=rng.integers(0, 2, 12))
    return {"net": str(tmp_path / "net.npz"), "data": str(tmp_path / "data.npz")}


@pytest.mark.parametrize("more", [[], ["depth=1"], ["columns=2", "rows=2"], ["rows=2"]])
def test_layers(engines_agree: Callable[..., None], small: dict[str, Any], more: list[str]) -> None:
    engines_agree("truenorth", 6, assignments=[*SMALL, *more], **small)


def test_a_map(engines_agree: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("S.#.\n#3..\n..#T\n")
    planner = find_chip("truenorth", RunsNetworks, "planner")
    engines_agree(planner, 1, data=str(tmp_path / "m.txt"), assignments=SMALL)


def test_a_map_on_several_cores(engines_agree: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.txt").write_text("S.#.\n#3..\n..#.\n2..T\n.##.\n")
    (tmp_path / "m" / "b.txt").write_text("S5.T\n")
    planner = find_chip("truenorth", RunsNetworks, "planner")
    engines_agree(planner, 2, data=str(tmp_path / "m"), assignments=SMALL)


@bug_in(Array)
def never_loaded(m, dut, inside):
    """Bug: core 1 takes nothing from the configuration port."""
    m.d.comb += inside("loads_1").eq(0)


def test_a_wrong_circuit_is_seen(
    small: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lockstep names the tick; the circuit alone gives other figures, for they are its own."""
    out = tmp_path / "run.json"
    right = simulate("truenorth", assignments=SMALL, samples=6, out=out, **small)
    monkeypatch.setattr(circuit, "Array", never_loaded)
    with pytest.raises(LockstepError, match=r"truenorth/array, tick \d+, .*sample 0 .* reproduce"):
        simulate("truenorth", assignments=SMALL, engine="lockstep", samples=6, out=out, **small)
    wrong = simulate("truenorth", assignments=SMALL, engine="rtl", samples=6, out=out, **small)
    assert wrong["counts"]["core0"] == right["counts"]["core0"]
    assert wrong["counts"]["core1"]["fired"] > right["counts"]["core1"]["fired"]


@pytest.mark.slow
def test_digits_on_the_published_cores(engines_agree: Callable[..., None]) -> None:
    engines_agree("truenorth", 20)


@pytest.mark.slow
def test_digits_on_four_cores(engines_agree: Callable[..., None]) -> None:
    engines_agree("truenorth", 5, assignments=["columns=2", "rows=2"])


@pytest.mark.slow
def test_questions_on_the_published_core(engines_agree: Callable[..., None]) -> None:
    engines_agree(find_chip("truenorth", RunsNetworks, "trec"), 20)


@pytest.mark.slow
def test_a_fixed_recurrence_on_the_published_core(engines_agree: Callable[..., None]) -> None:
    engines_agree(find_chip("truenorth", RunsNetworks, "sparse-recurrent"), 20)


@pytest.mark.slow
def test_the_map_that_ships(engines_agree: Callable[..., None]) -> None:
    engines_agree(find_chip("truenorth", RunsNetworks, "planner"), 1)
