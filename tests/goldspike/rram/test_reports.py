"""The reports of the RRAM macro."""

import csv
from pathlib import Path

import pytest

from goldspike.model.rram.macro import MacroParams
from goldspike.rram import report_estimate, report_nonideal, report_precision
from goldspike.rram.activity import toggle_rates
from goldspike.rram.estimate import Activity, energy_pj


def test_every_derivable_cell_is_within_a_percent() -> None:
    cells = report_estimate.cells()
    assert {cell[0] for cell in cells} == {"3", "4", "5", "6"}
    compared = 0
    for table, name, simulated, _, ours, _, said in cells:
        assert ours is not None
        if simulated is None or said.startswith("erratum"):
            continue
        compared += 1
        if said != "equal":  # not the printed digits, which have two places at times
            assert ours == pytest.approx(simulated, rel=0.01), (table, name)
    assert compared == 42


def test_efficiency_before_and_after_layout() -> None:
    """Section 'Post-Layout Calibration': 10.4 and 8.48 TOPS/W without zeros in the inputs."""
    params = MacroParams()
    assert report_estimate.efficiency(params, 1.0, layout=False) == pytest.approx(10.4, rel=0.01)
    assert report_estimate.efficiency(params, 1.0, layout=True) == pytest.approx(8.48, rel=0.01)


def test_energy_follows_what_was_counted() -> None:
    params = MacroParams()
    one = energy_pj(Activity(groups=1, asserted=7), params)
    assert energy_pj(Activity(groups=10, asserted=70), params) == pytest.approx(10 * one)
    fewer = energy_pj(Activity(groups=1, asserted=1), params)
    assert 0.9 * one < fewer < one  # shifters and cells take 6 % of a set
    half = energy_pj(Activity(groups=1, asserted=7), MacroParams(adcs=8))
    assert 0.45 * one < half < 0.6 * one


def test_skipping_zeros_gains_what_was_skipped(tmp_path: Path) -> None:
    text = report_estimate.write(tmp_path)
    rows = list(csv.DictReader((tmp_path / "zero_skip.csv").open()))
    gains = {round(float(row["input sparsity %"])): float(row["faster"]) for row in rows}
    assert gains[0] == 1
    assert gains[50] == pytest.approx(152 / 76.57, rel=0.01)  # the mean of 8 * ceil(ones / 7)
    assert all(a < b for a, b in zip(sorted(gains.values()), sorted(gains.values())[1:]))  # noqa: B905
    assert (tmp_path / "zero_skip.png").stat().st_size > 10_000
    precisions = list(csv.DictReader((tmp_path / "precisions.csv").open()))
    assert [int(row["products per vector"]) for row in precisions[::2]] == [128, 64, 32, 16]
    assert float(precisions[-2]["pJ per product"].replace(",", "")) == pytest.approx(
        8 * 3868 / 16, rel=0.01
    )
    assert "erratum" in text
    assert "calibrated" in text


def test_registers_change_less_than_the_factor_says() -> None:
    shift_add, sums = toggle_rates(MacroParams(), 1)
    assert 0.1 < shift_add < 0.5
    assert 0 < sums < shift_add


def test_accuracy_against_one_effect() -> None:
    found = report_nonideal.accuracies("8-bit", "noise", 30)
    assert found[0] > 0.9
    assert found[-1] < 0.6


def test_precision(tmp_path: Path) -> None:
    text = report_precision.write(tmp_path)
    rows = list(csv.DictReader((tmp_path / "precision.csv").open()))
    assert [row["bits"] for row in rows] == ["8", "4", "2", "1"]
    assert float(rows[0]["accuracy %"]) >= 97
    assert [int(row["cells"]) for row in rows] == [37888, 18944, 9472, 4736]
    assert "against 8 bits" in text
