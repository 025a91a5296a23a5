"""Fig. 7: where the first hidden core starves."""

import csv
from pathlib import Path

import pytest

from goldspike.alwayson import report_starvation
from goldspike.alwayson.report_starvation import (
    FASTEST,
    SLOWEST,
    Point,
    boundary,
    measure,
    said,
    starves,
    write,
)

Patch = pytest.MonkeyPatch


def test_the_boundary_is_the_slowest_clock_that_does_not_starve(monkeypatch: Patch) -> None:
    for slowest in (0, 1, 7, SLOWEST):
        monkeypatch.setattr(
            report_starvation, "starves", lambda _, clock, *__, fast, at=slowest: clock > at
        )
        assert boundary(32, 1, fast=True) == slowest
    assert [said(clock) for clock in (0, FASTEST, 4, SLOWEST)] == [
        "above 70", "70.0", "17.5", "below 2.2"
    ]  # fmt: skip


def test_a_low_threshold_starves_and_a_high_one_does_not(
    published: str, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(report_starvation, "net_path", lambda *_: Path(published))
    assert starves(2, 16, 1, fast=True)
    assert not starves(255, FASTEST, 1, fast=True)
    low, high = (measure("lossless", threshold, 2) for threshold in (1, 255))
    assert low.hidden_dropped > high.hidden_dropped == 0
    assert low.input_dropped == high.input_dropped == 0


def test_the_report_writes_its_files(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(report_starvation, "boundary", lambda threshold, fast: 4 - 3 * fast)
    monkeypatch.setattr(report_starvation, "measure", lambda *_: Point(0.5, 7.0, 1.25))
    text = write(tmp_path)
    assert "threshold" in text and "17.5" in text and "50.00" in text
    rows = list(csv.DictReader((tmp_path / "boundary.csv").open()))
    assert {(row["lowest kHz"], row["with a fast input core"]) for row in rows} == {
        ("17.5", "70.0")
    }
    assert {row["dropped, hidden"] for row in csv.DictReader((tmp_path / "thresholds.csv").open())}
    assert {"fig7a.svg", "fig7b.svg"} <= {path.name for path in tmp_path.iterdir()}
