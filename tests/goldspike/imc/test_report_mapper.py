"""The mapper's report: the published figures under their reading."""

import csv
from pathlib import Path

from goldspike.imc.report_mapper import write
from goldspike.workloads.imc.mapper import fastest
from goldspike.workloads.imc.options import Limits
from goldspike.workloads.imc.resnet import resnet32


def test_the_report(tmp_path: Path) -> None:
    said = write(tmp_path)
    assert "cores: published 43, ours 43" in said
    assert "published 1618 (text: 1628), ours 1618" in said
    assert "4, 2 and 1 published 526, ours 526" in said
    with (tmp_path / "placements.csv").open() as file:
        single, sped, *_ = csv.DictReader(file)
    counted = "timesteps, as counted there"
    assert (single["cores"], single[counted], single["of them hops"]) == ("43", "1627", "9")
    assert int(single["timesteps, as counted there"]) + 1 == 1628
    assert (sped[counted], sped["interval"], sped["pixel bits"]) == ("535", "256", "512")
    assert int(sped["cores"]) == 1 + 10 * 2 + 1 + 9 * 2 + 1 + 9 * 2 + 2 + 1
    with (tmp_path / "cores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == fastest(resnet32(), Limits(cores=48)).cores
    assert len({(row["row"], row["column"]) for row in rows}) == len(rows)
    assert (tmp_path / "placements.png").stat().st_size > 10_000
