import csv

import pytest

from goldspike.mubrain import report_energy


def test_the_report_writes_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(report_energy, "SAMPLES", 3)
    said = report_energy.write(tmp_path)
    with (tmp_path / "energy.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == [
        "paper, MNIST image",
        "digits, 256-64-10",
        "digits, 40 nm chip, reservoir",
    ]
    for row in rows:
        assert row["run"] in said
        total = float(row["26_pJ_per_spike_nJ"])
        assert total == pytest.approx(26e-3 * float(row["spikes"]), abs=0.01)
    paper = rows[0]
    assert float(paper["footnote_static_nJ"]) == pytest.approx(244.86)  # 53 uA x 1.1 V x 4.2 ms
    assert float(paper["text_static_nJ"]) == pytest.approx(0.3 * 299)
    assert all(float(row["spikes"]) > float(row["input_spikes"]) for row in rows)
    assert (tmp_path / "energy.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "308 nJ" in said and "340 nJ" in said and "contradict" in said
