"""The charts of a run on the chain of cores."""

import csv
from pathlib import Path

import pytest

from goldspike.model.files import load_npz
from goldspike.simulation import simulate

FILES = {
    f"{name}.{kind}"
    for name in ("confusion", "accesses", "energy")
    for kind in ("csv", "png", "svg")
}


def test_files_say_what_happened(tmp_path: Path) -> None:
    report = simulate("imc", samples=3, out=tmp_path / "run.json", report=True)
    folder = tmp_path / "run_report"
    assert {path.name for path in folder.iterdir()} == FILES
    with (folder / "confusion.csv").open() as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["label", *map(str, range(10))]
    matrix = [[int(count) for count in row[1:]] for row in rows[1:]]
    assert matrix == load_npz(tmp_path / "run.npz")["confusion"].tolist()
    assert sum(map(sum, matrix)) == 3
    with (folder / "accesses.csv").open() as stream:
        parts = {row["part"]: row for row in csv.DictReader(stream)}
    assert parts.keys() == report["counts"].keys()
    reads = report["counts"]["core1"]["sram_reads"] / 3
    assert float(parts["core1"]["reads per sample"]) == round(reads, 1)
    assert parts["core1"]["link in use %"] == f"{100 * report['link_use']['core1']:.1f}"
    with (folder / "energy.csv").open() as stream:
        cores = list(csv.DictReader(stream))
    shown = {row["core"]: float(row["crossbar, nJ"]) for row in cores}
    spent = report["energy"]["cores"]
    assert shown == {k: pytest.approx(v["crossbar"], rel=1e-3) for k, v in spent.items()}
