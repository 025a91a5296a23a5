"""The report on sparseRec layers."""

import csv
from pathlib import Path

import pytest

from goldspike.truenorth import report_sparse_recurrent
from goldspike.truenorth.report_sparse_recurrent import measure


def test_a_table_over_k_and_tmax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        report_sparse_recurrent,
        "measure",
        lambda: measure(columns=(16,), windows=(0, 1), seeds=(0,), epochs=4),
    )
    monkeypatch.setattr(report_sparse_recurrent, "WINDOWS", (0, 1))
    text = report_sparse_recurrent.write(tmp_path)
    rows = list(csv.DictReader((tmp_path / "sparse_recurrent.csv").open()))
    assert [(row["k"], row["tmax"], row["learned weights"]) for row in rows] == [
        ("16", "0", "1024"),
        ("16", "1", "1024"),
    ]
    assert rows[0]["recurrent %"] == rows[0]["without %"]
    assert float(rows[1]["events"]) > 1.8 * float(rows[0]["events"])
    assert (tmp_path / "sparse_recurrent.png").stat().st_size > 1000
    assert "learned weights" in text


@pytest.mark.slow
def test_recurrence_helps_where_few_neurons_see_the_input() -> None:
    (row,) = measure(columns=(32,), windows=(2,))
    assert row.with_recurrence >= 93
    assert row.gain - row.spread >= 0.5
