"""Maps on a core against Dijkstra's algorithm; what is written, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.cli import main
from goldspike.model.files import load_npz
from goldspike.simulation import simulate
from goldspike.truenorth.maps import cheapest
from goldspike.workloads.truenorth.planner import GridMap


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of 60 maps of any shape, half of them with costs, some in space."""
    rng, made = np.random.default_rng(11), tmp_path / "maps"
    made.mkdir()
    for k in range(60):
        shape = tuple(rng.integers(2, 7, 3)) if k % 10 == 9 else tuple(rng.integers(1, 17, 2))
        costs = rng.integers(1, 16 if k % 2 else 2, shape)
        costs[rng.random(shape) < 0.3] = 0
        ends = [tuple(int(rng.integers(0, size)) for size in shape) for _ in range(2)]
        for end in ends:
            costs[end] = max(1, costs[end])
        np.savez(made / f"{k:02}.npz", costs=costs, start=ends[0], target=ends[1])
    return made


def test_ways_are_cheapest_and_add_up(folder: Path, tmp_path: Path) -> None:
    chip = find_chip("truenorth", RunsNetworks, "planner")
    out = tmp_path / "run.json"
    report = simulate(chip, data=str(folder), out=out, report=True)
    assert report["accuracy"] == {"cheapest way": 1.0}
    kept = load_npz(out.with_suffix(".npz"))
    assert (kept["label"] < 0).any()
    assert (kept["label"] > 30).any()
    assert ((kept["cells"] == 0) == (kept["label"] < 0)).all()
    assert len((tmp_path / "run_report" / "maps.csv").read_text().splitlines()) == 61


def test_a_way_by_hand() -> None:
    grid = GridMap(np.array([[1, 9, 1], [1, 0, 1], [1, 1, 1]], np.uint8), (0, 0), (0, 2))
    assert cheapest(grid) == 6  # around, entering six cells of cost 1
    walled = GridMap(np.array([[1, 0, 1]], np.uint8), (0, 0), (0, 2))
    assert cheapest(walled) == -1


def test_the_command_prints_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.txt").write_text("S.#\n#..\n..T\n")
    words = ["sim", "truenorth", "--workload", "planner", "--data", "m.txt", "--json", "o.json"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "costs 4" in shown
    assert "S*#" in shown
    assert json.loads((tmp_path / "o.json").read_text())["workload"] == "planner"
    assert main([*words, "--net", "m.txt"]) == 2
    assert "expected the map as data" in capsys.readouterr().err
    (tmp_path / "m.txt").write_text(
        "\n".join(["S" + "." * 16] + ["." * 17] * 15 + ["." * 16 + "T"])
    )
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "costs 32" in shown
    assert "4 on an array of the size that a map takes" in shown
    assert main([*words, "--set", "axons=2"]) == 2
    assert "cores, but its 289 cells would take" in capsys.readouterr().err
