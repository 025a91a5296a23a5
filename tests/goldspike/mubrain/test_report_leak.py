import csv

import pytest

from goldspike.mubrain import report_leak


def test_the_report_finds_theory_in_the_model(tmp_path):
    said = report_leak.write(tmp_path)
    with (tmp_path / "decay.csv").open() as file:
        falls = list(csv.DictReader(file))
    assert all(row["potential"] == row["theory"] for row in falls)
    assert f"{len(falls)} potentials after a leak, 0 differ" in said
    with (tmp_path / "rate.csv").open() as file:
        rates = [
            {name: float(value) for name, value in row.items()} for row in csv.DictReader(file)
        ]
    for row in rates:
        if row["theory_per_1000"] == 0:
            assert row["spikes_per_1000"] == 0
        else:  # the floor spares the neuron part of a leak right after a spike
            most = row["theory_per_1000"] * 64 / (64 - 7 - 3) + 0.01
            assert row["theory_per_1000"] - 0.01 <= row["spikes_per_1000"] <= most
    assert rates[0]["spikes_per_1000"] == pytest.approx(rates[0]["theory_per_1000"], rel=0.05)
    assert (tmp_path / "leak.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
