"""The report on input coding: what it measures, and what the paper's nominal range costs."""

from dataclasses import replace
from pathlib import Path

import pytest

from goldspike.mubrain import report_coding
from goldspike.mubrain.report_coding import HEAD, PAPER, codings, measure
from goldspike.workloads.mubrain.encoding import EncodingParams


def column(row: tuple[object, ...], name: str) -> float:
    return float(str(row[HEAD.index(name) - 1]))


def test_the_default_loses_nothing_and_the_nominal_range_most() -> None:
    usual, nominal = measure(EncodingParams(), 20), measure(replace(PAPER, window=60_000), 20)
    for name in ("merged_percent", "hidden_merged", "output_merged"):
        assert column(usual, name) == 0
    assert column(usual, "shortest_isi_percent") >= 90
    assert column(nominal, "merged_percent") > 50
    assert column(nominal, "shortest_isi_percent") < column(usual, "shortest_isi_percent")
    assert column(nominal, "events_per_s") > 1e7 > column(usual, "events_per_s")


def test_shorter_windows_hold_as_many_spikes() -> None:
    rows = [coding for name, coding in codings() if name == "as many spikes"]
    products = [coding.rate_max * coding.window for coding in rows]
    assert products == pytest.approx([products[0]] * len(rows), rel=1e-3)


def test_the_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_coding, "measure", lambda coding: (
        f"{coding.rate_max / 1e3:g}", "4.2", "random", *("1",) * 7))  # fmt: skip
    text = report_coding.write(tmp_path)
    assert "4.2 ms, paper's nominal" in text and "655" in text
    assert (tmp_path / "coding.csv").read_text().startswith(",".join(HEAD))
    assert (tmp_path / "coding.png").stat().st_size > 10_000
