"""Fig. 5D: how large the synapse arbiter is under either policy."""

import csv
from pathlib import Path

import pytest

from goldspike.alwayson import report_arbiter
from goldspike.alwayson.report_arbiter import Size, measure
from goldspike.model.alwayson.synapse_arbiter import Policy


def test_an_arbiter_has_a_flip_flop_per_ack_and_where_round_robin_looks() -> None:
    fixed, robin = (measure(8, policy) for policy in (Policy.FIXED, Policy.ROUND_ROBIN))
    assert fixed.flip_flops == 8 + 2  # one per Ack, two of Spkgen
    assert robin.flip_flops == fixed.flip_flops + 3  # the number of a row
    assert fixed.gates < robin.gates


def test_the_report_holds_sizes_against_the_published_ratio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {Policy.FIXED: 100, Policy.ROUND_ROBIN: 300}
    monkeypatch.setattr(report_arbiter, "measure", lambda n, policy: Size(n, n, sizes[policy] * n))
    text = report_arbiter.write(tmp_path)
    assert "at 128 inputs: published 17, ours 3.00 in gates, 1.00 in LUTs" in text
    rows = list(csv.DictReader((tmp_path / "arbiter.csv").open()))
    assert [row["gates of fixed, 32"] for row in rows] == ["1.00", "2.00", "4.00", "3.00", "6.00",
                                                           "12.00"]  # fmt: skip
    assert {row["of fixed"] for row in rows} == {"1.00", "3.00"}
    assert (tmp_path / "fig5d.svg").exists()
